"""Views: what commands return and faces draw."""

from __future__ import annotations

from typing import ClassVar

from workbench.api.events import (
    CrashSeen,
    EngineFinding,
    FailureFound,
    JobRan,
    LogNoticed,
    Printed,
    ProposalMade,
    RepairProved,
    SearchEnded,
)
from workbench.api.facts import Event
from workbench.api.shapes import View


class Receipt(View, frozen=True):
    """A command was carried out and is durable; the same key gives the same receipt."""

    seq: int
    time: int


class Face(View, frozen=True):
    """Somebody attached to the host."""

    name: str
    pid: int
    since: int


class Store(View, frozen=True):
    """A file that the host keeps."""

    name: str
    path: str
    bytes: int


class Status(View, frozen=True):
    """How the host and its stores are."""

    project: str
    pid: int
    version: str
    python: str
    started: int
    memory: int
    """Bytes of the host process that are in memory."""
    faces: tuple[Face, ...]
    idle_seconds: float
    """How long the host stays when nobody is attached."""
    journal: str
    head: int
    stores: tuple[Store, ...]
    disk_free: int
    runs: int
    """How often a host opened this workspace."""
    unclean_runs: int
    """How many of them ended without saying so."""
    notices: tuple[str, ...]
    """Sentences that a person should see, such as where a damaged journal was kept."""


class TypeCount(View, frozen=True):
    """How many events of one type there are."""

    type: str
    count: int
    last: int
    """When the newest of them happened."""


class Activity(View, frozen=True):
    """Events by type, and by minute up to `until`, oldest first."""

    types: tuple[TypeCount, ...]
    per_minute: tuple[int, ...]
    until: int


class Page(View, frozen=True):
    """Some events, newest first."""

    events: tuple[Event, ...]
    head: int
    more: bool
    """There are older ones that match."""


class Batch(View, frozen=True):
    """Events in order, without a gap to the number that was asked for."""

    events: tuple[Event, ...]


class EventDetail(View, frozen=True):
    """One event and the hash that it is chained to."""

    event: Event
    previous: str


class Verdict(View, frozen=True):
    """Whether the hash chain holds."""

    holds: bool
    events: int
    head: str
    broken_at: int | None
    sentence: str


class ExportedFile(View, frozen=True):
    """A file of an export."""

    name: str
    bytes: int
    sha256: str


class Manifest(View, frozen=True):
    """What an export holds, so that an import can check it."""

    format: int
    release: str
    journal: str
    events: int
    head: str
    files: tuple[ExportedFile, ...]


class Stopping(View, frozen=True):
    """The host is about to end."""

    pid: int


class Interpreter(View, frozen=True):
    """The Python that jobs run under."""

    executable: str
    version: str
    origin: str
    """Where it was found."""
    passed_over: tuple[str, ...]
    """What would have come first and cannot be used, each with why."""


class RunningJob(View, frozen=True):
    """A job that has not ended."""

    id: str
    kind: str
    title: str
    actor: str
    since: int
    stage: str


class Sandbox(View, frozen=True):
    """How the sandbox is: what boxes are made of, and what runs in them."""

    engine: str
    level: str
    findings: tuple[EngineFinding, ...]
    minimum: str
    interpreter: Interpreter
    versions: dict[str, str]
    boxes: int
    """How many jobs can run side by side."""
    jobs: tuple[RunningJob, ...]


class Prepared(View, frozen=True):
    """What was done to have boxes ready, one sentence each."""

    engine: str
    done: tuple[str, ...]


class TestCase(View, frozen=True):
    """What became of one test."""

    __test__: ClassVar[bool] = False

    id: str
    outcome: str
    """passed, failed, error, skipped, xfailed or xpassed."""
    seconds: float
    message: str = ""
    """What it failed with, or why it was expected to."""


class JobResult(View, frozen=True):
    """What became of a job."""

    seq: int
    """The event that tells of it for ever."""
    ran: JobRan
    output: Printed
    """More of what it printed than the journal keeps."""
    cases: tuple[TestCase, ...] = ()
    """Test by test, where the records can be believed; an answer that was lost has none."""


