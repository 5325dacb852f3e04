"""What is on the library of the Knowledge screen: sources and subjects as a tree, by state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from widgets.tree import Node
from workbench.api.passages import Domain, Hit, KnowledgeBase, KnownSource
from workbench.api.subjects import Entity, Link, Subject, SubjectVersion, Versions

STATES = ("", "stale", "failed", "never used")
"""What can be listed alone; empty for all."""
UNREAD = ("failed", "missing", "cancelled")


@dataclass(frozen=True)
class Group:
    """A heading in the tree."""

    name: str
    count: int


@dataclass(frozen=True)
class Edition:
    """A version of a subject, in the tree below it."""

    subject: Subject
    version: SubjectVersion
    before: SubjectVersion | None
    """The version that it is compared with."""


Item = Group | Domain | KnownSource | Subject | Edition | Hit | Entity | Link
Shown = tuple[Node[Item], ...]


@dataclass(frozen=True)
class Holdings:
    """All that was read and learned, and which of it is listed."""

    base: KnowledgeBase | None = None
    subjects: tuple[Subject, ...] = ()
    versions: Mapping[str, Versions] = field(default_factory=dict)
    """By subject, as far as they were asked for."""
    state: str = ""

    @property
    def sources(self) -> tuple[KnownSource, ...]:
        return self.base.sources if self.base else ()

    @property
    def domains(self) -> tuple[Domain, ...]:
        return self.base.domains if self.base else ()

    @property
    def standing(self) -> tuple[object, ...]:
        """Return what decides whether passages and subjects are as they were."""
        sources = tuple((one.id, one.state, one.stale, one.read) for one in self.sources)
        return sources, self.subjects

    @property
    def reading(self) -> frozenset[str]:
        """Return the sources that are being read."""
        return frozenset(one.id for one in self.sources if one.state in ("reading", "waiting"))

    @property
    def is_empty(self) -> bool:
        return not (self.sources or self.domains or self.subjects)

    @property
    def states(self) -> tuple[str, ...]:
        """Return the states that something is in."""
        every = [*map(state_of, self.sources), *map(state_of, self.subjects)]
        return tuple(state for state in STATES if not state or state in every)

    def source(self, name: str) -> KnownSource | None:
        """Return a source by its id or name."""
        return next((one for one in self.sources if name in (one.id, one.name)), None)

    def tree(self) -> Shown:
        """Return what is listed: all in its place, or what is in one state."""
        if self.state:
            return tuple(self._in_state())
        loose = _loose(self.sources, self.domains)
        title = "Sources in no domain" if self.domains else "Sources"
        groups = (
            (title, tuple(_source(one) for one in loose)),
            ("Subjects", tuple(map(self._subject, self.subjects))),
        )
        below = (_group(name, nodes) for name, nodes in groups if nodes)
        return (*(self._domain(one) for one in self.domains), *below)

    def _in_state(self) -> Iterator[Node[Item]]:
        yield from (_source(one) for one in self.sources if state_of(one) == self.state)
        yield from (self._subject(one) for one in self.subjects if state_of(one) == self.state)

    def _domain(self, domain: Domain) -> Node[Item]:
        found = (self.source(name) for name in domain.sources)
        below = tuple(_source(one, f"{domain.name}/") for one in found if one)
        return Node(f"domain:{domain.name}", domain, below, is_open=True)

    def _subject(self, subject: Subject) -> Node[Item]:
        known = self.versions.get(subject.id)
        key = f"subject:{subject.id}"
        below = tuple(_editions(known)) if known else ()
        return Node(key, subject, below, opens=bool(subject.versions))


def state_of(one: KnownSource | Subject) -> str:
    """Say what is the matter with a source or a subject; nothing where all is well."""
    if one.stale:
        return "stale"
    if isinstance(one, KnownSource):
        return "failed" if one.state in UNREAD else ""
    return "" if one.uses else "never used"


def hit_nodes(hits: Iterable[Hit]) -> Shown:
    return tuple(Node(f"passage:{hit.passage.id}", hit) for hit in hits)


def link_nodes(root: Entity, known: Mapping[str, tuple[Link, ...]]) -> Shown:
    """Return the links of an entity as a tree, as far as one has wandered."""
    key = f"entity:{root.id}"
    below = _links(key, known.get(root.id, ()), known, {root.id})
    return (Node(key, root, below, is_open=True),)


def _links(
    key: str, links: Iterable[Link], known: Mapping[str, tuple[Link, ...]], above: set[str]
) -> tuple[Node[Item], ...]:
    """Nothing that leads back to where one came from goes on there."""
    made: list[Node[Item]] = []
    for link in links:
        entity = link.entity
        goes_on = entity.id not in above and entity.relations != 1
        below = known.get(entity.id, ()) if goes_on else ()
        mine = f"{key}>{link.label}>{entity.id}"
        nodes = _links(mine, below, known, above | {entity.id})
        made.append(Node(mine, link, nodes, opens=goes_on))
    return tuple(made)


def entity_of(item: Item | None) -> Entity | None:
    if isinstance(item, Link):
        return item.entity
    return item if isinstance(item, Entity) else None


def _group(name: str, nodes: tuple[Node[Item], ...]) -> Node[Item]:
    return Node(f"group:{name}", Group(name, len(nodes)), nodes, is_open=True)


def _source(source: KnownSource, above: str = "") -> Node[Item]:
    return Node(f"source:{above}{source.id}", source)


def _editions(known: Versions) -> Iterator[Node[Item]]:
    """Compare each version with the current one, and that with the one before it."""
    current = next((one for one in known.versions if one.is_current), None)
    for at, version in enumerate(known.versions):
        older = known.versions[at + 1] if at + 1 < len(known.versions) else None
        other = older if version.is_current else current
        edition = Edition(known.subject, version, other)
        yield Node(f"version:{known.subject.id}:{version.id}", edition)


def _loose(sources: Iterable[KnownSource], domains: Iterable[Domain]) -> list[KnownSource]:
    held = {name for domain in domains for name in domain.sources}
    return [one for one in sources if one.id not in held and one.name not in held]
