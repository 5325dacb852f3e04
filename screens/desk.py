"""The review of one proposal as the screen has it: read from the host, and acted on there."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from screens.hunks import places_of
from widgets import colours
from widgets.difference import Difference
from widgets.ink import Role
from workbench.api.commands import (
    ActOn,
    Apply,
    ReadAllowed,
    ReadPatch,
    ReadReview,
    TakeBack,
    Terms,
    TryAccepted,
)
from workbench.api.deciding import Accept, AnyAct, Leave, Marked, Reject, ReviewActed, Select
from workbench.api.reviews import Allowed, Hunk, Review, Standings, Tried, Written
from workbench.errors import Interrupted, WorkbenchError

if TYPE_CHECKING:
    from screens.frame import Frame
    from workbench.api.facts import Event

Next = Callable[[Standings], AnyAct]
"""Says what to do, when the review stands as the action before has left it."""


class Tally(NamedTuple):
    """How many hunks stand how; those of tests that are offered need not be decided about."""

    undecided: int = 0
    accepted: int = 0
    rejected: int = 0


class Desk:
    """What lies on it is one review; decisions are seen at once, and are the host's."""

    def __init__(
        self,
        frame: Frame,
        changed: Callable[[], None],
        written: Callable[[], Awaitable[None]],
    ) -> None:
        self.proposal = ""
        self.review: Review | None = None
        self.difference: Difference | None = None
        self.stands = Standings("", "waiting", ())
        self.tally = Tally()
        self.repairs: tuple[Hunk, ...] = ()
        """The hunks of the repair itself, which decide how the proposal stands."""
        self.numbers: dict[str, int] = {}
        self.problem = ""
        """Why the review cannot be read."""
        self.tried: Tried | None = None
        """What the tests said of what is accepted, while that is still accepted."""
        self.busy = ""
        """What the host does for it now, as a clause."""
        self.since = 0.0
        self._frame, self._changed, self._written = frame, changed, written
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._work: asyncio.Task[None] | None = None

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        return self.stands.hunks

    def hunk(self, name: str) -> Hunk | None:
        number = self.numbers.get(name)
        return self.hunks[number] if number is not None else None

    def lay(self, proposal: str) -> None:
        """Put another review on the desk, or none."""
        if proposal == self.proposal:
            return
        self.proposal, self.review, self.difference = proposal, None, None
        self.stands = Standings("", "waiting", ())
        self.problem, self.tried = "", None
        self._count()
        if proposal:
            self.read()

    def read(self) -> None:
        """Read the review, or what changed of it."""
        if self._frame.interface.line.state == "attached":
            self._frame.interface.spawn(self._frame, self._read(self.proposal))

    def happened(self, events: tuple[Event, ...]) -> None:
        """Read again what somebody decided; our own decisions come by this way too."""
        mine = (one for one in events if one.type == ReviewActed.type)
        if self.proposal and any(one.subject == self.proposal for one in mine):
            self.read()

    def act(self, *steps: AnyAct | Next) -> None:
        """Do one thing after the other; what is seen at once of it is how hunks are marked."""
        first = steps[0]
        if not callable(first):
            self._show(_expected(self.stands, first))
        self._waiting += 1
        every = [step if callable(step) else _always(step) for step in steps]
        self._frame.interface.spawn(self._frame, self._act(self.proposal, every))

    def act_on_lines(
        self, chosen: Iterable[Select], then: Callable[[tuple[str, ...]], AnyAct]
    ) -> None:
        """Make hunks of lines that were selected, and do something with these."""
        wanted = tuple(chosen)
        places = {one.hunk: frozenset(one.places) for one in wanted}
        paths = {one.id: one.path for one in self.hunks}
        whole = {one.id: places_of(one) for one in self.hunks}
        parts = [one for one in wanted if places[one.hunk] != whole[one.hunk]]
        lines = {(paths[name], place) for name, some in places.items() for place in some}

        def act_on(stands: Standings) -> AnyAct:
            named = (one for one in stands.hunks if _is_of(one, lines))
            return then(tuple(one.id for one in named))

        self.act(*parts, act_on)

    def try_accepted(self) -> None:
        self._begin("the tests run", self._try)

    def apply(self) -> None:
        self._begin("it is being applied", self._apply)

    def take_back(self, transaction: str) -> None:
        self._begin("it is being rolled back", lambda: self._take_back(transaction))

    def cancel(self) -> None:
        """Wait no longer: the host ends what nobody waits for."""
        if self._work:
            self._work.cancel()
            self._frame.interface.tell("It was cancelled.")

    def ask_allowed(self, then: Callable[[Allowed, bytes], None]) -> None:
        """Ask what the policy says and what would be written, and go on with that."""
        self._frame.interface.spawn(self._frame, self._allowed(then))

    async def _allowed(self, then: Callable[[Allowed, bytes], None]) -> None:
        call = self._frame.interface.host.call
        asked = call(ReadAllowed(self.proposal)), call(ReadPatch(self.proposal, accepted=True))
        allowed, read = await asyncio.gather(*asked)
        then(allowed, read.patch)

    async def patch(self) -> tuple[str, bytes]:
        """Return what is accepted as a patch, or all where nothing is; and which of both it is."""
        is_part = bool(self.tally.accepted)
        read = await self._frame.interface.host.call(ReadPatch(self.proposal, accepted=is_part))
        return "What is accepted" if is_part else "The patch", read.patch

    async def _read(self, proposal: str) -> None:
        """Read what is not known; a problem is shown where the change would stand."""
        known = self.stands.text if self.review else ""
        try:
            review = await self._frame.interface.host.call(ReadReview(proposal, known=known))
        except WorkbenchError as error:
            if proposal == self.proposal and not self.review:
                self.problem = f"{error.sentence} {error.hint}".strip()
                self._changed()
            return
        if proposal == self.proposal:
            self._take(review)

    def _take(self, review: Review) -> None:
        if review.files:
            self.review, self.difference = review, Difference(review.files)
            self._colour(tuple(file.path for file in review.files))
        elif self.review:
            self.review = replace(self.review, proposed=review.proposed)
        if not self._waiting and review.stands.acts >= self.stands.acts:
            self._show(review.stands)

    def _colour(self, paths: tuple[str, ...]) -> None:
        if not all(map(colours.is_loaded, paths)):
            self._frame.interface.spawn(self._frame, self._load_colours(paths))

    async def _load_colours(self, paths: tuple[str, ...]) -> None:
        """Find what reads the source beside the keys: it is large, and nobody waits for colours."""
        await asyncio.to_thread(colours.load, paths)
        self._changed()

    def _show(self, stands: Standings) -> None:
        """Take how it stands; what the tests said holds only for what they ran with."""
        if stands.result != self.stands.result:
            self.tried = None
        self.stands = stands
        self._count()
        self._changed()

    def _count(self) -> None:
        """Reckon once what each key asks for."""
        files = self.review.files if self.review else ()
        paths = {file.path for file in files if file.kind == "repair"}
        states = Counter(one.state for one in self.hunks)
        self.repairs = tuple(hunk for hunk in self.hunks if hunk.path in paths)
        self.numbers = {hunk.id: number for number, hunk in enumerate(self.hunks)}
        undecided = sum(one.state == "undecided" for one in self.repairs)
        self.tally = Tally(undecided, states["accepted"], states["rejected"])

    async def _act(self, proposal: str, steps: Iterable[Next]) -> None:
        """Act in turn; where something is refused, what the host has is shown again."""
        host = self._frame.interface.host
        try:
            async with self._turn:
                stands = self.stands
                for step in steps:
                    stands = await host.call(ActOn(proposal, step(stands)))
        except WorkbenchError:
            self._waiting -= 1
            self.read()
            raise
        except BaseException:
            self._waiting -= 1
            raise
        self._waiting -= 1
        if proposal == self.proposal and not self._waiting:
            if self.review and stands.text != self.stands.text:
                self.read()
            else:
                self._show(stands)

    def _begin(self, busy: str, work: Callable[[], Awaitable[None]]) -> None:
        self.busy, self.since = busy, time.monotonic()
        self._work = self._frame.interface.spawn(self._frame, self._worked(work))
        self._changed()

    async def _worked(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Interrupted as interrupted:
            self._frame.interface.tell(interrupted.sentence)
        finally:
            self.busy, self._work = "", None
            self._changed()

    async def _terms(self) -> Terms:
        return await asyncio.to_thread(self._frame.interface.terms)

    async def _try(self) -> None:
        proposal = self.proposal
        tried = await self._frame.interface.host.call(TryAccepted((proposal,), await self._terms()))
        if proposal == self.proposal:
            self.tried = tried
        self._frame.interface.tell(tried.sentence, Role.BAR_GOOD if tried.holds else Role.BAR_BAD)

    async def _apply(self) -> None:
        await self._tell(
            await self._frame.interface.host.call(Apply((self.proposal,), await self._terms()))
        )

    async def _take_back(self, transaction: str) -> None:
        await self._tell(await self._frame.interface.host.call(TakeBack(transaction)))

    async def _tell(self, written: Written) -> None:
        """Say what was written once it is known everywhere, so that keys go by it."""
        await self._written()
        self._frame.interface.tell(written.sentence, Role.BAR_GOOD)
        self.read()


def _always(act: AnyAct) -> Next:
    return lambda _: act


def _expected(stands: Standings, act: AnyAct) -> Standings:
    """Return how hunks will be marked, to be seen before the host has answered."""
    state: Marked
    match act:
        case Accept(hunks=names):
            state, reason = "accepted", ""
        case Reject(hunks=names, reason=reason):
            state = "rejected"
        case Leave(hunks=names):
            state, reason = "undecided", ""
        case _:
            return stands
    marked = tuple(
        replace(one, state=state, reason=reason) if one.id in names else one for one in stands.hunks
    )
    return replace(stands, hunks=marked)


def _is_of(hunk: Hunk, lines: set[tuple[str, int]]) -> bool:
    """Tell whether a hunk is made of these lines and no others."""
    return all((hunk.path, place) in lines for place in places_of(hunk))
