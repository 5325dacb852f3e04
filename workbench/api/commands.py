"""Commands: what a face can ask of the engine, each with one typed result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

from workbench.api import reviews, views
from workbench.api.deciding import AnyAct
from workbench.api.shapes import Command

if TYPE_CHECKING:
    from workbench.settings.schema import SandboxSettings


class WriteNote(Command[views.Receipt], frozen=True):
    """Write a person's remark into the journal."""

    text: str
    subject: str = ""


class ReadStatus(Command[views.Status], frozen=True):
    """Tell how the host and its stores are."""


class ReadActivity(Command[views.Activity], frozen=True):
    """Count events by type and by minute."""

    minutes: int = 60


class ReadEvents(Command[views.Page], frozen=True):
    """Read events newest first, all of them or those that match."""

    before: int | None = None
    """Only those with a smaller sequence number."""
    limit: int = 100
    type: str = ""
    """Only events whose type begins with this."""
    text: str = ""
    """Only events that have this in subject, actor, type or payload, in any case of letters."""


class ReadEvent(Command[views.EventDetail], frozen=True):
    """Read one event whole."""

    seq: int


class NextEvents(Command[views.Batch], frozen=True):
    """Wait until there are events after a sequence number, and read them in order."""

    waits = True
    after: int


class VerifyJournal(Command[views.Verdict], frozen=True):
    """Recompute the whole hash chain."""


class ExportJournal(Command[views.Manifest], frozen=True):
    """Write all events as Parquet, with a manifest, into a new folder."""

    folder: str


class StopHost(Command[views.Stopping], frozen=True):
    """End the host in good order."""


class Terms(msgspec.Struct, frozen=True):
    """What a face wants to hold for its jobs, since settings and shell are the face's."""

    engine: Literal["auto", "docker", "namespaces", "bubblewrap", "landlock"]
    minimum: Literal["reduced", "full"]
    interpreter: str
    wall_seconds: float
    memory_mb: int
    processes: int
    disk_mb: int
    network: Literal["none", "loopback"]
    environment: dict[str, str]
    shell: dict[str, str] = {}
    """The variables around the face that tell where the project's Python may be."""

    @classmethod
    def of(cls, settings: SandboxSettings, environ: Mapping[str, str]) -> Terms:
        terms = msgspec.convert(settings, cls, from_attributes=True)
        shell = {name: environ[name] for name in _OF_PYTHON if name in environ}
        return msgspec.structs.replace(terms, shell=shell)


_OF_PYTHON = (
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "CONDA_DEFAULT_ENV",
    "UV_PROJECT_ENVIRONMENT",
    "POETRY_CACHE_DIR",
    "POETRY_VIRTUALENVS_PATH",
    "WORKON_HOME",
    "HATCH_DATA_DIR",
    "PYENV_ROOT",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
)


class Script(msgspec.Struct, frozen=True, tag="script"):
    """A program; `python` as its name means the project's interpreter."""

    argv: tuple[str, ...]


class Snippet(msgspec.Struct, frozen=True, tag="snippet"):
    """Python source."""

    source: str
    name: str = "snippet.py"
    arguments: tuple[str, ...] = ()


class Pytest(msgspec.Struct, frozen=True, tag="pytest"):
    """A full run of pytest."""

    arguments: tuple[str, ...] = ()


class ReadSandbox(Command[views.Sandbox], frozen=True):
    """Tell what boxes are made of, why, and what runs in them."""

    terms: Terms


class ExamineSandbox(Command[views.Sandbox], frozen=True):
    """Let every sandbox engine, or the one that is named, prove itself again."""

    terms: Terms
    engine: str = ""


class PrepareSandbox(Command[views.Prepared], frozen=True):
    """Have a box ready, and the images that it is made of; nothing is fetched from anywhere."""

    terms: Terms
    save: str = ""
    """The file to write the image to, for another machine."""
    load: str = ""
    """The file to read images from."""


class RunInSandbox(Command[views.JobResult], frozen=True):
    """Run something over a snapshot of the project."""

    work: Script | Snippet | Pytest
    terms: Terms
    cwd: str = "."
    """Where in the project."""


class ProveRepair(Command[views.Proof], frozen=True):
    """Prove that a changed copy of the project passes what it fails, and breaks nothing."""

    folder: str
    terms: Terms
    failing: tuple[str, ...] = ()
    """Ids of tests; empty means all that the project fails."""
    arguments: tuple[str, ...] = ()
    """For pytest."""


