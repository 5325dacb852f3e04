"""Who decided and wrote what, in order: one line for each event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.api.deciding import (
    ApprovalGiven,
    Reject,
    Remark,
    ReviewActed,
    TransactionBegan,
    TransactionEnded,
)
from workbench.api.events import ProposalMade
from workbench.api.facts import Fact
from workbench.api.reviews import Told
from workbench.review.approval.audit.history import History
from workbench.review.shown import described

_SHOWN = 5
Words = tuple[str, str, tuple[str, ...]]
"""What was done, more about it, and the proposals that it is about."""


def trail(history: History, proposal: str = "") -> tuple[Told, ...]:
    """Return what was done about all proposals, or about one."""
    return tuple(_told(history, proposal))


def _told(history: History, proposal: str) -> Iterator[Told]:
    began = {fact.transaction: fact for _, fact in history.of(TransactionBegan)}
    for event, fact in history.of(Fact):
        what, detail, about = _words(fact, began)
        if not proposal or proposal in about:
            yield Told(event.seq, event.time, event.actor, ", ".join(about), what, detail)


def _words(fact: Fact, began: dict[str, TransactionBegan]) -> Words:
    match fact:
        case ProposalMade(proposal=name, why=why, operator=operator):
            return "propose", why or operator, (name,)
        case ReviewActed(proposal=name):
            return described(fact.act), _outcome(fact), (name,)
        case ApprovalGiven(proposal=name, approver=who, key=key):
            return "approve", f"{who}, signed with {key}" if key else who, (name,)
        case TransactionBegan(kind=kind, transaction=name, proposals=about):
            return kind, f"{name}: {_listed(moved.path for moved in fact.files)}", about
        case TransactionEnded(transaction=name, outcome=outcome, sentence=sentence):
            about = began[name].proposals if name in began else ()
            return outcome, f"{name}: {sentence}" if sentence else name, about
    return fact.type, "", ()


def _outcome(fact: ReviewActed) -> str:
    """Say how the proposal stands then, and what the person said."""
    said = fact.act.reason if isinstance(fact.act, Reject) else ""
    said = fact.act.text if isinstance(fact.act, Remark) else said
    return f"{fact.standing}: {said}" if said else fact.standing


def _listed(paths: Iterable[str]) -> str:
    every = list(paths)
    more = f" and {len(every) - _SHOWN:,} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more
