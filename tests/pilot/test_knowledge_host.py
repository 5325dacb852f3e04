"""The Knowledge screen attached to a real host that reads real files and finds in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from screens.chat import ChatScreen
from screens.interface import Host, Interface
from screens.keymap import make_keymap
from tests.pilot.conftest import TERMS, Hands
from tests.pilot.hosts import living
from workbench.api.client import Client
from workbench.api.subjects import LearnSubject, NewPart
from workbench.workspace import Workspace

GUIDE = """\
# Watering

## Tomatoes

Tomatoes want water in the morning, and never on their leaves.

## Cactuses

A cactus is watered once a month.
"""
CODE = '''\
"""A can."""


class Can:
    """Holds water."""

    def pour(self, litres):
        """Give a plant as much water as it wants."""
        self.level = refill(self.level) - litres


def refill(level):
    """Fill the can when it is nearly empty."""
    return 10 if level < 1 else level
'''


@pytest.fixture
def project(workspace: Workspace) -> Path:
    (workspace.project / "docs").mkdir()
    (workspace.project / "docs/water.md").write_text(GUIDE, encoding="utf-8")
    (workspace.project / "can.py").write_text(CODE, encoding="utf-8")
    return workspace.project


@asynccontextmanager
async def attached(workspace: Workspace) -> AsyncIterator[Hands]:
    async with living(workspace):
        interface = Interface(
            "demo",
            lambda on_line: cast(
                "Host", Client(workspace, "interface", patience=None, on_line=on_line)
            ),
            make_keymap(),
            terms=lambda: TERMS,
        )
        async with interface.run_test(size=(100, 40)) as pilot:
            yield Hands(interface, pilot)


async def read(hands: Hands, what: str) -> None:
    await hands.press("a")
    await hands.type(what)
    await hands.press("enter")
    await hands.see(f"{Path(what).name} is being read.")


async def find(hands: Hands, text: str, *texts: str) -> None:
    await hands.press("/", "ctrl+u")
    await hands.type(text)
    await hands.see(f"for “{text}”", *texts)
    await hands.press("enter")
    await hands.see(f"for “{text}”", *texts)


async def test_what_is_read_is_found_and_cited(workspace: Workspace, project: Path) -> None:
    async with attached(workspace) as hands:
        await hands.press("3")
        await hands.see("Nothing was read yet.")
        await read(hands, "docs")
        await read(hands, "can.py")
        await hands.until(lambda: all(one.read for one in hands.knowledge.holdings.sources))
        await hands.see("Knowledge  2 sources")
        await find(hands, "cactus month", "▸ docs/water.md")
        await hands.see("here since", "A cactus is watered once a month.")
        await find(hands, "refill kind:code", "▸ can.py")
        await hands.see("def refill(level):")
        (project / "docs/water.md").write_text(GUIDE.replace("month", "year"), encoding="utf-8")
        await hands.press("escape")
        await find(hands, "cactus year", "A cactus is watered once a year.")
        await hands.press("c")
        await hands.until(lambda: isinstance(hands.interface.screen, ChatScreen))
        await hands.see("@docs/water.md:")


async def test_what_is_removed_is_found_no_more(workspace: Workspace, project: Path) -> None:
    async with attached(workspace) as hands:
        await hands.press("3")
        await hands.see("Nothing was read yet.")
        await read(hands, str(project / "docs"))
        await hands.until(lambda: all(one.read for one in hands.knowledge.holdings.sources))
        await hands.press("m")
        await hands.type("garden")
        await hands.press("enter")
        await hands.see("docs is in garden now.", "- garden")
        await hands.press("g", "j", "D")
        await hands.see("Remove docs?", "It leaves garden.")
        await hands.press("y")
        await hands.see("docs was removed.")
        await hands.until(lambda: not hands.knowledge.holdings.sources)


async def test_a_subject_that_is_learned_appears_by_itself(workspace: Workspace) -> None:
    async with attached(workspace) as hands:
        await hands.press("3")
        await hands.see("Nothing was read yet.")
        async with Client(workspace, "tester", patience=20.0) as client:
            for text in ("Water it.\n", "Water it in the morning.\n"):
                part = NewPart("documentation", "README.md", text)
                await client.call(LearnSubject("tomatoes", about="red", parts=(part,)))
        await hands.see("Subjects  1", "tomatoes  red", "never used")
        await hands.press("g", "j", "right", "j")
        await hands.see("2  ", "current", "Differences from version 1", "+Water it in the morning.")
        await hands.press("j", "b", "enter")
        await hands.see("Version 1 of tomatoes is the current one.")
        await hands.press("d")
        await hands.type("wrong")
        await hands.press("enter")
        await hands.see("It is deprecated")
