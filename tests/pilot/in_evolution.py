"""Hands on the Evolution screen."""

from __future__ import annotations

from dataclasses import replace

from tests.pilot.conftest import Hands
from tests.pilot.findings import PROPOSAL, PROPOSED, SOME
from tests.pilot.reviews import FakeReviews


async def open_evolution(hands: Hands) -> None:
    await hands.press("4")
    await hands.see("Findings  2 proposals, 3 failures", "Proposal 3f2a91c0d1e2")


def changing(before: bytes | None, after: bytes | None, path: str = "big.py") -> dict[str, object]:
    """Return the options of a host whose first proposal changes a file in this way."""
    changed = {PROPOSAL.proposal: [(path, before, after)]}
    findings = replace(SOME, proposals=(PROPOSED,))
    return {"findings": findings, "reviews": FakeReviews(changed)}
