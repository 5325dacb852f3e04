"""Events: every fact that the journal keeps, and how they are read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.api.deciding import (
    ApprovalGiven,
    ReviewActed,
    TransactionBegan,
    TransactionEnded,
)
from workbench.api.facts import Event, Fact, UnknownFact
from workbench.api.remembering import FACTS_OF_MEMORY
from workbench.api.sources import FACTS_OF_SOURCES
from workbench.api.talking import FACTS as OF_TALKS
from workbench.api.tasking import FACTS as OF_TASKS


class HostStarted(Fact, frozen=True):
    """A host opened the workspace."""

    type = "host.started"
    release: str
    pid: int
    python: str


class HostStopped(Fact, frozen=True):
    """A host closed the workspace in good order."""

    type = "host.stopped"
    reason: str


class NoteWritten(Fact, frozen=True):
    """A person wrote a remark into the journal."""

    type = "note.written"
    text: str


class JournalSetAside(Fact, frozen=True):
    """A damaged journal was kept aside and this one begun."""

    type = "journal.set_aside"
    path: str
    reason: str


class EngineFinding(msgspec.Struct, frozen=True):
    """What trying one sandbox engine showed."""

    engine: str
    level: str
    holds: bool
    sentence: str


class SandboxChosen(Fact, frozen=True):
    """It was found out what boxes can be made of on this machine."""

    type = "sandbox.chosen"
    engine: str
    """Empty where nothing is strong enough."""
    level: str
    findings: tuple[EngineFinding, ...]
    """Of each that was tried, in order; the last one is what was taken, if any was."""
    minimum: str
    interpreter: str


class Printed(msgspec.Struct, frozen=True):
    """What a job printed: beginning, end, and how many bytes there were."""

    head: str = ""
    tail: str = ""
    total: int = 0


class JobRan(Fact, frozen=True):
    """A job in the sandbox has ended."""

    type = "sandbox.ran"
    job: str
    kind: str
    title: str
    """What it was, in a few words."""
    engine: str
    level: str
    interpreter: str
    policy: str
    """A digest, as are the next two."""
    digest: str
    snapshot: str
    status: str
    reason: str = ""
    exit: int | None = None
    signal: int | None = None
    wall: float = 0.0
    cpu: float = 0.0
    peak_memory: int = 0
    output: Printed = Printed()
    records: str = ""
    """A digest too: of what the test records are, as they came."""
    tests: dict[str, int] | None = None
    """How many tests ended how, where the records can be believed."""
    doubt: str = ""
    """Why they cannot."""


class RepairProved(Fact, frozen=True):
    """A repair was put to the proof."""

    type = "sandbox.proved"
    job: str
    accepted: bool
    reasons: tuple[tuple[str, str], ...]
    """Codes and sentences of all that speaks against it."""
    verdict: str
    """The digest of the verdict with everything that it rests on."""
    base: str
    result: str
    change: dict[str, str]
    """The digest of each changed file, empty for one that goes."""
    failing: tuple[str, ...]
    guards: dict[str, str]
    """What keeps each failing test from being talked into a yes: split, twins or none."""
    circumstances: int
    engine: str
    level: str
    interpreter: str
    policy: str
    harness: str
    """The digest of the code that runs inside boxes."""


class FailureFound(Fact, frozen=True):
    """A test was seen to fail, and where."""

    type = "failure.found"
    failure: str
    """Names what fails and how, wherever in the file that is: the same again has the same name."""
    test: str
    kind: str
    """The exception, or `cut` for what goes on and on."""
    message: str
    path: str
    """The innermost place in the project."""
    line: int
    function: str
    snapshot: str
    steady: bool = True
    """It fails each time."""


class CrashSeen(Fact, frozen=True):
    """A program of the project was seen to have crashed."""

    type = "crash.seen"
    crash: str
    """Names what crashes and how: the same again has the same name."""
    file: str
    """What was written of it, in the folder of crashes."""
    how: str
    """uncaught, thread, logged, signal, or exit."""
    kind: str
    """The exception; empty where only the end of the program is known."""
    message: str
    path: str
    """The innermost place in the project."""
    line: int
    function: str
    command: tuple[str, ...] = ()
    exit: int | None = None
    signal: int | None = None


class LogNoticed(Fact, frozen=True):
    """Something in a log is worth telling."""

    type = "log.noticed"
    sighting: str
    """Names what was seen where: the same again has the same name."""
    log: str
    """The file, from the project."""
    what: str
    """traceback, new, or frequent."""
    line: str
    """Such a line, or what the traceback ends with."""
    count: int
    expected: float = 0.0
    """How many came in other minutes."""
    severe: bool = False
    path: str = ""
    """The innermost place in the project, of a traceback."""
    at: int = 0
    function: str = ""


class TestsTurned(Fact, frozen=True):
    """Tests end otherwise than when they were seen last."""

    __test__ = False

    type = "tests.turned"
    snapshot: str
    red: tuple[str, ...]
    """Those that fail now, not more than can be read."""
    green: tuple[str, ...]
    """Those that pass now."""
    reds: int
    """How many there are of each."""
    greens: int


class SearchBegan(Fact, frozen=True):
    """A search for repairs has begun."""

    type = "search.began"
    search: str
    failures: tuple[str, ...]
    snapshot: str
    crash: str = ""
    """The crash that it is for."""


class SearchEnded(Fact, frozen=True):
    """A search for repairs has ended."""

    type = "search.ended"
    search: str
    outcome: str
    """repaired, unrepaired, green, flaky, no-tests, unrepeated, or cancelled."""
    sentence: str
    failing: tuple[str, ...]
    failures: tuple[str, ...]
    proposals: tuple[str, ...]
    tried: int
    plausible: int
    seconds: float
    snapshot: str
    crash: str = ""
    """The crash that it was for."""


class Evidence(msgspec.Struct, frozen=True):
    """What speaks for a proposal."""

    turned: tuple[str, ...]
    """The failing tests that pass with it."""
    others: int
    """How many other tests were run, and end as before."""
    guards: dict[str, str]
    circumstances: int
    engine: str
    level: str
    proof: str
    """The digest of the verdict with everything that it rests on."""
    needed: dict[str, tuple[str, ...]] = {}
    """For each hunk, by its head, the tests that fail without it."""
    uncovered: tuple[str, ...] = ()
    """Changed lines that no test runs."""
    mutants: tuple[int, int] | None = None
    """Of so many small changes to the changed lines so many make a test fail."""
    quality: dict[str, str] = {}
    """Measures before and after, where they differ."""
    covering: int = 0
    """How many tests run what it changes."""
    differs: str = ""
    """On which call another repair that passes does something else."""
    decides: str = ""
    """A test that holds with this repair and fails with that other."""


class ProposalMade(Fact, frozen=True):
    """A repair that holds waits for a person."""

    type = "proposal.made"
    proposal: str
    search: str
    rank: int
    confidence: float
    """How likely it is right, as far as the workbench can tell."""
    diff: str
    change: dict[str, str]
    """The digest of each changed file."""
    base: str
    result: str
    operator: str
    """Which rule made it."""
    why: str
    evidence: Evidence
    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    seconds: float = 0.0
    """After so long it held."""
    before: dict[str, str] = msgspec.field(default_factory=dict)
    """The digest that each changed file has without it, empty for one that is not there."""
    tests: dict[str, str] = msgspec.field(default_factory=dict)
    """Tests that were made for it, by where they could lie; they are offered beside it."""
    numbers: dict[str, float] = msgspec.field(default_factory=dict)
    """What its rank was reckoned from, so that a decision about it can be learned from."""


_EACH: tuple[type[Fact], ...] = (
    HostStarted,
    HostStopped,
    NoteWritten,
    JournalSetAside,
    SandboxChosen,
    JobRan,
    RepairProved,
    FailureFound,
    CrashSeen,
    LogNoticed,
    TestsTurned,
    SearchBegan,
    SearchEnded,
    ProposalMade,
    ReviewActed,
    ApprovalGiven,
    TransactionBegan,
    TransactionEnded,
    *FACTS_OF_MEMORY,
    *FACTS_OF_SOURCES,
    *OF_TALKS,
    *OF_TASKS,
)
FACTS: dict[str, type[Fact]] = {fact.type: fact for fact in _EACH}


def read_fact(event: Event, facts: Mapping[str, type[Fact]] = FACTS) -> Fact:
    """Return what `event` says, lifted from the version that it was written in."""
    content = msgspec.json.decode(event.payload, type=dict[str, Any])
    kind = facts.get(event.type)
    if kind is None or event.version > kind.version:
        return UnknownFact(content)
    for version in range(event.version, kind.version):
        content = kind.upcasts[version](content)
    return msgspec.convert(content, kind)
