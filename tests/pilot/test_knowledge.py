"""A person reads, finds, cites and tidies up: what the keys of the Knowledge screen do."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.chat import ChatScreen
from screens.editor import Editor
from tests.pilot.conftest import hands_on
from tests.pilot.in_library import find, open_library, stand_on
from tests.pilot.libraries import EMPTY, SOURCES, FakeLibrary, source
from workbench.api import knowing, passages
from workbench.api.passages import Domain
from workbench.errors import StoreError


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
        assert hands.asked(knowing.AddSource) == [knowing.AddSource("docs")]


async def test_a_host_that_cannot_tell_says_why() -> None:
    async with hands_on((80, 24)) as hands:
        hands.host.fails = True
        await hands.press("3")
        await hands.see("The store is full. Make room.")
        hands.host.fails = False
        hands.host.library = FakeLibrary()
        await hands.press("u")
        await hands.see("Knowledge  5 sources")


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
        assert not hands.asked(knowing.RemoveSource)
        await hands.press("D", "enter")
        await hands.see("src was removed.", "Knowledge  4 sources")
        assert hands.asked(knowing.RemoveSource) == [knowing.RemoveSource("s1")]
        assert hands.asked(knowing.RereadSource) == [
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
        assert hands.asked(knowing.ChangeDomain) == [
            knowing.ChangeDomain(Domain("manuals", ("s1",)))
        ]
        await stand_on(hands, "domain:wiki")
        await hands.press("m")
        await hands.see("sources of wiki @docs.example:/srv/wiki")
        await hands.press("ctrl+u")
        await hands.type("httpx @docs.example:/srv")
        await hands.press("enter")
        await hands.see("wiki was changed.")
        changed = hands.asked(knowing.ChangeDomain)[-1]
        assert changed == knowing.ChangeDomain(
            Domain("wiki", ("httpx",), "docs.example", "/srv", "")
        )
        await hands.press("D")
        await hands.see("Take the domain wiki away?")
        await hands.press("y")
        await hands.see("wiki was taken away; its sources stay.")


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
