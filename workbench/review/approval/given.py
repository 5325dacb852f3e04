"""Who stands behind exactly what is accepted now, as the journal tells it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from workbench.api import deciding as acts
from workbench.api.deciding import ApprovalGiven, ReviewActed
from workbench.api.events import read_fact
from workbench.api.facts import Event
from workbench.errors import ApprovalNeeded
from workbench.review.approval.policy import Approval, Policy
from workbench.review.approval.signing import verified

SIGNED = "signed"
"""The face of somebody whose signature was read from a file."""
_NOBODY = frozenset({"batch", SIGNED})
"""Faces behind which no person sits who looks at what is accepted."""


@dataclass(frozen=True)
class Asked:
    """What approvals must be of to count."""

    policy: Policy
    is_trusted: bool
    digest: str
    """Names what is accepted."""
    statements: frozenset[str]
    """What may have been approved of: the same with each evidence that there was."""


@dataclass(frozen=True)
class Given:
    """Approvals that count, and a sentence for each that does not."""

    approvals: tuple[Approval, ...]
    ignored: tuple[str, ...] = ()


def login_of(actor: str) -> str:
    """Return under which login somebody acted; none can hold a slash."""
    return actor.partition("/")[0]


def given(
    asked: Asked, acted: Iterable[Event], approved: Iterable[Event], at: datetime | None = None
) -> Given:
    """Weigh what was done and said about a proposal, both in order.

    Without a moment given, each signature is looked at as of when it was taken in.
    """
    counted = [Approval(asked.policy.person(login)) for login in behind(acted, asked.digest)]
    ignored: list[str] = []
    for event in approved:
        try:
            counted.append(_weighed(asked, event, at or moment(event)))
        except ApprovalNeeded as error:
            ignored.append(error.sentence)
    known = tuple(dict.fromkeys(one for one in counted if one.person))
    return Given(known, tuple(dict.fromkeys(ignored)))


def moment(event: Event) -> datetime:
    return datetime.fromtimestamp(event.time / 1_000_000, UTC)


def behind(events: Iterable[Event], digest: str) -> frozenset[str]:
    """Return the logins of who accepted exactly what a digest names, and left it so.

    Who accepts and then takes less still stands behind what is left; who did not accept before
    does not by turning something down. Where hunks were fitted to files that changed elsewhere,
    and none of them became another, whoever accepted them still does.
    """
    found: frozenset[str] = frozenset()
    last, hunks = "", frozenset[str]()
    for fact, who in _decided(events):
        if isinstance(fact.act, acts.Rebase):
            found = found if frozenset(fact.accepted) == hunks else frozenset()
        elif fact.result != last:
            found &= who
        if isinstance(fact.act, acts.Accept):
            found |= who
        last, hunks = fact.result, frozenset(fact.accepted)
    return found if last == digest else frozenset()


def _decided(events: Iterable[Event]) -> Iterator[tuple[ReviewActed, frozenset[str]]]:
    for event in events:
        if isinstance(fact := read_fact(event), ReviewActed):
            yield fact, _person(event)


def has_a_person(actor: str) -> bool:
    """Tell whether somebody sits behind a face; what a batch says is no approval."""
    face = actor.partition("/")[2]
    return bool(face) and face not in _NOBODY


def _person(event: Event) -> frozenset[str]:
    return frozenset({login_of(event.actor)} if has_a_person(event.actor) else ())


def _weighed(asked: Asked, event: Event, at: datetime) -> Approval:
    fact = read_fact(event)
    if not isinstance(fact, ApprovalGiven):
        raise ApprovalNeeded(f"Event {event.seq} is no approval that can be read.")
    if fact.statement not in asked.statements:
        raise ApprovalNeeded(f"The approval of {fact.approver} is stale: it is of something else.")
    if fact.signature:
        refuse_untrusted(asked)
        return Approval(verified(fact.statement, fact.signature, asked.policy, at).name, True)
    person = asked.policy.person(login_of(event.actor))
    if not person or not has_a_person(event.actor):
        raise ApprovalNeeded(f"{login_of(event.actor)} is none of the approvers.")
    return Approval(person)


def refuse_untrusted(asked: Asked) -> None:
    """Keys that came with a project are nobody's before a person says so."""
    if not asked.is_trusted:
        raise ApprovalNeeded(
            "The keys of this project's policy do not count yet.",
            "`workbench trust` shows them and lets them count.",
        )
