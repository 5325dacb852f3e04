"""Approvals as a service of the host: what the policy says now, and yeses that are written down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from workbench.api import commands, reviews
from workbench.api.caller import Caller
from workbench.api.deciding import Accept, ApprovalGiven, ReviewActed
from workbench.api.events import ProposalMade, read_fact
from workbench.api.facts import Event
from workbench.errors import ApprovalNeeded
from workbench.journal import reading
from workbench.journal.journal import Journal
from workbench.review.approval.changes import Accepted, accepted_of
from workbench.review.approval.given import (
    SIGNED,
    Asked,
    given,
    has_a_person,
    login_of,
    refuse_untrusted,
)
from workbench.review.approval.policy import Ruling, check
from workbench.review.approval.reading import InForce, in_force
from workbench.review.approval.signing import Signer, verified
from workbench.review.approval.statement import (
    Statement,
    digest_of_evidence,
    read_statement,
)
from workbench.review.script import hash_of
from workbench.review.service import Open
from workbench.review.service import Service as Reviews
from workbench.review.state import Acted, State
from workbench.visible import visible_line
from workbench.workspace import Workspace

_UNTRUSTED = "The keys of this project's policy do not count before `workbench trust`."


@dataclass(frozen=True)
class Told:
    """What the journal holds about a proposal, in order."""

    made: tuple[Event, ...]
    acted: tuple[Event, ...]
    approved: tuple[Event, ...]


@dataclass(frozen=True)
class Looked:
    """A review, the policy that is in force, and what they come to."""

    one: Open
    force: InForce
    accepted: Accepted
    told: Told

    @property
    def statement(self) -> Statement:
        """Return what there is to approve of now."""
        return stated(self.accepted, self.force.policy.digest)

    @property
    def asked(self) -> Asked:
        texts = frozenset(self._texts()) if self.accepted.files else frozenset[str]()
        policy = self.force.policy
        return Asked(policy, self.force.is_trusted, self.one.state.digest, texts)

    def _texts(self) -> Iterator[str]:
        """Yield the statement with each evidence: the same change may be proven again."""
        digest = self.force.policy.digest
        for evidence in evidences(self.told.made):
            said = self.statement
            yield Statement(said.proposal, said.files, evidence, digest).text


class Approvals:
    """What the policy says of proposals, and what was approved of."""

    def __init__(
        self,
        workspace: Workspace,
        journal: Journal,
        reviews_: Reviews,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._workspace = workspace
        self._journal = journal
        self._reviews = reviews_
        self._now = now

    async def read(self, command: commands.ReadAllowed, _: Caller) -> reviews.Allowed:
        return await self._allowed(await self._looked(command.proposal))

    async def gate(self, proposals: tuple[str, ...], _: Caller) -> tuple[reviews.Allowed, ...]:
        """Say of each proposal whether it may be written as it is accepted now."""
        return tuple([await self._allowed(await self._looked(name)) for name in proposals])

    async def approve(self, command: commands.Approve, caller: Caller) -> reviews.Allowed:
        """Write a yes down, if it is to exactly what is accepted and of somebody who may."""
        wanted = read_statement(command.statement)
        looked = await self._looked(wanted.proposal)
        if command.signature:
            signer = await self._signer(looked, command)
            looked = await self._accepted_by(looked, wanted, signer.name)
        else:
            signer = _at_work(looked, caller)
        _refuse_stale(looked, wanted)
        fact = ApprovalGiven(
            wanted.proposal, wanted.text, signer.name, command.signature, signer.fingerprint
        )
        if not _is_known(looked.told, fact):
            await self._journal.write(
                fact,
                actor=caller.actor,
                subject=wanted.proposal,
                key=caller.key,
                again=caller.again,
            )
        return await self._allowed(await self._looked(wanted.proposal))

    async def _signer(self, looked: Looked, command: commands.Approve) -> Signer:
        refuse_untrusted(looked.asked)
        policy = looked.force.policy
        return await asyncio.to_thread(
            verified, command.statement, command.signature, policy, self._now()
        )

    async def _accepted_by(self, looked: Looked, wanted: Statement, name: str) -> Looked:
        """Let a signature over the whole proposal accept it, where nobody decided about it yet."""
        state = looked.one.state
        is_open = not state.done and not state.marks and dict(wanted.files) == _whole(state)
        if not is_open or not _is_of_today(looked, wanted):
            return looked
        await self._reviews.do(wanted.proposal, Acted(Accept()), Caller(f"{name}/{SIGNED}"))
        return await self._looked(wanted.proposal)

    async def _looked(self, name: str) -> Looked:
        one = await self._reviews.review(name)
        force = await asyncio.to_thread(self._in_force)
        accepted = await asyncio.to_thread(accepted_of, one.state, one.proposal)
        return Looked(one, force, accepted, await self._told(name))

    def _in_force(self) -> InForce:
        """Keep the policy as well, so that what rests on it can be looked at later."""
        force = in_force(self._workspace)
        self._reviews.contents.keep(force.policy.text)
        return force

    async def _told(self, name: str) -> Told:
        kinds = (ProposalMade.type, ReviewActed.type, ApprovalGiven.type)
        return Told(*[await self._journal.read(reading.about, kind, name) for kind in kinds])

    async def _allowed(self, looked: Looked) -> reviews.Allowed:
        return await asyncio.to_thread(self._weighed, looked)

    def _weighed(self, looked: Looked) -> reviews.Allowed:
        policy, told = looked.force.policy, looked.told
        found = given(looked.asked, told.acted, told.approved, self._now())
        ruling = check(policy, looked.accepted, found.approvals)
        return reviews.Allowed(
            is_allowed=ruling.is_allowed,
            policy=policy.digest,
            origin=looked.force.origin,
            missing=_missing(ruling, looked),
            approvals=ruling.persons,
            statement=looked.statement.text if looked.accepted.files else "",
            ignored=found.ignored,
            result=looked.one.state.digest,
        )


def stated(accepted: Accepted, policy: str) -> Statement:
    """Return what there is to approve of."""
    rows = {
        path: (hash_of(before), hash_of(after)) for path, (before, after) in accepted.files.items()
    }
    return Statement(accepted.proposal, rows, accepted.evidence, policy)


def evidences(made: Iterable[Event]) -> Iterator[str]:
    """Yield the digest of the evidence each time that a proposal was made."""
    for event in made:
        if isinstance(fact := read_fact(event), ProposalMade):
            yield digest_of_evidence(fact.evidence)


def _missing(ruling: Ruling, looked: Looked) -> tuple[str, ...]:
    """Say what is missing, and why a signature that is there is not looked at."""
    if ruling.is_allowed or looked.force.is_trusted:
        return ruling.missing
    return (*ruling.missing, _UNTRUSTED)


def _is_of_today(looked: Looked, wanted: Statement) -> bool:
    """Tell whether a statement names the policy in force and evidence that there is."""
    is_proven = wanted.evidence in set(evidences(looked.told.made))
    return is_proven and wanted.policy == looked.force.policy.digest


def _whole(state: State) -> dict[str, tuple[str, str]]:
    """Return the digests of the files of a repair, taken whole."""
    files = (one for one in state.files if one.kind == "repair")
    return {one.path: (hash_of(one.script.before), hash_of(one.script.after)) for one in files}


def _at_work(looked: Looked, caller: Caller) -> Signer:
    login = login_of(caller.actor)
    if not has_a_person(caller.actor):
        raise ApprovalNeeded(
            "A batch approves of nothing.",
            "Give it approvals that somebody signed: `workbench review approve NAME --sign KEY`.",
        )
    if not looked.force.policy.person(login):
        raise ApprovalNeeded(
            f"{visible_line(login)} is none of the approvers.",
            "Whoever the policy names with a key can sign: `workbench review approve NAME --sign`.",
        )
    return Signer(login, "")


def _is_known(told: Told, fact: ApprovalGiven) -> bool:
    facts = (read_fact(event) for event in told.approved)
    return any(
        isinstance(one, ApprovalGiven)
        and (one.statement, one.approver, one.key) == (fact.statement, fact.approver, fact.key)
        for one in facts
    )


def _refuse_stale(looked: Looked, wanted: Statement) -> None:
    """Say what differs between what was approved of and what is accepted now."""
    if wanted.text in looked.asked.statements:
        return
    now = looked.statement
    different = [
        word
        for word, differs in (
            ("the files", wanted.files != now.files),
            ("the rules", wanted.policy != now.policy),
            ("the proofs", wanted.evidence not in set(evidences(looked.told.made))),
        )
        if differs
    ]
    raise ApprovalNeeded(
        f"The approval is stale: {' and '.join(different)} of {wanted.proposal} are others now.",
        f"`workbench review show {wanted.proposal}` shows what there is to approve of.",
    )
