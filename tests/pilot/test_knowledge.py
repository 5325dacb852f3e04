"""A person reads, finds, cites and tidies up: what the keys of the Knowledge screen do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

import pytest

from screens.chat import ChatScreen
from screens.editor import Editor
from tests.pilot.conftest import Hands, hands_on
from tests.pilot.libraries import EMPTY, SOURCES, FakeLibrary, source
from workbench.api import knowing, passages, subjects
from workbench.api.passages import Domain
from workbench.errors import StoreError


async def open_library(hands: Hands, *texts: str) -> None:
    await hands.press("3")
    await hands.see("Knowledge  5 sources", "- project", *texts)


async def find(hands: Hands, text: str, *texts: str) -> None:
    await hands.press("/")
    await hands.type(text)
    await hands.see(f"for “{text}”", *texts)
    await hands.press("enter")
    await hands.until(lambda: hands.knowledge.question is None)


async def stand_on(hands: Hands, key: str) -> None:
    """Go down until the cursor is on a row."""
    await hands.press("g")
    for _ in range(20):
        if hands.knowledge.branch and hands.knowledge.branch.node.key == key:
            return
        await hands.press("j")
    raise AssertionError(f"no row {key}:\n{hands.text}")


def asked(hands: Hands, kind: type) -> list[object]:
    return [one for one in hands.host.asked if isinstance(one, kind)]


async def test_what_was_read_and_learned_is_a_tree() -> None:
    async with hands_on((80, 40), library=FakeLibrary()) as hands:
        await open_library(hands, "2 stale", "on docs.example", "Sources in no domain  3")
        await hands.see("manual.pdf  file", "failed", "reading 120 of 480, 310/s", "Subjects  2")
        await hands.see("retries  how calls are made again", "75% of 14", "never used  beginner")
        await hands.press("left")
        await hands.see("▸ + project")
        assert "├   src" not in hands.text
        await hands.press("right", "j")
        await hands.see("▸ ├   src", "Folder src", "2 files changed since")


async def test_nothing_read_says_what_will_be_there_and_how() -> None:
    async with hands_on((80, 24)) as hands:
        await hands.press("3")
        await hands.see("Nothing was read yet.", "press a and name", "$ workbench knowledge add")
        await hands.press("/")
        await hands.see("Nothing was read yet: add a source first.")
        await hands.press("a")
        await hands.type("docs")
        await hands.press("enter")
        await hands.see("docs is being read.", "Sources  1", "▸ └   docs", "waiting")
        assert asked(hands, knowing.AddSource) == [knowing.AddSource("docs")]


async def test_a_host_that_cannot_tell_says_why() -> None:
    async with hands_on((80, 24)) as hands:
        hands.host.fails = True
        await hands.press("3")
        await hands.see("The store is full. Make room.")
        hands.host.fails = False
        hands.host.library = FakeLibrary()
        await hands.press("u")
        await hands.see("Knowledge  5 sources")


async def test_search_shows_hits_while_one_types() -> None:
    async with hands_on((80, 24), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("/")
        await hands.type("retry")
        await hands.see("Found  2 passages", "src/net.py:4  def retry(", "words, name")
        await hands.see("here since it defines or names retry", "  1  import time")
        await hands.type(" rest")
        await hands.see("for “retry rest”", "▸ src/net.py:4", "↑↓ move, enter keeps")
        await hands.press("down")
        await hands.see("▸ docs/retry.md:4", " search retry rest")
        await hands.press("enter")
        await hands.until(lambda: hands.knowledge.question is None)
        await hands.see("for “retry rest”", "▸ docs/retry.md:4")
        assert cast("knowing.Search", asked(hands, knowing.Search)[-1]).typing is False
        await hands.press("escape")
        await hands.see("Knowledge  5 sources")


async def test_giving_a_search_up_brings_back_what_was_there() -> None:
    async with hands_on((80, 24), library=FakeLibrary()) as hands:
        await open_library(hands)
        await find(hands, "server", "▸ docs/retry.md")
        await hands.press("/")
        await hands.type(" zzz")
        await hands.see("for “server zzz”")
        await hands.press("escape")
        await hands.see("for “server”", "▸ docs/retry.md")


async def test_only_the_newest_answer_is_drawn() -> None:
    library = FakeLibrary()
    gate = library.gates["pool"] = asyncio.Event()
    async with hands_on((80, 24), library=library) as hands:
        await open_library(hands)
        await hands.press("/")
        await hands.type("pool")
        await hands.until(lambda: knowing.Search("pool", limit=50, typing=True) in hands.host.asked)
        await hands.type("x")
        await hands.press("ctrl+u")
        await hands.type("server")
        assert "class Pool" not in hands.text
        gate.set()
        await hands.see("for “server”", "▸ docs/retry.md")
        texts = [cast("knowing.Search", one).text for one in asked(hands, knowing.Search)]
        assert "server" in texts
        assert "serve" not in texts or len(texts) > 2


async def test_who_stops_typing_gets_the_whole_answer() -> None:
    async with hands_on((80, 24), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("/")
        await hands.type("server")
        await hands.until(lambda: knowing.Search("server", limit=50) in hands.host.asked)


async def test_filters_are_typed_among_the_words() -> None:
    async with hands_on((80, 24), library=FakeLibrary()) as hands:
        await open_library(hands)
        await find(hands, "retry kind:prose lang:py path:src/ source:docs", "1 passage")
        assert asked(hands, knowing.Search)[-1] == knowing.Search(
            "retry",
            limit=50,
            sources=("d1",),
            kinds=("prose",),
            languages=("python",),
            path="src/",
        )
        await hands.press("/", "ctrl+u")
        await hands.type("retry kind:proze")
        await hands.see("There is no kind proze; did you mean prose?")


async def test_a_search_that_is_refused_says_why() -> None:
    async with hands_on((80, 24), library=FakeLibrary()) as hands:
        await open_library(hands)
        hands.host.fails = True
        await hands.press("/")
        await hands.type("retry")
        await hands.see("The store is full. Make room.")
        hands.host.fails = False
        await hands.type(" w")
        await hands.see("Found  2 passages")


async def test_a_passage_is_read_with_what_stands_around_it() -> None:
    async with hands_on((80, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await find(hands, "attempt", "src/net.py")
        await hands.press("enter")
        await hands.see("  1  import time", "▸  6      for attempt in range", " 14  class Pool:")
        await hands.press("j", "j")
        await hands.see("▸  8              return call()")
        await hands.press("escape")
        await hands.see("Found  1 passage")


async def test_what_is_stale_is_shown_beside_what_stands_there_now() -> None:
    library = FakeLibrary()
    library.stale = {"src/net.py:4": "def retry(call, tries=5):\n    ...\n"}
    async with hands_on((100, 50), library=library) as hands:
        await open_library(hands)
        await find(hands, "times", "stale")
        await hands.press("enter")
        await hands.see("stale: the file changed since it was read", "What stands there now")
        await hands.see("   4  def retry(call, tries=5):")


async def test_a_passage_is_cited_into_the_chat() -> None:
    async with hands_on((100, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("c")
        await hands.see("No lines of a file are shown.")
        await find(hands, "attempt", "src/net.py")
        await hands.press("c")
        await hands.until(lambda: isinstance(hands.interface.screen, ChatScreen))
        await hands.see("@src/net.py:4-12")
        await hands.press("escape", "f3")
        await hands.see("Found  1 passage")
        await hands.press("enter", "v", "j", "j", "c")
        await hands.see("@src/net.py:6-8")


async def test_the_editor_opens_at_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/net.py").write_text("one\n", encoding="utf-8")
    told = tmp_path / "told"
    script = tmp_path / "editor"
    script.write_text(f'#!/bin/sh\necho "$@" > {told}\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(script))
    async with hands_on((80, 24), library=FakeLibrary()) as hands:
        hands.interface.editor = Editor(tmp_path)
        await open_library(hands)
        await find(hands, "attempt", "src/net.py")
        await hands.press("o")
        await hands.until(lambda: told.exists() and told.read_text())
        assert told.read_text().split() == ["+6", str(tmp_path / "src/net.py")]
        (tmp_path / "src/net.py").unlink()
        await hands.press("o")
        await hands.see("There is no file src/net.py any more.")


async def test_sources_are_read_again_stopped_and_removed() -> None:
    async with hands_on((80, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("r")
        await hands.see("No source is selected.")
        await hands.press("j", "r")
        await hands.see("src is looked through for changes.", "reading 0 of 0")
        await hands.press("x")
        await hands.see("Reading was stopped", "cancelled")
        await hands.press("x")
        await hands.see("It is not being read.")
        await hands.press("ctrl+r")
        await hands.see("src is read again from the beginning.")
        await hands.press("D")
        await hands.see(
            "Remove src?", "340 passages of 12 files", "It leaves project.", "esc keep it"
        )
        await hands.press("escape")
        assert not asked(hands, knowing.RemoveSource)
        await hands.press("D", "enter")
        await hands.see("src was removed.", "Knowledge  4 sources")
        assert asked(hands, knowing.RemoveSource) == [knowing.RemoveSource("s1")]
        assert asked(hands, knowing.RereadSource) == [
            knowing.RereadSource("s1"),
            knowing.RereadSource("s1", whole=True),
        ]


async def test_what_cannot_be_read_is_told() -> None:
    async with hands_on((100, 24), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("a")
        await hands.see("read into project: path or package")
        await hands.type("/nowhere")
        await hands.press("enter")
        await hands.see("There is nothing at /nowhere. Name a path or a package.")
        await hands.press("a")
        await hands.see("1 given before")


async def test_domains_are_edited() -> None:
    async with hands_on((100, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("j", "m")
        await hands.see("domains of src project")
        await hands.type(", manuals")
        await hands.press("enter")
        await hands.see("src is in project, manuals now.", "- manuals")
        assert asked(hands, knowing.ChangeDomain) == [
            knowing.ChangeDomain(Domain("manuals", ("s1",)))
        ]
        await stand_on(hands, "domain:wiki")
        await hands.press("m")
        await hands.see("sources of wiki @docs.example:/srv/wiki")
        await hands.press("ctrl+u")
        await hands.type("httpx @docs.example:/srv")
        await hands.press("enter")
        await hands.see("wiki was changed.")
        changed = asked(hands, knowing.ChangeDomain)[-1]
        assert changed == knowing.ChangeDomain(
            Domain("wiki", ("httpx",), "docs.example", "/srv", "")
        )
        await hands.press("D")
        await hands.see("Take the domain wiki away?")
        await hands.press("y")
        await hands.see("wiki was taken away; its sources stay.")


async def test_a_subject_shows_its_versions_and_their_differences() -> None:
    async with hands_on((120, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await stand_on(hands, "subject:t1")
        await hands.see("14 times, 75% succeeded", "Retry what is idempotent", "What happened")
        await hands.press("right", "j")
        await hands.see(
            "▸ │ ├   3  3f3a91c0  current", "Differences from version 2", "+Retry twice."
        )
        await hands.press("j", "j")
        await hands.see("▸ │ └   1  1f3a91c0", "Differences from version 3", "grade  B → D")


async def test_a_subject_is_rolled_back() -> None:
    async with hands_on((120, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await stand_on(hands, "subject:t1")
        await hands.press("right", "j")
        await hands.see("current")
        await hands.press("b")
        await hands.see("It is the current version.")
        await hands.press("j", "b")
        await hands.see("roll back to version 2: why")
        await hands.type("it was better")
        await hands.press("enter")
        await hands.see("Version 2 of retries is the current one.", "2  2f3a91c0  current")
        assert asked(hands, subjects.Rollback) == [
            subjects.Rollback("t1", "2f3a91c0d1e2", "it was better")
        ]


async def test_a_subject_is_deprecated_and_taken_up_again() -> None:
    async with hands_on((120, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await stand_on(hands, "subject:t2")
        await hands.press("b")
        await hands.see("It has one version only.")
        await hands.press("d", "enter")
        await hands.see("It needs a reason; nothing was done.")
        await hands.press("d")
        await hands.type("it is old -> deadlines")
        await hands.press("enter")
        await hands.see("Deprecated: it is old. Use deadlines instead.", "deprecated  beginner")
        await hands.press("d")
        await hands.see("It may be used again.")
        assert asked(hands, subjects.Deprecate) == [
            subjects.Deprecate("t2", "", "it is old", "deadlines"),
            subjects.Deprecate("t2", deprecated=False),
        ]


async def test_links_are_wandered() -> None:
    async with hands_on((100, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await find(hands, "attempt", "src/net.py")
        await hands.press("l")
        await hands.see("Links  of function net.retry: 3", "+ part of net", "documented by docs/re")
        await hands.press("j", "right")
        await hands.see("- part of net", "imports time", "has part net.retry")
        await hands.see("Module net", "  1  import time")
        await hands.press("j", "j", "l")
        await hands.see("Links  of module time")
        await hands.press("escape")
        await hands.see("Links  of function net.retry")
        await hands.press("escape")
        await hands.see("Found  1 passage")
        await hands.press("L")
        await hands.type("nothing")
        await hands.press("enter")
        await hands.see("Nothing is known that is joined with nothing.")


async def test_links_are_waited_for_while_files_are_looked_at() -> None:
    library = FakeLibrary()
    library.behind = 1
    async with hands_on((100, 40), library=library) as hands:
        await open_library(hands)
        await find(hands, "attempt", "src/net.py")
        await hands.press("l")
        await hands.see("Links are being looked for: 1 file to go.")
        await hands.see("Links  of function net.retry: 3")


async def test_nothing_found_says_what_is_still_being_read() -> None:
    async with hands_on((100, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await find(hands, "zebra", "0 passages", "Nothing that was read has this.")
        await hands.see("Being read still: notes.")


async def test_what_needs_looking_at_is_listed_alone() -> None:
    async with hands_on((80, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("s")
        await hands.see("Knowledge  1 stale", "▸   src")
        await hands.press("s")
        await hands.see("Knowledge  1 failed", "▸   manual.pdf", "The PDF is broken.")
        await hands.press("s")
        await hands.see("Knowledge  1 never used", "timeouts")
        await hands.press("s")
        await hands.see("Knowledge  5 sources")
        await hands.press("s", "escape")
        await hands.see("Knowledge  5 sources")


async def test_what_changes_is_seen_by_itself_and_only_while_it_is_looked_at() -> None:
    library = FakeLibrary()
    async with hands_on((80, 40), library=library) as hands:
        await open_library(hands)
        await hands.until(lambda: library.waiting == 1)
        await library.change(sources=(*SOURCES, source("more", "z1")))
        await hands.see("Knowledge  6 sources", "more  folder")
        await hands.press("5")
        await hands.until(lambda: library.waiting == 0)
        await library.change(sources=SOURCES)
        count = len(hands.host.asked)
        await hands.pilot.pause(0.5)
        later = hands.host.asked[count:]
        assert not [one for one in later if isinstance(one, knowing.ReadKnowledge)]
        await hands.press("3")
        await hands.see("Knowledge  5 sources")
        await hands.until(lambda: library.waiting == 1)


async def test_the_cursor_stays_on_its_row_while_others_come() -> None:
    library = FakeLibrary()
    async with hands_on((80, 40), library=library) as hands:
        await open_library(hands)
        await stand_on(hands, "source:p1")
        await library.change(domains=(Domain("a", ("s1",)), *library.base.domains))
        await hands.see("- a", "▸ ├   httpx")


async def test_a_new_host_is_asked_anew() -> None:
    library = FakeLibrary()
    async with hands_on((80, 40), library=library) as hands:
        await open_library(hands)
        await hands.until(lambda: library.waiting == 1)
        hands.host.lose()
        await hands.until(lambda: library.waiting == 0)
        library.base = passages.KnowledgeBase(SOURCES[:1], (), 340, "", "no model", mark=1)
        hands.host.attach()
        await hands.see(
            "Knowledge  1 source, 340 passages, 2 subjects. 1 stale. By words alone: no"
        )


async def test_the_index_is_checked() -> None:
    async with hands_on((100, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("V")
        await hands.see("Index, journal and sources agree: 2,224 passages.")


async def test_an_empty_library_after_the_last_removal() -> None:
    library = FakeLibrary(passages.KnowledgeBase(SOURCES[2:3], (), 1_204, "x"), ())
    async with hands_on((80, 40), library=library) as hands:
        await hands.press("3")
        await hands.see("Sources  1")
        await hands.press("j", "D", "enter")
        await hands.see("Nothing was read yet.")
        assert library.base.sources == EMPTY.sources


async def test_an_error_of_the_store_does_not_end_the_screen() -> None:
    library = FakeLibrary()
    async with hands_on((80, 40), library=library) as hands:
        await open_library(hands)
        await hands.press("j")
        hands.host.fails = True
        await hands.press("r")
        await hands.see(StoreError("The store is full.").sentence, "Folder src")
