"""Finding on the Knowledge screen, while one types and after."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from tests.pilot.conftest import hands_on
from tests.pilot.in_library import find, open_library
from tests.pilot.libraries import FakeLibrary
from workbench.api import knowing, passages


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
        assert hands.asked(knowing.Search)[-1].typing is False
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
        await hands.until(lambda: any(one.text == "pool" for one in hands.asked(knowing.Search)))
        await hands.type("x")
        await hands.press("ctrl+u")
        await hands.type("server")
        assert "class Pool" not in hands.text
        gate.set()
        await hands.see("for “server”", "▸ docs/retry.md")
        texts = [one.text for one in hands.asked(knowing.Search)]
        assert "server" in texts
        assert "serve" not in texts or len(texts) > 2


async def test_who_stops_typing_gets_the_whole_answer() -> None:
    async with hands_on((80, 24), library=FakeLibrary()) as hands:
        await open_library(hands)
        await hands.press("/")
        await hands.type("server")
        await hands.until(lambda: knowing.Search("server", limit=50) in hands.host.asked)


class Settling(FakeLibrary):
    """Finds the worst first while somebody types; the whole answer comes when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_settle = asyncio.Event()

    async def _search(self, command: knowing.Search) -> passages.Hits:
        found = await super()._search(command)
        if command.typing:
            return replace(found, hits=found.hits[::-1])
        await self.may_settle.wait()
        return found


async def test_the_whole_answer_puts_the_best_under_a_cursor_that_was_not_moved() -> None:
    library = Settling()
    async with hands_on((80, 24), library=library) as hands:
        await open_library(hands)
        await hands.press("/")
        await hands.type("retry")
        await hands.see("▸ docs/retry.md")
        library.may_settle.set()
        await hands.see("▸ src/net.py:4")


async def test_the_whole_answer_leaves_a_cursor_that_was_moved_on_its_hit() -> None:
    library = Settling()
    async with hands_on((80, 24), library=library) as hands:
        await open_library(hands)
        await hands.press("/")
        await hands.type("a")
        await hands.see("▸ src/net.py:15")
        await hands.press("down", "down")
        await hands.until(lambda: hands.knowledge.rows.cursor == 2)
        best = hands.knowledge.branch
        library.may_settle.set()
        await hands.until(lambda: hands.knowledge.rows.cursor == 0)
        assert hands.knowledge.branch == best


async def test_filters_are_typed_among_the_words() -> None:
    async with hands_on((80, 24), library=FakeLibrary()) as hands:
        await open_library(hands)
        await find(hands, "retry kind:prose lang:py path:src/ source:docs", "1 passage")
        assert hands.asked(knowing.Search)[-1] == knowing.Search(
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


async def test_nothing_found_says_what_is_still_being_read() -> None:
    async with hands_on((100, 40), library=FakeLibrary()) as hands:
        await open_library(hands)
        await find(hands, "zebra", "0 passages", "Nothing that was read has this.")
        await hands.see("Being read still: notes.")
