"""All subjects as the journal tells of them: a fold over facts, from which nothing is ever lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from workbench.api.deciding import TransactionBegan, TransactionEnded
from workbench.api.events import read_fact
from workbench.api.facts import Event, Fact
from workbench.api.remembering import (
    BundleUndone,
    SubjectDeprecated,
    SubjectLearned,
    SubjectRolledBack,
    SubjectUsed,
)
from workbench.api.subjects import Happened
from workbench.api.talking import AnswerEnded, MessageSaid
from workbench.errors import UsageError
from workbench.knowledge.subjects import using
from workbench.knowledge.subjects.using import Used, Uses
from workbench.visible import visible_line

TYPES = (
    *(
        kind.type
        for kind in (
            SubjectLearned,
            SubjectUsed,
            SubjectRolledBack,
            SubjectDeprecated,
            BundleUndone,
        )
    ),
    *using.TYPES,
)
_SHORTEST = 4
"""So many letters of a version's name are needed: fewer could be meant as a number."""


class Version(msgspec.Struct, frozen=True):
    """A version with what was made of it since."""

    fact: SubjectLearned
    number: int
    time: int
    actor: str
    uses: int = 0
    successes: int = 0
    failures: int = 0
    used: int = 0
    deprecated: SubjectDeprecated | None = None

    @property
    def name(self) -> str:
        return self.fact.edition

    def used_as(self, fact: SubjectUsed, time: int) -> Version:
        return replace(
            self,
            uses=self.uses + 1,
            successes=self.successes + (fact.succeeded is True),
            failures=self.failures + (fact.succeeded is False),
            used=max(self.used, time),
        )

    def turned_out(self, *, well: bool) -> Version:
        """Count how a use turned out; what was counted as a success may be taken back."""
        if well:
            return replace(self, successes=self.successes + 1)
        return replace(self, successes=max(0, self.successes - 1), failures=self.failures + 1)


class Topic(msgspec.Struct, frozen=True):
    """One subject: its versions, and which of them were current, one after another."""

    id: str
    versions: tuple[Version, ...] = ()
    turns: tuple[str, ...] = ()
    """Names of versions, in the order in which they became current."""
    deprecated: SubjectDeprecated | None = None
    history: tuple[Happened, ...] = ()
    withdrawn: frozenset[str] = frozenset()
    """Versions that came with an import that was undone."""

    @property
    def counting(self) -> tuple[str, ...]:
        """Return the turns that were not undone, each change once."""
        found: list[str] = []
        for name in self.turns:
            if name not in self.withdrawn and found[-1:] != [name]:
                found.append(name)
        return tuple(found)

    @property
    def current(self) -> Version | None:
        names = self.counting
        return self.named(names[-1]) if names else None

    @property
    def before(self) -> Version | None:
        """Return the version that was current before this one."""
        names = self.counting
        return self.named(names[-2]) if len(names) > 1 else None

    @property
    def newest(self) -> Version:
        return self.versions[-1]

    def less(self, origin: str) -> Topic:
        gone = {one.name for one in self.versions if one.fact.origin == origin}
        return replace(self, withdrawn=self.withdrawn | gone) if origin and gone else self

    def named(self, name: str) -> Version:
        return next(one for one in self.versions if one.name == name)

    def find(self, wanted: str) -> Version:
        """Return the version of a number or a name, of which the first letters are enough."""
        number = wanted.removeprefix("v")
        found = [one for one in self.versions if number == str(one.number)] or [
            one for one in self.versions if len(wanted) >= _SHORTEST and one.name.startswith(wanted)
        ]
        if len(found) != 1:
            raise UsageError(
                f"{visible_line(wanted)} names {len(found)} versions of {visible_line(self.id)}.",
                f"`workbench subjects versions {visible_line(self.id)}` shows them.",
            )
        return found[0]


class Catalogue(msgspec.Struct, frozen=True):
    """Every subject up to an event."""

    topics: Mapping[str, Topic] = msgspec.field(default_factory=dict)
    undone: frozenset[str] = frozenset()
    upto: int = 0
    uses: Uses = msgspec.field(default_factory=Uses)

    def after(self, events: Iterable[Event]) -> Catalogue:
        """Return the catalogue with what happened since."""
        topics, undone, upto, uses = dict(self.topics), self.undone, self.upto, self.uses
        for event in events:
            upto = max(upto, event.seq)
            fact = read_fact(event)
            if isinstance(fact, BundleUndone):
                undone |= {fact.bundle}
                topics = {name: _without(one, fact, event) for name, one in topics.items()}
            elif isinstance(fact, AnswerEnded | MessageSaid):
                used = _rested_on(topics, fact, event)
                topics |= used
                uses = uses.rested(fact, _named(used))
            elif isinstance(fact, TransactionBegan):
                uses = uses.begun(fact)
            elif isinstance(fact, TransactionEnded):
                topics |= _turned_out(topics, uses, fact)
            elif (name := _about(fact)) and (name in topics or isinstance(fact, SubjectLearned)):
                topic = _next(topics.get(name) or Topic(name), fact, event)
                topics[name] = _less(topic, undone)
        return Catalogue(topics, undone, upto, uses)

    def without(self, origin: str) -> Catalogue:
        """Return it as if nothing had come from somewhere, such as a bundle."""
        return replace(self, topics={key: one.less(origin) for key, one in self.topics.items()})

    def find(self, wanted: str) -> Topic:
        """Return the subject of an id or a name, of which the first letters are enough."""
        folded = wanted.casefold().strip()
        exact = [one for one in self.topics.values() if folded in _names(one)]
        near = exact or [
            one
            for one in self.topics.values()
            if folded and any(name.startswith(folded) for name in _names(one))
        ]
        if len(near) != 1:
            raise UsageError(
                f"{visible_line(wanted)} names {len(near)} subjects.",
                "`workbench subjects list` shows them.",
            )
        return near[0]