class Proof(View, frozen=True):
    """What became of the proof of a repair."""

    seq: int
    """The event that tells of it for ever."""
    proved: RepairProved


class Cancelled(View, frozen=True):
    """A job was told to end."""

    job: str


class Healing(View, frozen=True):
    """What became of a search for repairs."""

    seq: int
    """The event that tells of it for ever."""
    ended: SearchEnded
    failures: tuple[FailureFound, ...] = ()
    proposals: tuple[ProposalMade, ...] = ()
    """The best first."""


class Found(View, frozen=True):
    """One failure, how often and when it was seen last."""

    failure: FailureFound
    times: int
    first: int
    last: int
    proposals: tuple[str, ...] = ()
    """The repairs that held for it, the newest first."""
    green: int = 0
    """When its test was seen to pass again after that; 0 if it was not."""
    alike: tuple[str, ...] = ()
    """Other failures of the same kind in the same function, or that say the same."""


class Crashed(View, frozen=True):
    """One crash, how often and when it was seen last, and what became of it."""

    crash: CrashSeen
    times: int
    first: int
    last: int
    proposals: tuple[str, ...] = ()
    """The repairs that held for it, the newest first."""
    became: str = ""
    """How the last search for its repair ended."""


class Sighted(View, frozen=True):
    """Something in a log, how often and when it was noticed last."""

    sighting: LogNoticed
    times: int
    first: int
    last: int


class Failures(View, frozen=True):
    """Failures, crashes, and what was noticed in logs; each the newest first."""

    failures: tuple[Found, ...]
    crashes: tuple[Crashed, ...] = ()
    sightings: tuple[Sighted, ...] = ()


class Proposed(View, frozen=True):
    """A proposal, and how it stands."""

    seq: int
    time: int
    proposal: ProposalMade
    state: str = "waiting"
    """waiting, accepted or rejected."""
    reason: str = ""
    """Why, in the words of who decided."""
    decided: int = 0
    """When, and by whom."""
    by: str = ""


class Proposals(View, frozen=True):
    """Proposals, the newest first; those of one search in their order."""

    proposals: tuple[Proposed, ...]
    head: int = 0
    """The event up to which they are known, to ask for what comes after it."""


class RuleLearned(View, frozen=True):
    """How much likelier than usual the repairs of a rule are right in this project."""

    rule: str
    odds: float
    """As a logarithm of odds; below 0 they are less likely right."""


class ReasonGiven(View, frozen=True):
    """A reason for which proposals were rejected, and how many."""

    reason: str
    times: int


class Learned(View, frozen=True):
    """What was decided about proposals, and what their order has learned from it."""

    proposed: int
    accepted: int
    rejected: int
    waiting: int
    measured: int
    """From so many that were accepted it is known how far up they stood."""
    before: float
    """The mean of 1 over their rank in the order that ships."""
    after: float
    """The same in the learned order, each ranked by what the others teach."""
    rules: tuple[RuleLearned, ...]
    """The one that gained most first."""
    reasons: tuple[ReasonGiven, ...]
    """The one that was given most often first."""


class Searching(View, frozen=True):
    """How a search stands."""

    job: str
    stage: str
    tried: int
    alive: int
    plausible: int
    best: str
    seconds: float


class Watching(View, frozen=True):
    """How the project is followed."""

    faces: int
    """So many ask for it; nobody, and nothing is followed."""
    kind: str
    """inotify, polling, mixed, or waiting while nothing is watched."""
    reason: str
    """Why it is not the best way."""
    bursts: int
    looking: bool
    """Tests run, or repairs are searched for, because of what changed."""
    trouble: str = ""
    """Why the last look came to nothing."""


NOT_WATCHING = Watching(0, "waiting", "", 0, looking=False)


class Searches(View, frozen=True):
    """The searches that are under way."""

    searches: tuple[Searching, ...]
