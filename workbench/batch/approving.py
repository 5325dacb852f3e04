"""Approvals that were given elsewhere: taken in, and what the policy then allows is applied."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.api import commands
from workbench.api.events import ProposalMade
from workbench.batch.plan import ApplyApproved
from workbench.batch.repairs import repairs_of
from workbench.batch.result import Repair, Result
from workbench.batch.steps import Came, Ground, merged
from workbench.errors import ApprovalNeeded, ExitCode, UsageError
from workbench.review.approval.statement import read_statement
from workbench.visible import visible_line

ReadApproval = Callable[[Path], tuple[str, str]]
"""Reads statement and signature from a file."""
_SIGNATURE = ".sig"
_MOST = 1_000


@dataclass
class Taken:
    """What came of approvals."""

    named: list[str] = field(default_factory=list)
    """The proposals that they are of, each once."""
    against: list[str] = field(default_factory=list)
    """Why something is not applied."""
    applied: list[str] = field(default_factory=list)


async def apply_approved(
    ground: Ground, step: ApplyApproved, result: Result, read: ReadApproval
) -> Came:
    """Take approvals in by what they name, and apply what is allowed then; nothing is approved."""
    taken = Taken()
    for file in _files(ground.project, step.approvals):
        await _take_in(ground, file, read, taken)
    for name in taken.named:
        await _apply(ground, name, step.branch, taken)
    known = await repairs_of(ground.line, ground.contents, await _made(ground, taken.applied))
    repairs = merged(result.repairs, tuple(replace(one, is_applied=True) for one in known))
    return _came(replace(result, repairs=_in_order(result.repairs, repairs)), taken)


def _files(project: Path, names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        place = project / name
        inside = sorted(place.iterdir()) if place.is_dir() else [place]
        yield from (
            path
            for path in inside[:_MOST]
            if path.is_file() and path.suffix != _SIGNATURE and not path.name.startswith(".")
        )


async def _take_in(ground: Ground, file: Path, read: ReadApproval, taken: Taken) -> None:
    try:
        statement, signature = read(file)
        proposal = read_statement(statement).proposal
        await ground.line.call(commands.Approve(statement, signature))
    except (ApprovalNeeded, UsageError) as error:
        taken.against.append(f"{visible_line(file.name)}: {error.sentence}")
        return
    if proposal not in taken.named:
        taken.named.append(proposal)


async def _apply(ground: Ground, name: str, branch: str, taken: Taken) -> None:
    allowed = await ground.line.call(commands.ReadAllowed(name))
    if not allowed.is_allowed:
        taken.against += [f"{name}: {missing}" for missing in allowed.missing or ("not allowed.",)]
        return
    try:
        await ground.line.call(commands.Apply((name,), ground.terms, branch))
    except ApprovalNeeded as error:
        taken.against.append(f"{name}: {error.sentence}")
    else:
        taken.applied.append(name)


async def _made(ground: Ground, names: list[str]) -> list[ProposalMade]:
    reviews = [await ground.line.call(commands.ReadReview(name)) for name in names]
    return [one.proposed.proposal for one in reviews]


def _in_order(before: tuple[Repair, ...], after: tuple[Repair, ...]) -> tuple[Repair, ...]:
    """Return repairs with those first that were known, as they were ordered."""
    order = {one.name: number for number, one in enumerate(before)}
    return tuple(sorted(after, key=lambda one: order.get(one.name, len(order))))


def _came(result: Result, taken: Taken) -> Came:
    count = len(taken.applied)
    told = f"{count} {'repair' if count == 1 else 'repairs'} applied."
    if taken.against:
        sentence = " ".join([told, *taken.against])
        return Came(result, sentence, "waiting", ExitCode.APPROVAL)
    if not count:
        return Came(result, "No approval was found to act on.", "passed")
    return Came(result, told)
