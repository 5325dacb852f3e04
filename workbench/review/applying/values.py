"""What applying speaks of: moves of files, tasks, what is verified and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from workbench.api.caller import Caller
from workbench.api.commands import Terms
from workbench.api.deciding import Moved
from workbench.api.reviews import Allowed
from workbench.review.script import hash_of
from workbench.review.state import Contents

Kind = Literal["apply", "undo", "redo"]


@dataclass(frozen=True)
class Move:
    """What a file holds before and after; None is a file that is not there."""

    path: str
    before: bytes | None
    after: bytes | None
    mode: int = 0o644
    """What the file gets where it is written anew."""

    @property
    def moved(self) -> Moved:
        return Moved(self.path, hash_of(self.before), hash_of(self.after), self.mode)


@dataclass(frozen=True)
class Task:
    """Files that are written together, all of them or none."""

    transaction: str
    moves: tuple[Move, ...]
    made: tuple[str, ...] = ()
    """Folders that come with the files, the outermost first."""
    gone: tuple[str, ...] = ()
    """Folders that go if nothing else lies in them."""

    def beside(self, move: Move) -> str:
        """Return the name that a file is written under at first; it is found again by it."""
        return f".workbench-{self.transaction}-{self._numbers[move.path]}"

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {move.path: number for number, move in enumerate(self.moves)}


@dataclass(frozen=True)
class Ready:
    """A commit that lies ready, and the branch that shall name it."""

    branch: str
    commit: str


@dataclass(frozen=True)
class Proven:
    """What was proven of a proposal: where, and which tests lay beside the project's own."""

    proof: str
    base: str
    """The digest of the project that it was proven over."""
    change: Mapping[str, str]
    """The digest of what each file got."""
    tests: Mapping[str, bytes]


@dataclass(frozen=True)
class Case:
    """What is to be verified: contents that files get, and tests that come with them."""

    change: Contents
    tests: Mapping[str, bytes]
    """Tests that were offered and taken along."""
    proven: tuple[Proven, ...]
    title: str
    endless: tuple[str, ...] = ()
    """Tests that were seen to go on for ever without the change; nobody waits for them there."""


@dataclass(frozen=True)
class Verified:
    """What a verification came to."""

    holds: bool
    sentence: str
    digest: str = ""
    """Of the proof, or of the run of the tests; what it says lies among the contents kept."""
    turned: tuple[str, ...] = ()
    red: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    is_anew: bool = True
    """Something was run; else the proof of the proposal holds as it is."""


class Verify(Protocol):
    """Says whether contents hold up; a trial runs the tests even where a proof holds."""

    async def __call__(
        self, case: Case, terms: Terms, caller: Caller, /, *, is_trial: bool = False
    ) -> Verified: ...


class Gate(Protocol):
    """Says what the approval policy thinks of proposals as they are accepted now."""

    async def __call__(
        self, proposals: tuple[str, ...], caller: Caller, /
    ) -> tuple[Allowed, ...]: ...


async def allow_all(proposals: tuple[str, ...], caller: Caller) -> tuple[Allowed, ...]:
    """Ask for no approval but that of the person who applies."""
    return tuple(Allowed(True, "", "", approvals=(caller.actor,)) for _ in proposals)
