"""Memory: what is remembered in its layers, what a consolidation proposes, skills, and bundles."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.api.commands import Terms
from workbench.api.remembering import Advice, Layer, Part, Trial
from workbench.api.shapes import Command, View

LAYERS: tuple[Layer, ...] = ("working", "episodic", "semantic", "procedural")


class Remembered(View, frozen=True):
    """One thing that is remembered."""

    id: str
    layer: Layer
    kind: str
    """preference, knowledge, lesson, session, message, task, search, decision, writing, skill."""
    text: str
    """In a line."""
    time: int
    """When it came, in microseconds."""
    used: int
    """When it was used last, or came."""
    uses: int
    weight: float
    """Its rank now, from 0 to 1: it decays while the record stays as it is."""
    outcome: str = ""
    """How it ended, of an episode."""
    detail: str = ""
    state: str = "kept"
    """kept, forgotten, invalid, merged, or expired."""
    reason: str = ""
    """Why it is hidden, or was decided so."""
    confidence: float = 1.0
    depends: tuple[str, ...] = ()
    """What it was made of."""
    dependents: tuple[str, ...] = ()
    """What was made of it."""
    events: tuple[int, ...] = ()
    """Where the journal tells of it."""
    tokens: int = 0
    """Of the working layer: about so many it takes of the context."""


class LayerCount(msgspec.Struct, frozen=True):
    layer: Layer
    kept: int
    hidden: int


class Memories(View, frozen=True):
    """What is remembered, the heaviest first."""

    memories: tuple[Remembered, ...]
    layers: tuple[LayerCount, ...]
    proposals: int = 0
    """So many proposals of a consolidation wait for a person."""
    head: int = 0
    more: bool = False
    problem: str = ""
    """Such as why a copy could not be written."""


class MemoryDetail(View, frozen=True):
    """One memory with what it depends on and what depends on it, however far."""

    memory: Remembered
    depends: tuple[Remembered, ...] = ()
    dependents: tuple[Remembered, ...] = ()


class Hidden(View, frozen=True):
    """What was hidden, and what a person should know of it."""

    memories: tuple[str, ...]
    sentence: str


class Advised(View, frozen=True):
    """A proposal of a consolidation, and how it stands."""

    advice: Advice
    about: tuple[Remembered, ...]
    time: int
    state: str
    """waiting, accepted, refused, or outdated."""
    text: str = ""
    """As a person edited it."""
    reason: str = ""
    by: str = ""
    memory: str = ""
    """What is remembered because of it."""


class Consolidation(View, frozen=True):
    """What consolidations propose, those that wait first."""

    proposals: tuple[Advised, ...]
    waiting: int
    sentence: str = ""


class Skill(View, frozen=True):
    """A function or a recipe with its tests."""

    id: str
    version: str
    number: int
    description: str
    parts: tuple[Part, ...]
    checksum: str
    learned: int
    trial: Trial | None
    trusted: bool
    origin: str = ""
    versions: int = 1
    withdrawn: bool = False


class Skills(View, frozen=True):
    skills: tuple[Skill, ...]


class FilesExported(View, frozen=True):
    """Files as text, by relative path."""

    files: dict[str, str]
    sentence: str = ""


class ReadMemory(Command[Memories], frozen=True):
    """List what is remembered, the heaviest first."""

    layer: str = ""
    """Empty for all layers."""
    text: str = ""
    """Only what has these words."""
    kinds: tuple[str, ...] = ()
    hidden: bool = False
    """What is hidden as well."""
    limit: int = 200


class ReadMemoryItem(Command[MemoryDetail], frozen=True):
    memory: str
    """Its id, or the first letters of it."""


class Remember(Command[Remembered], frozen=True):
    """Remember something that a person says."""

    text: str
    kind: Literal["preference", "knowledge", "lesson"] = "preference"
    depends: tuple[str, ...] = ()


class Forget(Command[Hidden], frozen=True):
    """Leave memories out of lists, prompts and search from now on."""

    memories: tuple[str, ...]
    reason: str
    dependents: bool = False
    """With all that was made of them."""
    invalid: bool = False
    """They are wrong, rather than not wanted any more."""


class Recollect(Command[Hidden], frozen=True):
    """Let memories count again that were hidden."""

    memories: tuple[str, ...]
    reason: str = ""


class Consolidate(Command[Consolidation], frozen=True):
    """Look what should move between layers, be merged or be forgotten, and propose it."""


class ReadConsolidation(Command[Consolidation], frozen=True):
    """Read what was proposed."""

    decided: bool = False
    """With what was decided already."""


class DecideAdvice(Command[Consolidation], frozen=True):
    """Accept a proposal, as it is or with another text, or refuse it."""

    proposal: str
    decision: Literal["accepted", "refused"]
    text: str = ""
    """What shall be remembered instead of what is proposed."""
    reason: str = ""


class ExportMemory(Command[FilesExported], frozen=True):
    """Write out what is remembered: JSON, and each skill as SKILL.md with its files."""

    layer: str = ""
    hidden: bool = False


class ReadSkills(Command[Skills], frozen=True):
    withdrawn: bool = False


class NewFile(msgspec.Struct, frozen=True):
    """A file of a skill."""

    kind: Literal["documentation", "code", "test"]
    path: str
    text: str


class LearnSkill(Command[Skill], frozen=True):
    """Write down a version of a skill; its tests run in the sandbox first."""

    name: str
    description: str
    terms: Terms
    files: tuple[NewFile, ...] = ()
    depends: tuple[str, ...] = ()


class TrySkill(Command[Skill], frozen=True):
    """Run the tests of a skill in the sandbox again."""

    skill: str
    terms: Terms


# Bundles


class Packed(msgspec.Struct, frozen=True):
    """Something in a bundle, and how it stands to what is known here."""

    kind: Literal["subject", "skill", "source"]
    id: str
    name: str
    checksum: str
    version: str = ""
    bytes: int = 0
    here: str = ""
    """new, same, older here, or conflict."""
    sentence: str = ""
    """What an import would do."""


class Bundle(View, frozen=True):
    """A bundle as it was made, or as it was found to be."""

    path: str
    name: str
    digest: str
    """SHA-256 of its manifest."""
    bytes: int
    made: int
    """When, in microseconds."""
    format: int
    contents: tuple[Packed, ...]
    signer: str = ""
    """The fingerprint of the key, if it is signed."""
    signature: str = "none"
    """none, good, or unknown: it holds, and nobody has said whose key it is."""
    vectors: str = ""
    """Who made the vectors that it holds; empty where it has none."""
    problems: tuple[str, ...] = ()


class BundleTaken(View, frozen=True):
    """What came of an import."""

    bundle: str
    """Its name, to undo it by."""
    name: str
    brought: tuple[Packed, ...]
    refused: tuple[str, ...]
    sentence: str


class Taken(View, frozen=True):
    """An import that was made here."""

    bundle: str
    name: str
    digest: str
    time: int
    actor: str
    brought: int
    signer: str = ""
    undone: bool = False


class Imports(View, frozen=True):
    """Imports of bundles, the newest first."""

    imports: tuple[Taken, ...]


class CreateBundle(Command[Bundle], frozen=True):
    """Write a bundle; empty selections of all three kinds mean everything."""

    path: str
    name: str = ""
    subjects: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


class CompareBundle(Command[Bundle], frozen=True):
    """Check a bundle and tell what an import would change."""

    path: str


class ImportBundle(Command[BundleTaken], frozen=True):
    """Take in what a bundle holds, after the tests of its skills have passed in the sandbox."""

    path: str
    terms: Terms
    theirs: bool = False
    """Where both differ, make the version of the bundle current; both are kept in any case."""
    digest: str = ""
    """Only if its manifest is this one: what was looked at is what is taken."""


class UndoImport(Command[BundleTaken], frozen=True):
    """Let what an import brought not count any more; what was current before is so again."""

    bundle: str = ""
    """Empty for the last that counts."""
    reason: str = ""


class ReadImports(Command[Imports], frozen=True):
    """List the imports of bundles."""


AnyOfMemory = (
    ReadMemory
    | ReadMemoryItem
    | Remember
    | Forget
    | Recollect
    | Consolidate
    | ReadConsolidation
    | DecideAdvice
    | ExportMemory
    | ReadSkills
    | LearnSkill
    | TrySkill
    | CreateBundle
    | CompareBundle
    | ImportBundle
    | UndoImport
    | ReadImports
)
