"""Subjects as they stand in the graph: what they need, and what they were learned from."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.knowledge.graph.store import Known, Told
from workbench.knowledge.graph.walking import SUBJECT
from workbench.knowledge.subjects.catalogue import Catalogue, Topic

_BY_NAME = 0.8
_PREFIX = f"{SUBJECT}:"


class SubjectsBeside:
    """The subjects of a catalogue, each by its current version."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._topics = catalogue.topics

    def named(self, name: str) -> Known | None:
        topic = self._topics.get(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None
        return _known(topic) if topic else None

    def matching(self, text: str) -> list[Known]:
        """Return the subjects that have a text in their id or name."""
        wanted = text.casefold()
        return [
            _known(topic)
            for topic in self._topics.values()
            if wanted in f"{topic.id}\n{topic.newest.fact.name}".casefold()
        ]

    def relations(self, name: str) -> Iterator[Told]:
        """Yield those in which it stands on either side."""
        if name.startswith(_PREFIX):
            yield from self._of(name.removeprefix(_PREFIX))
            return
        if name.casefold() in self._topics:
            yield _told(f"{_PREFIX}{name.casefold()}", "similar to", name, _BY_NAME)
        for topic in self._topics.values():
            for told in _documented(topic):
                if told.name == name:
                    yield told

    def _of(self, name: str) -> Iterator[Told]:
        topic = self._topics.get(name)
        if topic is None:
            return
        yield _told(f"{_PREFIX}{name}", "similar to", name, _BY_NAME)
        yield from _needs(topic)
        yield from _documented(topic)
        for other in self._topics.values():
            yield from (told for told in _needs(other) if told.target == f"{_PREFIX}{name}")


def _needs(topic: Topic) -> Iterator[Told]:
    current = topic.current or topic.newest
    for needed in current.fact.needs:
        yield _told(f"{_PREFIX}{topic.id}", "needs", f"{_PREFIX}{needed}", 1.0)


def _documented(topic: Topic) -> Iterator[Told]:
    current = topic.current or topic.newest
    for one in current.fact.passages:
        name = f"{one.path}#{one.heading}" if one.heading else one.path
        told = _told(name, "documents", f"{_PREFIX}{topic.id}", 1.0)
        yield told._replace(
            path=one.path,
            first=one.first,
            last=one.last,
            source=one.source,
            passage=one.passage,
        )


def _known(topic: Topic) -> Known:
    return Known(f"{_PREFIX}{topic.id}", SUBJECT, "", 0, 0, "")


def _told(name: str, kind: str, target: str, confidence: float) -> Told:
    return Told(name, kind, target, True, "", 0, 0, "", confidence, 1)
