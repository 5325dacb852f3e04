"""Subjects: what is known of a technology, a library or a topic, version by version; and links."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.api.remembering import Part, SourcePassage
from workbench.api.shapes import Command, View

RelationKind = Literal["imports", "calls", "documents", "part of", "similar to", "needs"]
STEPS = 3
"""A walk goes no further."""


class Subject(View, frozen=True):
    """A subject as it is listed, by its current version."""

    id: str
    name: str
    kind: str
    """technology, library, language or topic."""
    about: str
    version: str
    """The name of the current version; empty where all were withdrawn."""
    number: int
    """Of the current version, from one."""
    versions: int
    grade: str
    """A to F as it was examined; empty while it was not."""
    proficiency: str
    """none, beginner, working, proficient or expert."""
    learned: int
    """When the current version was learned, in microseconds."""
    uses: int = 0
    rate: float | None = None
    """The share of uses that succeeded; None while none was judged."""
    used: int = 0
    """When it was used last; 0 for never."""
    deprecated: bool = False
    reason: str = ""
    """Why it is deprecated."""
    instead: str = ""
    """What to use instead."""
    stale: int = 0
    """Source passages whose files changed since."""


class SubjectVersion(View, frozen=True):
    """One version of a subject. Versions are added and never changed."""

    id: str
    number: int
    learned: int
    actor: str
    origin: str
    """What it came from: a run of learning, a bundle, or empty for a person."""
    about: str
    grade: str
    score: float | None
    proficiency: str
    checksum: str
    """SHA-256 over all that it holds."""
    parts: tuple[Part, ...]
    passages: tuple[SourcePassage, ...]
    needs: tuple[str, ...] = ()
    """Other subjects that it rests on."""
    uses: int = 0
    successes: int = 0
    failures: int = 0
    used: int = 0
    is_current: bool = False
    deprecated: bool = False
    reason: str = ""
    withdrawn: bool = False
    """It came with a bundle whose import was undone."""

    @property
    def rate(self) -> float | None:
        """Return the share of its judged uses that succeeded."""
        judged = self.successes + self.failures
        return self.successes / judged if judged else None


class Subjects(View, frozen=True):
    """Subjects by name."""

    subjects: tuple[Subject, ...]
    head: int = 0
    """The event up to which they are known."""


class Text(msgspec.Struct, frozen=True):
    """A part with what it holds."""

    part: Part
    text: str
    """Of what is no text, a sentence about it."""


class SubjectDetail(View, frozen=True):
    """A subject with one of its versions and the texts of that."""

    subject: Subject
    version: SubjectVersion
    texts: tuple[Text, ...] = ()


class Versions(View, frozen=True):
    """The versions of a subject, the newest first, and what was done with them."""

    subject: Subject
    versions: tuple[SubjectVersion, ...]
    history: tuple[Happened, ...] = ()
    """The newest first."""


class Happened(msgspec.Struct, frozen=True):
    """Something that was done with a subject."""

    seq: int
    time: int
    actor: str
    what: str
    """learned, rolled back, deprecated, taken up again, withdrawn."""
    version: str
    sentence: str


class Changed(msgspec.Struct, frozen=True):
    """A field or a part that differs between two versions."""

    what: str
    """The field, or kind and path of the part."""
    before: str
    after: str
    diff: tuple[str, ...] = ()
    """Of a text, the lines of a unified diff."""


class VersionsDiffer(View, frozen=True):
    """How two versions differ."""

    subject: str
    before: SubjectVersion
    after: SubjectVersion
    changes: tuple[Changed, ...]


class SubjectsChecked(View, frozen=True):
    """Whether what subjects hold is there and is what their checksums say."""

    sound: bool
    versions: int
    problems: tuple[str, ...]
    stale: tuple[str, ...] = ()
    """What rests on passages that changed, in sentences; no damage."""


class SubjectExported(View, frozen=True):
    """A version of a subject as text."""

    text: str
    name: str
    """A name for a file."""


class Entity(View, frozen=True):
    """Something that relations join: a module, class, function, document, heading, or subject."""

    id: str
    """Its kind and its name, such as `function:shop.cart.total`."""
    name: str
    kind: str
    path: str = ""
    """Where it is defined, if that was read."""
    first: int = 0
    last: int = 0
    passage: str = ""
    relations: int = 0


class Entities(View, frozen=True):
    entities: tuple[Entity, ...]
    more: bool = False
    behind: int = 0
    """So many files were read and not yet looked at for relations."""


class Provenance(msgspec.Struct, frozen=True):
    """Where a relation was read."""

    path: str = ""
    first: int = 0
    last: int = 0
    passage: str = ""
    source: str = ""


class Link(View, frozen=True):
    """A relation as one meets it on a walk, and where it leads on."""

    kind: str
    """One of RelationKind."""
    is_outward: bool
    """From what one came from to `entity`; else the other way round."""
    entity: Entity
    confidence: float
    provenance: Provenance
    times: int = 1
    """So many places say the same."""
    links: tuple[Link, ...] = ()
    is_known: bool = False
    """It stands elsewhere in the tree and goes on there."""

    @property
    def label(self) -> str:
        """Return the relation as it is read from where one came."""
        return self.kind if self.is_outward else _BACKWARD[self.kind]


class Links(View, frozen=True):
    """What a walk from an entity meets, as a tree."""

    entity: Entity
    links: tuple[Link, ...]
    steps: int
    count: int
    cut: bool = False
    """There is more than was asked for."""
    behind: int = 0
    """As for entities."""


_BACKWARD = {
    "imports": "imported by",
    "calls": "called by",
    "documents": "documented by",
    "part of": "has part",
    "similar to": "similar to",
    "needs": "needed by",
}


class ReadSubjects(Command[Subjects], frozen=True):
    """List subjects, all or those whose name or description has a text."""

    text: str = ""
    deprecated: bool = True
    """With those that are deprecated."""


class ReadSubject(Command[SubjectDetail], frozen=True):
    """Read a subject by name, id, or the first letters of either."""

    subject: str
    version: str = ""
    """Its number, its name or the first letters of that; empty for the current one."""
    texts: bool = True


class ReadVersions(Command[Versions], frozen=True):
    subject: str


class DiffVersions(Command[VersionsDiffer], frozen=True):
    """Compare two versions; by default the current one with the one before it."""

    subject: str
    before: str = ""
    after: str = ""


class NewPart(msgspec.Struct, frozen=True):
    """A text to be kept as a part of a version."""

    kind: Literal["documentation", "code", "test"]
    path: str
    text: str


class LearnSubject(Command[SubjectDetail], frozen=True):
    """Write down a version of a subject, which becomes the current one."""

    name: str
    kind: str = "topic"
    about: str = ""
    parts: tuple[NewPart, ...] = ()
    passages: tuple[SourcePassage, ...] = ()
    needs: tuple[str, ...] = ()
    grade: str = ""
    score: float | None = None
    proficiency: str = "none"
    origin: str = ""


class UseSubject(Command[Subject], frozen=True):
    """Write down that a subject was used, and whether that succeeded, if one can tell."""

    subject: str
    succeeded: bool | None = None
    by: str = ""
    """The task or conversation that used it."""


class Rollback(Command[Versions], frozen=True):
    """Make an older version the current one; nothing is deleted."""

    subject: str
    version: str = ""
    """Empty for the one that was current before."""
    reason: str = ""


class Deprecate(Command[Subject], frozen=True):
    """Say that a subject or a version should not be used any more, or may be again."""

    subject: str
    version: str = ""
    """Empty for the subject as a whole."""
    reason: str = ""
    instead: str = ""
    deprecated: bool = True


class VerifySubjects(Command[SubjectsChecked], frozen=True):
    """Check that all parts are there and are what the checksums say."""

    subject: str = ""


class ExportSubject(Command[SubjectExported], frozen=True):
    subject: str
    version: str = ""
    form: Literal["markdown", "json"] = "json"


class ImportSubject(Command[SubjectDetail], frozen=True):
    """Take in a version from what ExportSubject made as JSON."""

    text: str
    current: bool = False
    """Make it current even where another version is."""


class ReadEntities(Command[Entities], frozen=True):
    """Find entities by name or a part of it."""

    text: str = ""
    kinds: tuple[str, ...] = ()
    limit: int = 50


class ReadLinks(Command[Links], frozen=True):
    """Walk from an entity along its relations, at most three steps."""

    entity: str
    """Its id, or a name that only one has."""
    steps: int = 1
    kinds: tuple[str, ...] = ()
    """Only relations of these kinds."""
    limit: int = 200
    """So many links at most, and of one entity not more than a share of them."""


AnyOfSubjects = (
    ReadSubjects
    | ReadSubject
    | ReadVersions
    | DiffVersions
    | LearnSubject
    | UseSubject
    | Rollback
    | Deprecate
    | VerifySubjects
    | ExportSubject
    | ImportSubject
    | ReadEntities
    | ReadLinks
)
