"""What the journal keeps of subjects, skills, memory and bundles. Nothing of it is ever deleted."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.api.facts import Fact

Layer = Literal["working", "episodic", "semantic", "procedural"]


class Part(msgspec.Struct, frozen=True):
    """A file of a version: documentation, code, or tests."""

    kind: Literal["documentation", "code", "test"]
    path: str
    """A relative name with slashes."""
    digest: str
    """SHA-256 of its bytes, which lie among the contents kept."""
    bytes: int = 0


class SourcePassage(msgspec.Struct, frozen=True):
    """A passage that something rests on."""

    passage: str
    """Its id in the index."""
    path: str
    first: int
    last: int
    digest: str
    """SHA-256 of its text."""
    heading: str = ""
    source: str = ""


class SubjectLearned(Fact, frozen=True):
    """A version of a subject was learned, written or brought by a bundle."""

    type = "subject.learned"
    subject: str
    """The id, which never changes."""
    name: str
    kind: str
    edition: str
    """The name of the version, made of all that it holds and of when it came."""
    checksum: str
    about: str = ""
    parts: tuple[Part, ...] = ()
    passages: tuple[SourcePassage, ...] = ()
    needs: tuple[str, ...] = ()
    """Ids of other subjects."""
    grade: str = ""
    score: float | None = None
    proficiency: str = "none"
    origin: str = ""
    """A run of learning, an import of a bundle, or empty."""
    becomes_current: bool = True


class SubjectUsed(Fact, frozen=True):
    """A version of a subject was used."""

    type = "subject.used"
    subject: str
    edition: str
    succeeded: bool | None = None
    by: str = ""


class SubjectRolledBack(Fact, frozen=True):
    """An older version is the current one again."""

    type = "subject.rolled_back"
    subject: str
    edition: str
    before: str
    """The one that was current."""
    reason: str = ""


class SubjectDeprecated(Fact, frozen=True):
    """A subject, or one version, should not be used any more; or it may be again."""

    type = "subject.deprecated"
    subject: str
    edition: str = ""
    """Empty for the subject as a whole."""
    deprecated: bool = True
    reason: str = ""
    instead: str = ""


class Trial(msgspec.Struct, frozen=True):
    """What the tests of a skill did in the sandbox."""

    passed: int
    failed: int
    engine: str
    level: str
    job: str = ""
    problem: str = ""
    """Why it is not believed."""

    @property
    def holds(self) -> bool:
        return self.passed > 0 and not self.failed and not self.problem


class SkillLearned(Fact, frozen=True):
    """A version of a skill: a function or a recipe, with the tests that show that it works."""

    type = "skill.learned"
    skill: str
    """Its id, such as `read-toml`; what SKILL.md calls its name."""
    edition: str
    checksum: str
    description: str
    parts: tuple[Part, ...]
    """SKILL.md is among the documentation."""
    trial: Trial | None = None
    """None where it has no tests: a recipe in words."""
    trusted: bool = False
    origin: str = ""
    becomes_current: bool = True
    depends: tuple[str, ...] = ()
    """Memories that it was made of."""


class SkillTried(Fact, frozen=True):
    """The tests of a version of a skill ran again."""

    type = "skill.tried"
    skill: str
    edition: str
    trial: Trial
    trusted: bool


class MemoryKept(Fact, frozen=True):
    """Something is remembered from now on, in a layer."""

    type = "memory.kept"
    memory: str
    layer: Layer
    kind: str
    """preference, knowledge, lesson, or episode."""
    text: str
    depends: tuple[str, ...] = ()
    """Memories that it was made of: when one of them is invalid, so may be this."""
    replaces: tuple[str, ...] = ()
    """Memories that it stands for in lists and prompts from now on."""
    confidence: float = 1.0
    proposal: str = ""
    """The proposal of a consolidation that it came from."""


class MemoryHidden(Fact, frozen=True):
    """Memories are left out of lists, prompts and search; the journal keeps its record of them."""

    type = "memory.hidden"
    memories: tuple[str, ...]
    how: Literal["forgotten", "invalid", "merged", "expired"]
    reason: str
    of: str = ""
    """The memory whose invalidity made these invalid, or that stands for them."""
    proposal: str = ""


class MemoryShown(Fact, frozen=True):
    """Memories that were hidden count again."""

    type = "memory.shown"
    memories: tuple[str, ...]
    reason: str = ""


class MemoryUsed(Fact, frozen=True):
    """Memories were put into a prompt, or looked at by a person."""

    type = "memory.used"
    memories: tuple[str, ...]
    by: str = ""


class Advice(msgspec.Struct, frozen=True):
    """What a consolidation proposes about some memories."""

    proposal: str
    what: Literal["keep", "merge", "forget", "skill"]
    about: tuple[str, ...]
    layer: Layer | None = None
    """Where it would go."""
    kind: str = ""
    text: str = ""
    """What would be remembered."""
    why: str = ""
    confidence: float = 0.0


class ConsolidationProposed(Fact, frozen=True):
    """A consolidation looked at what is remembered, and proposes."""

    type = "memory.proposed"
    advice: tuple[Advice, ...]
    upto: int
    """The event up to which it looked."""


class ConsolidationDecided(Fact, frozen=True):
    """A person decided about a proposal of a consolidation."""

    type = "memory.decided"
    proposal: str
    decision: Literal["accepted", "refused"]
    text: str = ""
    """As the person edited it; empty where it was taken as it was."""
    reason: str = ""
    memory: str = ""
    """What is remembered because of it."""


class Brought(msgspec.Struct, frozen=True):
    """Something that an import wrote."""

    kind: Literal["subject", "skill", "source"]
    id: str
    version: str = ""


class BundleImported(Fact, frozen=True):
    """What a bundle holds was taken in."""

    type = "bundle.imported"
    bundle: str
    """The name of this import; what it brought has it as its origin."""
    digest: str
    """SHA-256 of its manifest."""
    name: str
    brought: tuple[Brought, ...]
    signer: str = ""
    """The fingerprint of the key, where one signed it."""
    refused: tuple[str, ...] = ()
    """What was left out, in sentences."""


class BundleUndone(Fact, frozen=True):
    """What an import brought does not count any more."""

    type = "bundle.undone"
    bundle: str
    reason: str = ""


FACTS_OF_MEMORY: tuple[type[Fact], ...] = (
    SubjectLearned,
    SubjectUsed,
    SubjectRolledBack,
    SubjectDeprecated,
    SkillLearned,
    SkillTried,
    MemoryKept,
    MemoryHidden,
    MemoryShown,
    MemoryUsed,
    ConsolidationProposed,
    ConsolidationDecided,
    BundleImported,
    BundleUndone,
)
