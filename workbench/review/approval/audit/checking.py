"""The checks of an audit: each looks at one thing and says whether it is as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import msgspec

from workbench.api.deciding import (
    ApprovalGiven,
    Moved,
    Rebase,
    ReviewActed,
    TransactionBegan,
    TransactionEnded,
)
from workbench.api.events import ProposalMade
from workbench.api.facts import Event
from workbench.api.reviews import Checked
from workbench.errors import WorkbenchError
from workbench.review.applying.plan import Accepted as Taken
from workbench.review.applying.plan import composed, fitted, reversed_moves
from workbench.review.applying.values import Move
from workbench.review.approval.audit.history import History
from workbench.review.approval.given import login_of, moment
from workbench.review.approval.policy import check
from workbench.review.approval.signing import verified
from workbench.review.approval.statement import read_statement
from workbench.review.replaying import fact_of
from workbench.review.script import hash_of
from workbench.review.state import Acted
from workbench.visible import visible_line

_SHOWN = 5


class _Wrong(Exception):
    """What does not hold, in a sentence."""


def checks(history: History) -> Iterator[Checked]:
    """Yield a check for each thing that there is to look at; the chain is looked at elsewhere."""
    yield _looked("events", partial(_events, history))
    yield _looked("contents", partial(_contents, history))
    for name in history.proposals:
        yield _looked(f"review {name}", partial(_review, history, name))
    for at, given in history.of(ApprovalGiven):
        yield _looked(f"approval {at.seq}", partial(_approval, history, given, at))
    for at, began in history.of(TransactionBegan):
        what = f"{began.kind} {began.transaction}"
        yield _looked(what, partial(_transaction, history, began, at))


def _looked(what: str, look: Callable[[], str]) -> Checked:
    """Make a check; whatever keeps it from being made is found wrong."""
    try:
        return Checked(visible_line(what), True, look())
    except _Wrong as wrong:
        return Checked(visible_line(what), False, str(wrong))
    except WorkbenchError as error:
        return Checked(visible_line(what), False, error.sentence)
    except (msgspec.MsgspecError, StopIteration, LookupError, ValueError) as error:
        return Checked(visible_line(what), False, f"It cannot be read: {error!r}.")


def _events(history: History) -> str:
    if history.unreadable:
        raise _Wrong(f"Events that cannot be read: {_numbers(history.unreadable)}.")
    return f"All {len(history.events):,} events of decisions and transactions can be read."


def _numbers(events: Iterable[Event]) -> str:
    return _listed([str(event.seq) for event in events])


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
    return ", ".join(map(visible_line, words[:_SHOWN])) + more


def _contents(history: History) -> str:
    wanted = sorted(set(_digests(history)) - {""})
    lost = [digest[:12] for digest in wanted if not _is_whole(history, digest)]
    if lost:
        raise _Wrong(f"Contents that are lost or damaged: {_listed(lost)}.")
    return f"All {len(wanted):,} contents are whole."


def _is_whole(history: History, digest: str) -> bool:
    try:
        history.contents.read(digest)
    except WorkbenchError:  # It is told with all others that are not.
        return False
    return True


def _digests(history: History) -> Iterator[str]:
    """Yield what decisions and transactions rest on; what was only proposed may be of old."""
    for _, made in history.of(ProposalMade):
        if made.before:
            yield from (*made.before.values(), *made.change.values())
    for _, acted in history.of(ReviewActed):
        if isinstance(acted.act, Rebase):
            yield from (digest for both in acted.act.files.values() for digest in both)
    for _, began in history.of(TransactionBegan):
        yield from (digest for moved in began.files for digest in (moved.before, moved.after))
        yield began.policy


def _review(history: History, name: str) -> str:
    """Do all again, and compare how it stands each time with what was written."""
    every = list(history.replayed(name))
    for one in every:
        if fact_of(name, Acted(one.fact.act), one.state) != one.fact:
            raise _Wrong(f"Event {one.event.seq} tells another outcome than its action has.")
    return f"{len(every):,} actions lead to what was written each time."


def _approval(history: History, one: ApprovalGiven, at: Event) -> str:
    """Check a yes against the policy that its statement names, as of when it was taken in."""
    stated = read_statement(one.statement)
    policy = history.policy(stated.policy)
    if stated.proposal != one.proposal or at.subject != one.proposal:
        raise _Wrong(f"It is told of {one.proposal} and states {stated.proposal}.")
    if one.signature:
        return _signed(one, verified(one.statement, one.signature, policy, moment(at)).name)
    if one.approver != login_of(at.actor) or not policy.person(one.approver):
        raise _Wrong(f"{one.approver} did not give it, or may not.")
    return f"{one.approver} approved of {one.proposal} under the policy of that time."


def _signed(one: ApprovalGiven, name: str) -> str:
    if name != one.approver:
        raise _Wrong(f"It is told as of {one.approver}, and {name} signed it.")
    return f"The signature of {name} is over the statement of {one.proposal}."


def _transaction(history: History, one: TransactionBegan, at: Event) -> str:
    ended = [
        fact for _, fact in history.of(TransactionEnded) if fact.transaction == one.transaction
    ]
    if not ended:
        raise _Wrong("It was begun and never ended: open the workspace again.")
    if ended[-1].outcome != "written":
        return "Nothing was written."
    return _applied(history, one, at) if one.kind == "apply" else _reversed(history, one)


def _applied(history: History, one: TransactionBegan, at: Event) -> str:
    """Compare what was written with what was accepted then, and ask the policy of then."""
    policy = history.policy(one.policy)
    taken: list[Taken] = []
    for name in one.proposals:
        state, accepted = history.accepted(name, at.seq)
        ruling = check(policy, accepted, history.given(state, accepted, policy, at).approvals)
        if not ruling.is_allowed:
            raise _Wrong(f"The policy of that time did not allow it: {' '.join(ruling.missing)}")
        taken.append(Taken(name, state.before, state.result))
    if _composed(history, one, taken) != {moved.path: moved.after for moved in one.files}:
        raise _Wrong("What was written is not what was accepted.")
    count = len(one.files)
    return f"{count:,} file{'s' * (count != 1)}: written as accepted, and allowed."


def _composed(history: History, one: TransactionBegan, taken: list[Taken]) -> dict[str, str]:
    """Put what was accepted together as it was for writing; what is no change was left out."""
    now = {path: after for part in taken for path, after in part.result.items()}
    now |= {moved.path: history.contents.read_file(moved.before) for moved in one.files}
    fits = [Taken(part.name, now, fitted(part, now)[0]) for part in taken]
    return {path: hash_of(after) for path, after in composed(fits, now).items()}


def _reversed(history: History, one: TransactionBegan) -> str:
    """Compare what was written with what the transaction before had left."""
    reversed_ = [fact for _, fact in history.of(TransactionBegan) if fact.transaction == one.of]
    if not reversed_:
        raise _Wrong(f"There is no transaction {one.of} that it could be of.")
    moves = [_move(history, moved) for moved in reversed_[0].files]
    now = {move.path: move.before for move in moves}
    now |= {moved.path: history.contents.read_file(moved.before) for moved in one.files}
    back, clashes = reversed_moves(moves, now, {})
    wrote = {moved.path: moved.after for moved in one.files}
    if clashes or {move.path: hash_of(move.after) for move in back} != wrote:
        raise _Wrong(f"What was written is not what takes {one.of} back.")
    return f"It takes {one.of} back, byte for byte."


def _move(history: History, moved: Moved) -> Move:
    read = history.contents.read_file
    return Move(moved.path, read(moved.before), read(moved.after), moved.mode)