class Heal(Command[views.Healing], frozen=True):
    """Find out why tests fail, and search for repairs that hold; nothing is written."""

    terms: Terms
    tests: tuple[str, ...] = ()
    """Files or ids of tests; empty means all."""
    seconds: float = 60.0
    crash: str = ""
    """The file of a crash that is to be repaired: a test is made of it."""
    candidates: int = 0
    """Try so many and look at no clock, so that the same is found again; 0 leaves it to the
    seconds."""
    seed: int = 0
    """Breaks ties among candidates where `candidates` are counted."""


class Watch(Command[views.Watching], frozen=True):
    """Follow the project until the face leaves: test what changes, heal what turns red."""

    waits = True
    terms: Terms
    seconds: float = 60.0
    """For each search."""
    logs: tuple[str, ...] = ()
    """Patterns of log files, from the project."""


class ReadWatching(Command[views.Watching], frozen=True):
    """Tell whether and how the project is followed."""


class ReadSearches(Command[views.Searches], frozen=True):
    """Tell how the searches stand that are under way."""


class ReadFailures(Command[views.Failures], frozen=True):
    """Read the failures that were seen, newest first."""

    limit: int = 100


class ReadProposals(Command[views.Proposals], frozen=True):
    """Read the proposals that were made, newest first."""

    limit: int = 100
    after: int = 0
    """Only those that were made or decided about after this event."""
    diffs: bool = True
    """With their diffs, which can be long."""


class ReadReview(Command[reviews.Review], frozen=True):
    """Read a proposal with its files, to decide about it."""

    proposal: str
    """Its whole name, here and below."""
    context: int = 3
    """So many lines around what changes."""
    known: str = ""
    """The text that is known already: where it is still the same, no files are returned."""


class ReadPatch(Command[reviews.Patch], frozen=True):
    """Read a proposal as a patch."""

    proposal: str
    accepted: bool = False
    """Only what is accepted of it, with the tests that are."""


class ActOn(Command[reviews.Standings], frozen=True):
    """Do something in the review of a proposal; the project is left as it is."""

    proposal: str
    act: AnyAct


class TryAccepted(Command[reviews.Tried], frozen=True):
    """Run the tests with what is accepted of proposals; nothing is written."""

    proposals: tuple[str, ...]
    terms: Terms


class Apply(Command[reviews.Written], frozen=True):
    """Write what is accepted of proposals into the project, all of it or nothing."""

    proposals: tuple[str, ...]
    terms: Terms
    branch: str = ""
    """Commit it on a new branch of this name as well."""


class TakeBack(Command[reviews.Written], frozen=True):
    """Undo a transaction: its files get back what they held before."""

    transaction: str = ""
    """Empty for the last one that stands."""


class BringBack(Command[reviews.Written], frozen=True):
    """Do again what was undone."""

    transaction: str = ""
    """The one that was undone; empty for the last."""


class ReadTransactions(Command[reviews.Transactions], frozen=True):
    """Read what was written into the project, newest first."""

    limit: int = 100


class ReadAllowed(Command[reviews.Allowed], frozen=True):
    """Tell what the policy says of a proposal as it is accepted now, and what there is to sign."""

    proposal: str


class Approve(Command[reviews.Allowed], frozen=True):
    """Approve of exactly what a statement names; here, or somewhere else before."""

    statement: str
    signature: str = ""
    """Empty for the approval of the person who asks."""


class VerifyAudit(Command[reviews.Audit], frozen=True):
    """Check decisions, signatures and what was written against the journal and the project."""


class ReadTrail(Command[reviews.Trail], frozen=True):
    """Read who decided and wrote what, in order."""

    proposal: str = ""
    """Empty for all."""


class ExportAudit(Command[reviews.AuditExported], frozen=True):
    """Write the audit into a new folder, for checking with stock OpenSSH."""

    folder: str


class ReadLearned(Command[views.Learned], frozen=True):
    """Tell what was decided about proposals, and what their order has learned from it."""


class CancelJob(Command[views.Cancelled], frozen=True):
    """End a job, whoever asked for it."""

    job: str


AnyOfProject = (
    WriteNote
    | ReadStatus
    | ReadActivity
    | ReadEvents
    | ReadEvent
    | NextEvents
    | VerifyJournal
    | ExportJournal
    | StopHost
    | ReadSandbox
    | ExamineSandbox
    | PrepareSandbox
    | RunInSandbox
    | ProveRepair
    | CancelJob
    | Heal
    | Watch
    | ReadWatching
    | ReadSearches
    | ReadFailures
    | ReadProposals
    | ReadReview
    | ReadPatch
    | ActOn
    | TryAccepted
    | Apply
    | TakeBack
    | BringBack
    | ReadTransactions
    | ReadAllowed
    | Approve
    | VerifyAudit
    | ReadTrail
    | ExportAudit
    | ReadLearned
)
