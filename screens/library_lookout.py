"""What the Knowledge screen asks the host for, and when: only while it is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from screens.library import STATES, Holdings
from widgets.ink import Role
from workbench.api.client import Line
from workbench.api.knowing import NextKnowledge, ReadKnowledge
from workbench.api.messages import Welcome
from workbench.api.passages import KnowledgeBase
from workbench.api.subjects import ReadSubjects, ReadVersions, Subjects
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from screens.frame import Frame

_BETWEEN_READS = 0.25
_OF_SUBJECTS = "subject."


class LibraryLookout:
    """Keeps what is known of sources and subjects fresh; a hidden screen asks nothing."""

    def __init__(self, frame: Frame, changed: Callable[[Holdings], None]) -> None:
        self.holdings = Holdings()
        self.known = False
        """The host has answered."""
        self.problem = ""
        """Why what was read cannot be told."""
        self._frame, self._changed = frame, changed
        self._waiting: list[asyncio.Task[None]] = []
        self._welcome: Welcome | None = None
        """Of the host that was asked."""

    def line_changed(self, line: Line) -> None:
        """Begin anew with each host: its marks are its own."""
        if line.welcome != self._welcome or line.state != "attached":
            self._welcome = line.welcome
            self.rest()
        if self._frame.is_current:
            self.begin()

    def begin(self) -> None:
        """Read all, and wait for changes from now on."""
        line = self._frame.interface.line
        if self._waiting or line.state != "attached" or line.welcome is None:
            return
        self._waiting = [
            self._spawn(self._follow_knowledge()),
            self._spawn(self._follow_subjects(line.welcome.head)),
        ]

    def rest(self) -> None:
        """Ask nothing any more."""
        for task in self._waiting:
            task.cancel()
        self._waiting = []

    def read(self) -> None:
        """Read all again, as somebody wishes."""
        self.rest()
        self.begin()

    def list_state(self, state: str) -> None:
        self._take(replace(self.holdings, state=state))

    def next_state(self) -> str:
        """Return the next state that something is in."""
        there, at = self.holdings.states, STATES.index(self.holdings.state)
        return next(one for one in (*STATES[at + 1 :], *STATES[: at + 1]) if one in (*there, ""))

    def want_versions(self, subject: str) -> None:
        """Read the versions of a subject, if they are not known."""
        if subject not in self.holdings.versions:
            self._spawn(self._read_versions(subject))

    def take(self, base: KnowledgeBase) -> None:
        """Take what a command has answered."""
        self._take(replace(self.holdings, base=base))

    async def read_subjects(self) -> int:
        """Read the subjects again, and the versions of those that somebody has opened.

        Return the event up to which they are known.
        """
        call = self._frame.interface.host.call
        read: Subjects = await call(ReadSubjects())
        there = [one.id for one in read.subjects if one.id in self.holdings.versions]
        known = {name: await call(ReadVersions(name)) for name in there}
        self._take(replace(self.holdings, subjects=read.subjects, versions=known))
        return read.head

    def _spawn(self, chore: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._frame.interface.spawn(self._frame, chore)

    async def _follow_knowledge(self) -> None:
        """Wait for changes; while something is read there are many, so not for each."""
        call = self._frame.interface.host.call
        try:
            base = await call(ReadKnowledge())
            while True:
                self.known, self.problem = True, ""
                self.take(base)
                await asyncio.sleep(_BETWEEN_READS)
                base = await call(NextKnowledge(base.mark))
        except WorkbenchError as error:
            self.problem, self.known = f"{error.sentence} {error.hint}".strip(), True
            if self.holdings.base:
                self._frame.interface.tell(self.problem, Role.BAR_BAD)
            self._changed(self.holdings)

    async def _follow_subjects(self, head: int) -> None:
        known = await self.read_subjects()
        async for events in self._frame.interface.host.follow(max(head, known)):
            if any(event.type.startswith(_OF_SUBJECTS) for event in events):
                await self.read_subjects()

    async def _read_versions(self, subject: str) -> None:
        read = await self._frame.interface.host.call(ReadVersions(subject))
        self._take(
            replace(self.holdings, versions={**self.holdings.versions, read.subject.id: read})
        )

    def _take(self, holdings: Holdings) -> None:
        if holdings != self.holdings:
            before, self.holdings = self.holdings, holdings
            self._changed(before)
        elif not self.known:
            self._changed(holdings)
