"""Hands in a review."""

from __future__ import annotations

from pathlib import Path

from screens.editor import Editor
from screens.interface import Interface
from tests.pilot.conftest import Hands
from tests.pilot.findings import PROPOSAL, PROPOSED_SECOND
from tests.pilot.reviews import Changed, FakeReviews
from workbench.api.commands import ActOn
from workbench.api.deciding import AnyAct

NAME = PROPOSAL.proposal
LINES = [f"line_{n} = {n}\n" for n in range(40)]


def text(*changed: int) -> bytes:
    return "".join(f"line_{n} = new\n" if n in changed else LINES[n] for n in range(40)).encode()


BEFORE = text()
TWO = [("a.py", BEFORE, text(2, 4, 30)), ("b.py", BEFORE, text(9))]
"""Three hunks in two files."""
ONE = [("a.py", BEFORE, text(5))]


def reviews(changed: Changed = ()) -> FakeReviews:
    return FakeReviews({NAME: changed or TWO, PROPOSED_SECOND.proposal.proposal: ONE})


async def open_review(hands: Hands, *told: str) -> None:
    await hands.press("4")
    await hands.see("Proposal 3f2a91c0d1e2", "▪ a.py")
    await hands.press("enter")
    await hands.see("hunk 1 of", *told)


def acts(hands: Hands) -> list[AnyAct]:
    return [one.act for one in hands.host.asked if isinstance(one, ActOn)]


def ids(hands: Hands) -> list[str]:
    return [hunk.id for hunk in hands.evolution.desk.hunks]


def with_editor(
    interface: Interface, folder: Path, script: str, project: Path | None = None
) -> None:
    program = folder / "an editor"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    interface.editor = Editor(project or folder, lambda: f'"{program}"')
