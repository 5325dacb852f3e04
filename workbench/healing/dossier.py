"""What is known of a failure: how the tests run, where they fail, what lies around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

PASSED, FAILED, SKIPPED, CUT = "passed", "failed", "skipped", "cut"


class Frame(msgspec.Struct, frozen=True):
    """One level of a traceback, in a file of the project."""

    path: str
    line: int
    function: str
    """The qualified name of its code; `<module>` at the top."""
    values: dict[str, str] = {}
    """What its local variables held, as `repr` shows it, cut short."""


class Raised(msgspec.Struct, frozen=True):
    """An exception, as it left a test."""

    kind: str
    """The name of its class, and those of its bases after commas."""
    message: str
    frames: tuple[Frame, ...] = ()
    """Outermost first, those of the project alone."""
    has: tuple[str, ...] = ()
    """Names like the one that an object or a module does not have."""

    @property
    def name(self) -> str:
        return self.kind.split(",", 1)[0]


class TestRun(msgspec.Struct, frozen=True):
    """What one test did on the project as it is."""

    __test__ = False

    id: str
    outcome: str
    """passed, failed, skipped, or cut: it worked on and on, or took too long."""
    raised: Raised | None = None
    work: int = 0
    """How many loops and calls of the project's code it took."""
    seconds: float = 0.0
    plain: bool = False
    """It can be called without pytest."""
    lines: dict[str, tuple[int, ...]] = {}
    """The lines of the project's files that it ran, by path; empty where nobody looked."""
    spawns: bool = False
    """It starts other processes, and what these run is not among the lines."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What held as a repair when such a test failed before."""

    proposal: str
    diff: str
    why: str


@dataclass(frozen=True, eq=False)
class Dossier:
    """All that is known of one failure before anything is tried."""

    runs: tuple[TestRun, ...]
    files: Mapping[str, str]
    """The project's Python files that a repair may change, as text."""
    tests: Mapping[str, str] = field(default_factory=dict)
    """The test files, as text: to be read, never to be changed."""
    before: Mapping[str, str] = field(default_factory=dict)
    """What files were when the failing tests last passed, where that is known."""
    earlier: tuple[Earlier, ...] = ()
    """What repaired the same failures before, the newest first."""

    @property
    def failing(self) -> tuple[TestRun, ...]:
        return tuple(run for run in self.runs if run.outcome in (FAILED, CUT))

    @property
    def passing(self) -> tuple[TestRun, ...]:
        return tuple(run for run in self.runs if run.outcome == PASSED)
