"""Reviews as a host has them, over the rules that the host has; what is applied is only told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from workbench.api import reviews
from workbench.api.commands import (
    ActOn,
    Apply,
    ReadAllowed,
    ReadPatch,
    ReadReview,
    ReadTransactions,
    TakeBack,
    TryAccepted,
)
from workbench.api.deciding import AnyAct, Moved, ReviewActed, TransactionEnded
from workbench.api.shapes import Command, View
from workbench.api.views import Proposed
from workbench.errors import UsageError, WorkbenchError
from workbench.review.exporting import accepted_patch, proposed_patch
from workbench.review.reducer import Reviewing
from workbench.review.script import hash_of
from workbench.review.shown import review_of, standings_of
from workbench.review.state import Acted, State, opened

if TYPE_CHECKING:
    from tests.pilot.fake import FakeHost

Changed = Sequence[tuple[str, bytes | None, bytes | None]]
"""By path what a file holds before and after."""


class FakeReviews:
    """Answers what is asked about reviews of proposals, by what each changes."""

    def __init__(self, changed: Mapping[str, Changed] | None = None) -> None:
        self.changed = changed
        self.transactions: list[reviews.Transaction] = []
        self.allowed = reviews.Allowed(is_allowed=True, policy="feed" * 16, origin="")
        self.tried = reviews.Tried(holds=True, sentence="All 43 tests pass.", seconds=0.4)
        self.refuses: WorkbenchError | None = None
        """What applying comes to."""
        self.gate: asyncio.Event | None = None
        """What tests and applying wait for."""
        self._states: dict[str, tuple[Reviewing, State]] = {}

    async def answer(self, command: Command[Any], host: FakeHost) -> View | None:
        match command:
            case ReadReview(proposal=name, context=context, known=known):
                proposed = self._proposed(host, name)
                return review_of(proposed, self._state(host, name), context, known)
            case ActOn(proposal=name, act=act):
                return await self.act(host, name, act)
            case ReadPatch(proposal=name, accepted=accepted):
                write = accepted_patch if accepted else proposed_patch
                return reviews.Patch(write(self._state(host, name)))
            case ReadTransactions():
                return reviews.Transactions(tuple(self.transactions))
            case ReadAllowed():
                return self.allowed
        return await self._worked(command, host)

    async def _worked(self, command: Command[Any], host: FakeHost) -> View | None:
        """Answer what takes a while."""
        match command:
            case TryAccepted():
                await self._wait()
                return self.tried
            case Apply(proposals=(name,)):
                await self._wait()
                return await self._apply(host, name)
            case TakeBack(transaction=name):
                return await self._take_back(host, name)
        return None

    async def act(
        self, host: FakeHost, name: str, act: AnyAct, by: str = "anna"
    ) -> reviews.Standings:
        """Do something in a review, and let it be known."""
        state = self._state(host, name)
        rules = self._states[name][0]
        state = rules.reduce(state, Acted(act, by, 1_780_315_200_000_000))
        self._states[name] = rules, state
        fact = ReviewActed(name, act, state.standing, reason=state.reason, result=state.digest)
        host.stand(name, state.standing, state.reason, by)
        await host.tell(fact, name)
        return standings_of(self._proposed(host, name), state)

    async def _wait(self) -> None:
        if self.gate:
            await self.gate.wait()

    async def _apply(self, host: FakeHost, name: str) -> reviews.Written:
        if self.refuses:
            raise self.refuses
        state = self._state(host, name)
        before = state.before
        files = tuple(
            Moved(path, hash_of(before[path]), hash_of(content))
            for path, content in state.result.items()
        )
        number = f"t{len(self.transactions) + 1}"
        made = reviews.Transaction(
            number, "apply", files, (name,), "", "anna", 1_780_315_200_000_000, "standing"
        )
        self.transactions.insert(0, made)
        await host.tell(TransactionEnded(number, "written"), number)
        return reviews.Written(host.head, number, "apply", files, f"{len(files)} file written.")

    async def _take_back(self, host: FakeHost, name: str) -> reviews.Written:
        at = next(n for n, one in enumerate(self.transactions) if one.id == name)
        undone = self.transactions[at] = replace(self.transactions[at], state="undone")
        await host.tell(TransactionEnded(name, "written"), name)
        return reviews.Written(host.head, "t9", "undo", undone.files, "1 file is as it was.")

    def _proposed(self, host: FakeHost, name: str) -> Proposed:
        found = (one for one in host.findings.proposals if one.proposal.proposal == name)
        return next(found)

    def _state(self, host: FakeHost, name: str) -> State:
        if name not in self._states:
            if self.changed is not None and name not in self.changed:
                raise UsageError(
                    "The proposal is of an earlier release, which kept no contents.",
                    "`workbench heal` proposes it again.",
                )
            changed = self.changed[name] if self.changed is not None else _usual(name)
            state = opened(changed, self._proposed(host, name).proposal.tests)
            self._states[name] = Reviewing(state, _never), state
        return self._states[name][1]


def _usual(name: str) -> Changed:
    from tests.pilot.findings import AFTER, BEFORE, SECOND, SECOND_AFTER

    return [("src/parse.py", BEFORE, SECOND_AFTER if name == SECOND.proposal else AFTER)]


def _never(digest: str) -> bytes:
    raise AssertionError(digest)
