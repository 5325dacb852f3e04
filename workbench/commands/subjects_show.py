"""Subjects and links as lines for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.api.subjects import (
    Entity,
    Link,
    Links,
    Subject,
    SubjectDetail,
    SubjectVersion,
    Versions,
    VersionsDiffer,
)
from workbench.commands.wording import moment
from workbench.visible import visible, visible_line

_SHORT = 12


def subject_line(one: Subject) -> str:
    version = f"v{one.number}" if one.version else "withdrawn"
    grade = one.grade or "-"
    stands = f"deprecated: {one.reason}" if one.deprecated else one.about
    head = f"{one.id:<24} {version:<10} {grade:<2} {one.proficiency:<10} {_used(one)}"
    return visible_line(f"{head}  {stands}".rstrip())


def _used(one: Subject | SubjectVersion) -> str:
    if not one.uses:
        return "never used"
    rate = f", {one.rate:.0%} well" if one.rate is not None else ""
    times = "once" if one.uses == 1 else f"{one.uses} times"
    return f"used {times}{rate}"


def detail_lines(found: SubjectDetail) -> Iterator[str]:
    subject, version = found.subject, found.version
    rows = {
        "name": f"{subject.name} ({subject.kind})",
        "about": version.about,
        "version": f"{version.number} of {subject.versions} ({version.id})"
        + ("" if version.is_current else ", not the current one"),
        "learned": f"{moment(version.learned)} by {version.actor}",
        "origin": version.origin,
        "grade": _grade(version),
        "proficiency": version.proficiency,
        "used": _used(version),
        "needs": ", ".join(version.needs),
        "checksum": version.checksum,
        "deprecated": _deprecated(subject) if subject.deprecated else "",
        "stale": f"{subject.stale} of {len(version.passages)} source passages changed"
        if subject.stale
        else "",
    }
    yield from (f"{name:<12} {visible_line(told)}" for name, told in rows.items() if told)
    for passage in version.passages:
        yield visible_line(f"source       {passage.path}:{passage.first}-{passage.last}")
    for text in found.texts:
        yield visible_line(f"--- {text.part.kind} {text.part.path} ({text.part.bytes} bytes)")
        yield visible(text.text.rstrip("\n"))


def _grade(version: SubjectVersion) -> str:
    score = f" ({version.score:.0%})" if version.score is not None else ""
    return f"{version.grade}{score}" if version.grade or score else ""


def _deprecated(subject: Subject) -> str:
    instead = f"; instead: {subject.instead}" if subject.instead else ""
    return f"{subject.reason or 'no reason was given'}{instead}"


def versions_lines(found: Versions) -> Iterator[str]:
    for one in found.versions:
        stands = (
            "current"
            if one.is_current
            else "withdrawn"
            if one.withdrawn
            else "deprecated"
            if one.deprecated
            else ""
        )
        head = f"{one.number:>3}  {one.id}  {moment(one.learned)}  {one.grade or '-'}"
        tail = f"{one.proficiency:<10}  {_used(one)}  {stands}"
        yield visible_line(f"{head}  {tail}".rstrip())
    yield ""
    for happened in found.history:
        said = f": {happened.sentence}" if happened.sentence else ""
        what = f"{happened.what} {happened.version[:_SHORT]}".rstrip()
        yield visible_line(f"{moment(happened.time)}  {happened.actor}  {what}{said}")


def difference_lines(found: VersionsDiffer) -> Iterator[str]:
    for change in found.changes:
        if change.diff:
            yield visible_line(f"--- {change.what}")
            yield from map(visible_line, change.diff)
        else:
            before, after = (change.before or "nothing"), (change.after or "nothing")
            yield visible_line(f"{change.what}: {before} -> {after}")


def entity_line(one: Entity) -> str:
    place = f"  {one.path}:{one.first}" if one.path else ""
    return visible_line(f"{one.id}{place}  ({one.relations} relations)")


def link_lines(found: Links) -> Iterator[str]:
    yield entity_line(found.entity)
    yield from _tree(found.links, "")
    if found.cut:
        yield "There is more: ask for relations of one --kind, or for fewer steps."
    if found.behind:
        yield f"{found.behind} files were read and not yet looked at: ask again in a while."


def _tree(links: Iterable[Link], indent: str) -> Iterator[str]:
    every = tuple(links)
    for number, link in enumerate(every, 1):
        is_last = number == len(every)
        yield f"{indent}{'└─ ' if is_last else '├─ '}{_link(link)}"
        yield from _tree(link.links, indent + ("   " if is_last else "│  "))


def _link(link: Link) -> str:
    where = link.provenance
    place = f"  {where.path}:{where.first}" if where.path else ""
    sure = "" if link.confidence >= 1 else f"  {link.confidence:.0%}"
    times = f"  ({link.times} places)" if link.times > 1 else ""
    again = "  (see above)" if link.is_known else ""
    return visible_line(f"{link.label} {link.entity.id}{place}{sure}{times}{again}")
