"""`workbench heal stats`: what was decided about repairs, and what that taught their order."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp
from typing import TYPE_CHECKING

from workbench.commands.shared import Invocation
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api import views

_MOST = 5
_NOTHING_PROPOSED = "No repair was proposed yet: run `workbench heal`, or `workbench watch`."
_NOTHING_DECIDED = (
    "Nothing was decided yet, so the order is the one that ships. `workbench review list` shows"
    " what waits; decide with `workbench review accept NAME` or `workbench review reject NAME"
    " --reason TEXT`."
)


def stats(invocation: Invocation) -> Answer:
    """Tell how many repairs were proposed and decided, and by how much the order is better."""
    import msgspec

    from workbench.api.commands import ReadLearned
    from workbench.commands.calling import ask

    found = ask(invocation, ReadLearned())
    counts = [*_counts(found)]
    told = [*counts, *_order(found), *_rules(found), *_reasons(found)]
    return Answer(" ".join(counts), msgspec.to_builtins(found), "\n".join(told))


def _counts(found: views.Learned) -> Iterator[str]:
    if not found.proposed:
        yield _NOTHING_PROPOSED
        return
    states = (
        f"{found.accepted:,} accepted",
        f"{found.rejected:,} rejected",
        f"{found.waiting:,} waiting",
    )
    yield f"Repairs proposed: {found.proposed:,}; {', '.join(states)}."
    if not found.accepted and not found.rejected:
        yield _NOTHING_DECIDED


def _order(found: views.Learned) -> Iterator[str]:
    """Tell by how much the learned order is better; 1 means that the right one always led."""
    if found.measured:
        better = f"{found.after:.3f} in the learned one ({found.after - found.before:+.3f})"
        yield (
            f"Accepted repairs stand at {found.before:.3f} in the order that ships, and at {better}"
            ": the mean of 1 over their rank, each ranked by what the other decisions teach."
        )
    elif found.rejected:
        yield "How far up the right ones stand is known as soon as one is accepted."


def _rules(found: views.Learned) -> Iterator[str]:
    """Name what gained and lost most."""
    gained = [one for one in found.rules if one.odds > 0][:_MOST]
    lost = [one for one in reversed(found.rules) if one.odds < 0][:_MOST]
    for title, rules in (("Rules that gained most:", gained), ("Rules that lost most:", lost)):
        if rules:
            yield title
        for one in rules:
            yield f"  {exp(one.odds):6.2f} times as likely  {visible_line(one.rule)}"


def _reasons(found: views.Learned) -> Iterator[str]:
    if found.reasons:
        yield "Why repairs were rejected:"
    for one in found.reasons:
        yield f"  {one.times:>4,}  {visible_line(one.reason)}"
