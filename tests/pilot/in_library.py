"""Hands on the Knowledge screen."""

from __future__ import annotations

from tests.pilot.conftest import Hands


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