def _less(topic: Topic, undone: frozenset[str]) -> Topic:
    """Leave out what comes late of an import that was undone meanwhile."""
    late = {one.name for one in topic.versions if one.fact.origin in undone} - topic.withdrawn
    return replace(topic, withdrawn=topic.withdrawn | late) if late else topic


def _rested_on(
    topics: Mapping[str, Topic], said: AnswerEnded | MessageSaid, event: Event
) -> dict[str, Topic]:
    """Return the subjects that what was said rests on: it cites passages of theirs."""
    cited = using.cited_by(said)
    found = {}
    for name, topic in topics.items() if cited else ():
        current = topic.current
        if current and any(one.digest in cited for one in current.fact.passages):
            used = SubjectUsed(name, current.name, by=said.message)
            found[name] = _exchanged(topic, current.used_as(used, event.time))
    return found


def _named(topics: Mapping[str, Topic]) -> Used:
    return frozenset((name, one.current.name) for name, one in topics.items() if one.current)


def _turned_out(
    topics: Mapping[str, Topic], uses: Uses, fact: TransactionEnded
) -> dict[str, Topic]:
    """Return the subjects that helped to make what was written, or taken back."""
    used, well = uses.ended(fact)
    found = dict[str, Topic]()
    for name, edition in used:
        version = found.get(name, topics[name]).named(edition).turned_out(well=well)
        found[name] = _exchanged(found.get(name, topics[name]), version)
    return found


def _names(topic: Topic) -> Iterator[str]:
    yield topic.id.casefold()
    yield topic.newest.fact.name.casefold()


def _about(fact: Fact) -> str:
    match fact:
        case SubjectLearned() | SubjectUsed() | SubjectRolledBack() | SubjectDeprecated():
            return fact.subject
    return ""


def _next(topic: Topic, fact: Fact, event: Event) -> Topic:
    known = {one.name for one in topic.versions}
    match fact:
        case SubjectLearned() if fact.edition not in known:
            return _told(_learned(topic, fact, event), event, "learned", fact.edition, _how(fact))
        case SubjectRolledBack() if fact.edition in known:
            turned = replace(topic, turns=(*topic.turns, fact.edition))
            return _told(turned, event, "rolled back", fact.edition, fact.reason)
        case SubjectDeprecated() if not fact.edition or fact.edition in known:
            return _deprecated(topic, fact, event)
        case SubjectUsed() if fact.edition in known:
            used = topic.named(fact.edition).used_as(fact, event.time)
            return _exchanged(topic, used)
    return topic


def _how(fact: SubjectLearned) -> str:
    beside = "" if fact.becomes_current else ", kept beside the current one"
    return f"from {fact.origin}{beside}" if fact.origin else beside.removeprefix(", ")


def _learned(topic: Topic, fact: SubjectLearned, event: Event) -> Topic:
    new = Version(fact, len(topic.versions) + 1, event.time, event.actor)
    turns = (*topic.turns, new.name) if fact.becomes_current or not topic.turns else topic.turns
    return replace(topic, versions=(*topic.versions, new), turns=turns)


def _deprecated(topic: Topic, fact: SubjectDeprecated, event: Event) -> Topic:
    kept = fact if fact.deprecated else None
    what = "deprecated" if fact.deprecated else "taken up again"
    told = _told(topic, event, what, fact.edition, fact.reason)
    if not fact.edition:
        return replace(told, deprecated=kept)
    return _exchanged(told, replace(topic.named(fact.edition), deprecated=kept))


def _without(topic: Topic, fact: BundleUndone, event: Event) -> Topic:
    gone = {one.name for one in topic.versions if one.fact.origin == fact.bundle}
    if not gone - topic.withdrawn:
        return topic
    withdrawn = replace(topic, withdrawn=topic.withdrawn | gone)
    for name in sorted(gone - topic.withdrawn):
        withdrawn = _told(withdrawn, event, "withdrawn", name, fact.reason)
    return withdrawn


def _exchanged(topic: Topic, version: Version) -> Topic:
    versions = tuple(version if one.name == version.name else one for one in topic.versions)
    return replace(topic, versions=versions)


def _told(topic: Topic, event: Event, what: str, version: str, sentence: str) -> Topic:
    happened = Happened(event.seq, event.time, event.actor, what, version, sentence)
    return replace(topic, history=(*topic.history, happened))
