"""Writing a message: several lines, history, paths, attachments, commands, the person's editor."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from screens.actions import reachable
from screens.driver import _ALT_ENTER, _ALT_ENTER_AS_IT_IS_KNOWN
from screens.talk_paths import mention_at, mentioned, paths_of
from screens.talk_plan import plan_steps, plan_text
from tests.pilot.conftest import Hands, hands_on
from tests.pilot.in_chat import ask, chat, open_first, talked
from tests.pilot.in_review import with_editor
from tests.pilot.talks import FakeTalks
from widgets import writing
from widgets.ink import width_of
from widgets.prompt import Typed, typed_at_end
from widgets.writing import Manuscript, manuscript_rows, moved_by_rows, row_starts
from workbench.api.chats import Attached, Step
from workbench.api.chatting import Say, WeighPrompt

typed = st.text(alphabet="ab 日\n\tx\u202e", max_size=60).flatmap(
    lambda text: st.integers(0, len(text)).map(lambda at: Typed(text, at))
)


def said(hands: Hands) -> list[Say]:
    return hands.asked(Say)


async def paste(hands: Hands, text: str) -> None:
    hands.interface.post_message(events.Paste(text))
    await hands.pilot.pause()


async def test_lines_are_written_sent_and_pasted() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.see("attached to host")
        await hands.press("enter")
        await hands.type("one")
        await hands.press("alt+enter")
        await hands.type("two")
        await hands.press("ctrl+j", "shift+enter")
        await paste(hands, "three\r\nfour\rfive\n")
        await hands.see("two", "three", "four", "five")
        await hands.press("enter")
        await hands.see("▌you")
        assert [one.text for one in said(hands)] == ["one\ntwo\n\nthree\nfour\nfive"]


def test_alt_and_enter_are_known_on_every_terminal() -> None:
    from textual._xterm_parser import XTermParser

    text = f"a{_ALT_ENTER}b".replace(_ALT_ENTER, _ALT_ENTER_AS_IT_IS_KNOWN)
    keys = [one.key for one in XTermParser().feed(text) if isinstance(one, events.Key)]
    assert keys == ["a", "alt+enter", "b"]


async def test_nothing_is_not_sent() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.see("attached to host")
        await hands.press("enter", "space", "enter")
        await hands.see("Nothing is written.")
        assert not said(hands)


async def test_what_was_sent_comes_back() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await ask(hands, "second")
        await hands.host.talks.end(hands.host)
        await hands.type("unsent")
        await hands.press("up")
        await hands.see("> second")
        await hands.press("up")
        await hands.see("> why does it loop?")
        await hands.press("up", "down", "down")
        await hands.see("> unsent")
        await hands.press("down")
        assert chat(hands).pen.manuscript.text == "unsent"


async def test_up_and_down_move_within_what_is_written() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("enter")
        await paste(hands, "first line\nsecond\nthird line")
        await hands.press("up", "home", "X", "up", "end", "Y", "down", "down", "Z")
        assert chat(hands).pen.manuscript.text == "first lineY\nXsecond\nthird lZine"


async def test_changes_are_taken_back_and_made_again() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.press("enter")
        await hands.type("one two")
        await hands.press("ctrl+w", "alt+z")
        assert chat(hands).pen.manuscript.text == "one two"
        await hands.press("alt+z", "alt+z", "alt+z")
        assert chat(hands).pen.manuscript.text == ""
        await hands.press("alt+z")
        await hands.see("Nothing was written that could be taken back.")
        await hands.press("ctrl+y", "ctrl+y", "ctrl+y")
        assert chat(hands).pen.manuscript.text == "one two"
        await hands.press("ctrl+y", "ctrl+y")
        await hands.see("Nothing was taken back.")


async def test_the_keys_of_a_line() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.press("enter")
        await paste(hands, "one two\nthree four")
        pen = chat(hands).pen
        await hands.press("ctrl+left", "ctrl+left", "ctrl+k")
        assert pen.manuscript.text == "one two\n"
        await hands.press("ctrl+u")
        assert pen.manuscript.text == "one two"
        await hands.press("ctrl+a", "ctrl+right", "delete", "left", "backspace")
        assert pen.manuscript.text == "oetwo"
        await hands.press("right", "ctrl+e", "ctrl+h", "ctrl+b", "ctrl+f", "ctrl+d")
        assert pen.manuscript.text == "oetw"


async def test_paths_are_offered_and_attached() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.see("attached to host")
        await hands.press("enter")
        await hands.type("see @src")
        await hands.see("▸ src/", "src/parse.py", "src/a b.py")
        await hands.press("down", "down", "up", "tab")
        await hands.see("> see @src/parse.py")
        await hands.press("backspace")
        await hands.type(":10-20 and @a")
        await hands.see("▸ src/parse.py", "src/a b.py")
        await hands.press("down", "down", "down", "down")
        await hands.until(lambda: chat(hands).pen.paths[chat(hands).pen.chosen] == "src/a b.py")
        await hands.press("enter")
        await hands.see('@"src/a b.py"')
        await hands.type("or @nothing")
        await hands.press("enter")
        await hands.see("+ src/parse.py:10-20, src/a b.py")
        (one,) = said(hands)
        assert one.attached == (Attached("src/parse.py", 10, 20), Attached("src/a b.py"))


async def test_offered_paths_can_be_left_alone() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.see("attached to host")
        await hands.press("enter")
        await hands.type("@src")
        await hands.see("▸ src/")
        await hands.press("escape")
        await hands.until(lambda: "▸ src/" not in hands.text)
        assert chat(hands).place == "write"
        await hands.type(" mail a@src")
        await hands.pilot.pause(0.2)
        assert chat(hands).pen.paths == ()


async def test_a_path_that_nobody_offered_is_looked_up_when_sent() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.see("attached to host")
        await hands.press("enter")
        await paste(hands, "@README.md, and @property of @ghost.py.")
        await hands.press("enter")
        await hands.see("+ README.md")
        assert said(hands)[0].attached == (Attached("README.md"),)


async def test_a_slash_offers_what_can_be_done() -> None:
    async with hands_on((80, 24), talks=talked()) as hands:
        await open_first(hands)
        await hands.press("enter", "/")
        await hands.see("command", "Try again", "Fork")
        await hands.type("receipt")
        await hands.press("enter")
        await hands.see("abababab")
        await hands.press("q")
        await hands.until(lambda: chat(hands).place == "write")
        await hands.press("/")
        await hands.type("etc/hosts")
        await hands.press("escape")
        await hands.see("> /etc/hosts")
        await hands.press("ctrl+p", "escape")
        assert chat(hands).pen.manuscript.text == "/etc/hosts"


async def test_the_kind_of_what_is_sent_is_chosen() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.see("attached to host")
        await hands.press("enter", "ctrl+t", "ctrl+t")
        await hands.see("as a task")
        await hands.type("mend it")
        await hands.press("enter")
        await hands.see("▌you")
        assert said(hands)[0].kind == "task"


async def test_the_message_is_written_in_the_persons_editor(tmp_path: Path) -> None:
    async with hands_on((80, 24)) as hands:
        with_editor(
            hands.interface, tmp_path, "echo \"$1\" > '%s'; echo more >> $1" % (tmp_path / "told")
        )
        await hands.press("enter")
        await hands.type("begun")
        await hands.press("ctrl+o")
        await hands.see("begunmore")
        assert (tmp_path / "told").read_text(encoding="utf-8").strip().endswith("message.md")
        with_editor(hands.interface, tmp_path, ": > $1")
        await hands.press("ctrl+o")
        await hands.see("The editor returned nothing, so nothing was done.")
        assert "hunk" not in hands.text


async def test_what_the_prompt_takes_is_told() -> None:
    talks = talked()
    async with hands_on((130, 30), talks=talks) as hands:
        await open_first(hands)
        await hands.press("enter")
        await hands.type("one two")
        await hands.see("of 8,192 (15%): system 120, history 80, question 2, reserve 1,024")
        talks.sentence = "It does not fit: files take 9,000 tokens. Attach fewer lines."
        before = len(hands.asked(WeighPrompt))
        await hands.type(" three four five six")
        await hands.see("It does not fit: files take 9,000 tokens. Attach fewer lines.")
        assert len(hands.asked(WeighPrompt)) - before < 10


async def test_a_citation_from_elsewhere_is_attached() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.see("attached to host")
        await hands.press("5")
        hands.interface.cite("src/a b.py", 3, 9)
        await hands.see('> @"src/a b.py":3-9')
        await hands.type("why")
        await hands.press("enter")
        await hands.see("▌you")
        assert said(hands)[0].attached == (Attached("src/a b.py", 3, 9),)


async def test_letters_are_text_while_one_writes_and_keys_while_one_reads() -> None:
    async with hands_on((80, 24), talks=FakeTalks()) as hands:
        await hands.see("attached to host")
        await hands.press("enter")
        await hands.type("quit? 5")
        await hands.see("> quit? 5")
        await hands.press("escape", "5")
        await hands.see("84.3 MB")
        await hands.press("1")
        await hands.see("> quit? 5")


@given(typed, st.integers(8, 30))
def test_rows_show_all_that_is_written(one: Typed, width: int) -> None:
    rows = manuscript_rows(one, width, active=False)
    assert len(rows) == len(row_starts(one.text, width))
    assert all(width_of(row) <= width + 10 for row in rows)


@given(typed, st.integers(8, 30), st.sampled_from((-1, 1)))
def test_moving_by_rows_changes_no_text_and_comes_back(one: Typed, width: int, steps: int) -> None:
    starts = row_starts(one.text, width)
    moved = moved_by_rows(one, steps, width)
    row = sum(start <= one.at for start in starts) - 1
    if moved is None:
        assert row in (0, len(starts) - 1)
        return
    assert moved.text == one.text
    assert sum(start <= moved.at for start in starts) - 1 == row + steps


@given(st.lists(st.sampled_from(["a", "b ", "word", "\n"]), max_size=30))
def test_all_can_be_undone_and_redone(texts: list[str]) -> None:
    manuscript = Manuscript()
    for text in texts:
        manuscript.change(lambda one, text=text: one.insert(text))  # type: ignore[misc]
    whole = manuscript.text
    while manuscript.undo():
        pass
    assert manuscript.text == ""
    while manuscript.redo():
        pass
    assert manuscript.text == whole == "".join(texts)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (writing.word_left, Typed("one two.", 8), Typed("one two.", 4)),
        (writing.word_left, Typed("one", 0), Typed("one", 0)),
        (writing.word_right, Typed("one two", 3), Typed("one two", 7)),
        (writing.delete_word, Typed("one two", 7), Typed("one ", 4)),
        (writing.delete_to_home, Typed("a\nb", 2), Typed("ab", 1)),
        (writing.delete_to_end, Typed("a\nb", 1), Typed("ab", 1)),
    ],
)
def test_changes(change: writing.Change, before: Typed, after: Typed) -> None:
    assert change(before) == after


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("see @src/p", "src/p"),
        ("@", ""),
        ('@"a b', "a b"),
        ("mail@host", None),
        ("@src ", None),
        ('@"a b" ', None),
    ],
)
def test_a_path_is_recognised_while_it_is_typed(text: str, path: str | None) -> None:
    found = mention_at(typed_at_end(text))
    assert (found.path if found else None) == path


def test_paths_are_attached_with_their_lines() -> None:
    known = {"a.py", "b c.md", "src/"}
    text = 'of @a.py:9-3, @"b c.md":4 and @src/ (but no@a.py); @a.py. @a.py! @missing.py'
    assert mentioned(text, known) == (
        Attached("a.py", 3, 9),
        Attached("b c.md", 4, 4),
        Attached("src/"),
        Attached("a.py"),
    )
    assert paths_of("@a.py, @b!") == {"a.py", "b"}


def test_a_plan_is_lines_of_what_is_not_done() -> None:
    steps = (Step("one", "done"), Step("two\nlines", "stopped", "run"), Step("three"))
    text = plan_text(steps)
    assert text.endswith("# done: one\ntwo lines\nthree\n")
    assert plan_steps(text, steps) == (steps[0], steps[1], steps[2])
    assert plan_steps("new\n\n# no\n two lines \n", steps) == (steps[0], Step("new"), steps[1])


def test_every_action_of_the_chat_says_why_not() -> None:
    from screens.action import Context

    told = {action.id: action.why_not(Context()) for action in reachable("chat")}
    assert told["talk.stop"] == "The host is not attached."
    assert told["talk.copy"] == "There is no message yet."
    assert told["talk.write"] == ""
