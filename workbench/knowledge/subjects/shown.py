"""Subjects as faces see them: lists, versions, differences, and texts to take elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import unified_diff
from itertools import islice

from workbench.api.remembering import Part, SourcePassage, SubjectLearned
from workbench.api.subjects import (
    Changed,
    Subject,
    SubjectVersion,
    Text,
    Versions,
    VersionsDiffer,
)
from workbench.knowledge.subjects.catalogue import Topic, Version

Read = Callable[[str], bytes]
_MOST_COMPARED = 5_000
_MOST_LINES = 2_000
_FIELDS = ("name", "kind", "about", "grade", "score", "proficiency", "needs", "origin")


def subject_of(topic: Topic, stale: int = 0) -> Subject:
    """Return a subject by its current version, or by its last where none counts."""
    current = topic.current
    shown = current or topic.newest
    judged = shown.successes + shown.failures
    hidden = topic.deprecated or shown.deprecated
    return Subject(
        id=topic.id,
        name=shown.fact.name,
        kind=shown.fact.kind,
        about=shown.fact.about,
        version=current.name if current else "",
        number=shown.number,
        versions=len(topic.versions),
        grade=shown.fact.grade,
        proficiency=shown.fact.proficiency,
        learned=shown.time,
        uses=sum(one.uses for one in topic.versions),
        rate=shown.successes / judged if judged else None,
        used=max(one.used for one in topic.versions),
        deprecated=hidden is not None,
        reason=hidden.reason if hidden else "",
        instead=hidden.instead if hidden else "",
        stale=stale,
    )


def version_of(topic: Topic, version: Version) -> SubjectVersion:
    fact, current = version.fact, topic.current
    return SubjectVersion(
        id=version.name,
        number=version.number,
        learned=version.time,
        actor=version.actor,
        origin=fact.origin,
        about=fact.about,
        grade=fact.grade,
        score=fact.score,
        proficiency=fact.proficiency,
        checksum=fact.checksum,
        parts=fact.parts,
        passages=fact.passages,
        needs=fact.needs,
        uses=version.uses,
        successes=version.successes,
        failures=version.failures,
        used=version.used,
        is_current=current is not None and current.name == version.name,
        deprecated=version.deprecated is not None,
        reason=version.deprecated.reason if version.deprecated else "",
        withdrawn=version.name in topic.withdrawn,
    )


def versions_of(topic: Topic) -> Versions:
    shown = tuple(version_of(topic, one) for one in reversed(topic.versions))
    return Versions(subject_of(topic), shown, topic.history[::-1])


def text_of(part: Part, read: Read) -> Text:
    """Return what a part holds, as text where it is that."""
    data = read(part.digest)
    try:
        return Text(part, data.decode("utf-8"))
    except UnicodeDecodeError:
        return Text(part, f"{len(data):,} bytes that are no text.")


def difference(topic: Topic, before: Version, after: Version, read: Read) -> VersionsDiffer:
    """Return how two versions differ, in fields and parts."""
    changes = (*_fields(before.fact, after.fact), *_parts(before.fact, after.fact, read))
    return VersionsDiffer(
        topic.id, version_of(topic, before), version_of(topic, after), tuple(changes)
    )


def _fields(before: SubjectLearned, after: SubjectLearned) -> Iterator[Changed]:
    for field in _FIELDS:
        was, now = getattr(before, field), getattr(after, field)
        if was != now:
            yield Changed(field, _said(was), _said(now))
    was, now = ({_rests(one) for one in fact.passages} for fact in (before, after))
    for gone in sorted(was - now):
        yield Changed("passage", gone, "")
    for new in sorted(now - was):
        yield Changed("passage", "", new)


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _rests(passage: SourcePassage) -> str:
    return f"{passage.path}:{passage.first}-{passage.last} {passage.digest[:12]}"


def _parts(one: SubjectLearned, other: SubjectLearned, read: Read) -> Iterator[Changed]:
    was, now = ({(part.kind, part.path): part for part in fact.parts} for fact in (one, other))
    for key in sorted(was.keys() | now.keys()):
        old, new = was.get(key), now.get(key)
        before, after = (part.digest if part else "" for part in (old, new))
        if before != after:
            yield Changed(" ".join(key), before, after, tuple(_lines(old, new, read)))


def _lines(old: Part | None, new: Part | None, read: Read) -> Iterator[str]:
    """Yield a diff; texts that are too long to compare are told of by their digests alone."""
    was, now = (text_of(part, read).text.splitlines() if part else [] for part in (old, new))
    if max(len(was), len(now)) > _MOST_COMPARED:
        return
    source, target = (part.path if part else "/dev/null" for part in (old, new))
    yield from islice(unified_diff(was, now, source, target, lineterm=""), _MOST_LINES)
