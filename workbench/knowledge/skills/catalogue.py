"""All skills as the journal tells of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from workbench.api.events import read_fact
from workbench.api.facts import Event
from workbench.api.memory import Skill
from workbench.api.remembering import BundleUndone, SkillLearned, SkillTried, Trial
from workbench.errors import UsageError
from workbench.visible import visible_line

TYPES = (SkillLearned.type, SkillTried.type, BundleUndone.type)


class Version(msgspec.Struct, frozen=True):
    """A version of a skill, and what its tests did last."""

    fact: SkillLearned
    number: int
    time: int
    trial: Trial | None
    trusted: bool

    @property
    def name(self) -> str:
        return self.fact.edition


class Craft(msgspec.Struct, frozen=True):
    """One skill with its versions, and which of them were current, one after another."""

    id: str
    versions: tuple[Version, ...] = ()
    turns: tuple[str, ...] = ()
    withdrawn: frozenset[str] = frozenset()

    @property
    def current(self) -> Version | None:
        counting = [name for name in self.turns if name not in self.withdrawn]
        return self.named(counting[-1]) if counting else None

    def named(self, name: str) -> Version:
        return next(one for one in self.versions if one.name == name)


class Crafts(msgspec.Struct, frozen=True):
    """Every skill up to an event."""

    skills: Mapping[str, Craft] = msgspec.field(default_factory=dict)
    upto: int = 0
    undone: frozenset[str] = frozenset()
    """Imports that do not count, also for what of them comes late."""

    def after(self, events: Iterable[Event]) -> Crafts:
        skills, upto, undone = dict(self.skills), self.upto, self.undone
        for event in events:
            upto = max(upto, event.seq)
            fact = read_fact(event)
            if isinstance(fact, SkillLearned):
                craft = _learned(skills.get(fact.skill), fact, event)
                is_late = fact.origin in undone
                skills[fact.skill] = _without(craft, fact.origin) if is_late else craft
            elif isinstance(fact, SkillTried) and fact.skill in skills:
                skills[fact.skill] = _tried(skills[fact.skill], fact)
            elif isinstance(fact, BundleUndone):
                undone |= {fact.bundle}
                skills = {name: _without(one, fact.bundle) for name, one in skills.items()}
        return Crafts(skills, upto, undone)

    def without(self, bundle: str) -> Crafts:
        """Return them as if a bundle had not been taken in."""
        return replace(
            self, skills={name: _without(one, bundle) for name, one in self.skills.items()}
        )

    def find(self, wanted: str) -> Craft:
        """Return the skill of a name, of which the first letters are enough."""
        if wanted in self.skills:
            return self.skills[wanted]
        near = [one for name, one in self.skills.items() if wanted and name.startswith(wanted)]
        if len(near) != 1:
            raise UsageError(
                f"{visible_line(wanted)} names {len(near)} skills.",
                "`workbench memory list --layer procedural` shows them.",
            )
        return near[0]


def _learned(craft: Craft | None, fact: SkillLearned, event: Event) -> Craft:
    craft = craft or Craft(fact.skill)
    if any(one.name == fact.edition for one in craft.versions):
        return craft
    new = Version(fact, len(craft.versions) + 1, event.time, fact.trial, fact.trusted)
    turns = (*craft.turns, new.name) if fact.becomes_current or not craft.turns else craft.turns
    return replace(craft, versions=(*craft.versions, new), turns=turns)


def _tried(craft: Craft, fact: SkillTried) -> Craft:
    versions = tuple(
        replace(one, trial=fact.trial, trusted=fact.trusted) if one.name == fact.edition else one
        for one in craft.versions
    )
    return replace(craft, versions=versions)


def _without(craft: Craft, bundle: str) -> Craft:
    gone = {one.name for one in craft.versions if one.fact.origin == bundle}
    return replace(craft, withdrawn=craft.withdrawn | gone)


def skill_of(craft: Craft, edition: str = "") -> Skill:
    """Return a skill as faces see it, by its current version or by another."""
    shown = craft.named(edition) if edition else craft.current or craft.versions[-1]
    return Skill(
        id=craft.id,
        version=shown.name,
        number=shown.number,
        description=shown.fact.description,
        parts=shown.fact.parts,
        checksum=shown.fact.checksum,
        learned=shown.time,
        trial=shown.trial,
        trusted=shown.trusted,
        origin=shown.fact.origin,
        versions=len(craft.versions),
        withdrawn=craft.current is None,
    )
