"""Walks over the graph: at most three steps, and no more links than one can look at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from workbench.api.subjects import STEPS, Entity, Link, Links, Provenance
from workbench.errors import UsageError
from workbench.knowledge.graph.store import Known, Store, Told
from workbench.visible import visible_line

_SHARES = (40, 12, 6)
"""So many links of one entity are shown, by how far it is, where a walk has several steps."""
_MOST = 2_000
_ALIKE = 0.5
_FEWEST_SHARED = 3
SUBJECT = "subject"
_ORDER = ("part of", "needs", "imports", "calls", "documents", "similar to")


class Beside(Protocol):
    """What stands in the graph without being read out of files: subjects."""

    def named(self, name: str) -> Known | None: ...
    def relations(self, name: str) -> Iterable[Told]:
        """Return those in which it stands on either side."""


@dataclass
class _Node:
    """An entity on a walk, and the links that go on from it."""

    entity: Known
    depth: int
    came: tuple[str, bool, str] = ("", False, "")
    """The relation that led here, as it looks from here: it is not told again."""
    links: list[tuple[_Edge, _Node | None]] = field(default_factory=list)


@dataclass(frozen=True)
class _Edge:
    """A relation, seen from the side that one came from."""

    kind: str
    is_outward: bool
    entity: Known
    confidence: float
    provenance: Provenance
    times: int

    @property
    def key(self) -> tuple[str, bool, str]:
        return self.kind, self.is_outward, self.entity.name


class Walker:
    """Answers from the store and from what stands beside it."""

    def __init__(self, store: Store, beside: Beside) -> None:
        self._store = store
        self._beside = beside
        self._known: dict[str, Known | None] = {}

    def find(self, wanted: str) -> Known:
        """Return the entity of an id, a name, or the end of a name that only one has."""
        name = name_of(wanted)
        known = self._named(name)
        if known:
            return known
        near = self._store.ending(name, 6)
        if len(near) == 1:
            return near[0]
        if not near and (
            self._store.count(name) or any(True for _ in self._beside.relations(name))
        ):
            return _outside(name)
        could = ", ".join(visible_line(id_of(one)) for one in near)
        raise UsageError(
            f"{visible_line(wanted)} names {len(near) or 'no'} entities.",
            f"Such as: {could}." if near else "`workbench subjects entities TEXT` finds them.",
        )

    def walk(self, start: Known, steps: int, kinds: Sequence[str], limit: int) -> Links:
        """Walk breadth first, so that what is near is there before what is far."""
        steps, limit = max(1, min(steps, STEPS)), max(1, min(limit, _MOST))
        root = _Node(start, 0)
        met, queue, count, is_cut = {start.name}, deque([root]), 0, False
        while queue and count < limit:
            node = queue.popleft()
            edges = self._edges_on(node, kinds)
            share = min(limit - count, limit if steps == 1 else _SHARES[node.depth])
            is_cut |= len(edges) > share
            for edge in edges[:share]:
                further = None
                if edge.entity.name not in met:
                    met.add(edge.entity.name)
                    back = (edge.kind, not edge.is_outward, node.entity.name)
                    further = _Node(edge.entity, node.depth + 1, back)
                    if further.depth < steps:
                        queue.append(further)
                node.links.append((edge, further))
            count += len(edges[:share])
        return Links(self.entity(start), self._links(root), steps, count, is_cut or bool(queue))

    def _edges_on(self, node: _Node, kinds: Sequence[str]) -> list[_Edge]:
        """Return the relations of kinds that are asked for, but the one that led here."""
        return [
            one
            for one in self._edges(node.entity)
            if (not kinds or one.kind in kinds) and one.key != node.came
        ]

    def entity(self, known: Known) -> Entity:
        return Entity(
            id=id_of(known),
            name=known.name,
            kind=known.kind,
            path=known.path,
            first=known.first,
            last=known.last,
            passage=known.passage,
            relations=self._store.count(known.name),
        )

    def _links(self, node: _Node) -> tuple[Link, ...]:
        return tuple(
            Link(
                kind=edge.kind,
                is_outward=edge.is_outward,
                entity=self.entity(edge.entity),
                confidence=edge.confidence,
                provenance=edge.provenance,
                times=edge.times,
                links=self._links(further) if further else (),
                is_known=further is None,
            )
            for edge, further in node.links
        )

    def _edges(self, known: Known) -> list[_Edge]:
        """Return what an entity is related to: what is surest first, kind by kind."""
        found: dict[tuple[str, bool, str], _Edge] = {}
        for edge in (*self._outward(known), *self._inward(known), *self._alike(known)):
            before = found.get(edge.key)
            if edge.entity.name != known.name and (
                before is None or before.confidence < edge.confidence
            ):
                found[edge.key] = edge
        return sorted(
            found.values(),
            key=lambda one: (
                _ORDER.index(one.kind),
                not one.is_outward,
                -one.confidence,
                one.entity.name,
            ),
        )

    def _outward(self, known: Known) -> Iterator[_Edge]:
        beside = [one for one in self._beside.relations(known.name) if one.name == known.name]
        for told in (*self._store.about(known.name), *beside):
            target = self._resolved(told)
            if target:
                yield _edge(told, target, is_outward=True)

    def _inward(self, known: Known) -> Iterator[_Edge]:
        beside = [one for one in self._beside.relations(known.name) if one.target == known.name]
        for told in (*self._store.leading_to(known.name, _endings(known.name)), *beside):
            target = self._resolved(told)
            if target and target.name == known.name:
                yield _edge(told, self._named(told.name) or _outside(told.name), is_outward=False)

    def _resolved(self, told: Told) -> Known | None:
        """Return what a relation leads to; the end of a name counts where only one has it."""
        if told.is_whole:
            return self._named(told.target) or _outside(told.target)
        near = self._store.ending(told.target)
        return near[0] if len(near) == 1 else None

    def _alike(self, known: Known) -> Iterator[_Edge]:
        """Yield what calls and imports mostly the same."""
        kinds = ("calls", "imports")
        mine = {one.target for one in self._store.about(known.name) if one.kind in kinds}
        if len(mine) < _FEWEST_SHARED:
            return
        for name, shared in self._store.sharing(mine, kinds):
            other = self._named(name)
            if other is None or other.kind != known.kind or name == known.name:
                continue
            theirs = {one.target for one in self._store.about(name) if one.kind in kinds}
            alike = shared / len(mine | theirs)
            if alike >= _ALIKE and shared >= _FEWEST_SHARED:
                where = Provenance(other.path, other.first, other.last, other.passage, other.source)
                yield _Edge("similar to", True, other, round(alike, 2), where, shared)

    def _named(self, name: str) -> Known | None:
        if name not in self._known:
            self._known[name] = self._beside.named(name) or self._store.named(name)
        return self._known[name]


def _edge(told: Told, entity: Known, *, is_outward: bool) -> _Edge:
    where = Provenance(told.path, told.first, told.last, told.passage, told.source)
    return _Edge(told.kind, is_outward, entity, told.confidence, where, told.times)


def _outside(name: str) -> Known:
    """Return something that is spoken of and was not read."""
    return Known(name, "outside", "", 0, 0, "")


def id_of(known: Known) -> str:
    """Return the id of an entity; the name of a subject says already that it is one."""
    return known.name if known.kind == SUBJECT else f"{known.kind}:{known.name}"


def name_of(wanted: str) -> str:
    """Return the name in an id; a name without its kind stands for itself."""
    kind, colon, name = wanted.partition(":")
    return name if colon and kind in _KINDS else wanted


_KINDS = frozenset({"module", "class", "function", "document", "heading"})
_KINDS |= {"symbol", "file", "project", "outside"}


def _endings(name: str) -> list[str]:
    """Return all ends of a name at the seams between its words."""
    words = name.rpartition("#")[2].split(".")
    return [".".join(words[at:]) for at in range(len(words))]
