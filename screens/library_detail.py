"""The detail of the Knowledge screen: what stands behind the row under the cursor, in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screens.library import Edition, Group, Holdings, Item
from screens.library_passage import Page, passage_page
from screens.library_reading import Reader
from screens.wording import moment, number
from widgets.facts import Fact, facts, heading
from widgets.ink import BLANK, Role, Row, Rows, outside, wrap
from workbench.api.passages import Domain, Hit, KnownSource, Surrounded
from workbench.api.subjects import (
    DiffVersions,
    Entity,
    Link,
    ReadSubject,
    Subject,
    SubjectDetail,
    SubjectVersion,
    VersionsDiffer,
)
from workbench.visible import visible, visible_line

_MOST = 50
_MOST_LINES = 400
_DIFF = {"+": Role.ADDED, "-": Role.REMOVED, "@": Role.ACCENT}


def title_of(item: Item | None) -> str:
    """Name an item in full."""
    title = "Nothing is selected"
    match item:
        case Group(name=name) | Domain(name=name):
            title = name
        case KnownSource(name=name, what=what):
            title = f"{what.capitalize()} {name}"
        case Subject(name=name):
            title = f"Subject {name}"
        case Edition(subject=subject, version=version):
            title = f"{subject.name}, version {version.number}"
        case Hit(passage=passage):
            title = f"{passage.path}:{passage.first}-{passage.last}"
        case Entity(name=name, kind=kind) | Link(entity=Entity(name=name, kind=kind)):
            title = f"{kind.capitalize()} {name}"
    return title


def page_of(
    item: Item | None, holdings: Holdings, reader: Reader, width: int, *, plain: bool = False
) -> Page:
    """Lay one item out in full; plain is quicker, without the colours of code."""
    room = max(12, width - 3)
    match item:
        case None:
            rows: Iterable[Row] = ((("Nothing is selected.", Role.DIM),),)
        case Group():
            rows = _group(item, room)
        case Domain():
            rows = _domain(item, holdings, room)
        case KnownSource():
            rows = _source(item, holdings, room)
        case Subject():
            rows = _subject(item, holdings, reader, room)
        case Edition():
            rows = _edition(item, reader, room)
        case Hit():
            return passage_page(item, reader.surrounded(item), width, plain=plain)
        case Entity() | Link():
            return _linked(item, reader, width)
    return Page(tuple((("   ", Role.PLAIN), *row) for row in rows))


def nothing_found(holdings: Holdings, width: int) -> Page:
    """Say that nothing has what was looked for, and what may come yet."""
    room = max(12, width - 4)
    rows = list(_text("Nothing that was read has this.", Role.PLAIN, room))
    unread = [one.name for one in holdings.sources if one.id in holdings.reading]
    if unread:
        rows += _text(f"Being read still: {', '.join(unread)}.", Role.WARN, room)
    return Page(tuple((("   ", Role.PLAIN), *row) for row in rows))


def _group(group: Group, width: int) -> Iterator[Row]:
    yield from _text(f"{number(group.count)} of them.", Role.DIM, width)


def _domain(domain: Domain, holdings: Holdings, width: int) -> Iterator[Row]:
    yield from _text(domain.about or "A set of sources that is asked together.", Role.PLAIN, width)
    yield BLANK
    pairs = [
        ("on", domain.host or "this machine"),
        ("folder", domain.folder),
        ("sources", number(len(domain.sources)) if domain.sources else ""),
    ]
    yield from facts([pair for pair in pairs if pair[1]], width)
    found = [holdings.source(name) for name in domain.sources]
    named = [f"{one.name}  {number(one.passages, 'passage')}" for one in found if one]
    yield from _listed("Sources", named, width)


def _source(source: KnownSource, holdings: Holdings, width: int) -> Iterator[Row]:
    if source.problem:
        yield from _text(source.problem, Role.BAD, width)
        yield BLANK
    pairs = [
        ("what", source.what),
        ("place", source.path),
        ("state", _state(source)),
        ("read", _moment(source.read) if source.read else "never"),
        ("holds", f"{number(source.passages, 'passage')} of {number(source.files, 'file')}"),
        ("domains", ", ".join(source.domains)),
        ("followed", "yes: its files are read again when they change" if source.followed else "no"),
        ("id", source.id),
    ]
    yield from facts([pair for pair in pairs if pair[1]], width)
    skipped = [
        f"{number(one.count, 'file')}: {one.reason}"
        + (f"\nsuch as {one.example}" if one.example else "")
        for one in source.skipped
    ]
    yield from _listed("Not read", skipped, width)
    base = holdings.base
    if base and not base.vectors and base.why:
        yield BLANK
        yield from _text(f"Search is by words alone: {base.why}", Role.WARN, width)


def _state(source: KnownSource) -> str:
    """Say how a source stands, and how far reading it is."""
    state = source.state
    if state == "reading":
        rate = f", {source.rate:,.0f} passages a second" if source.rate else ""
        state = f"reading file {source.done:,} of {source.total:,}{rate}"
    return f"{state}; {number(source.stale, 'file')} changed since" if source.stale else state


def _subject(subject: Subject, holdings: Holdings, reader: Reader, width: int) -> Iterator[Row]:
    if subject.deprecated:
        yield from _text(_deprecation(subject), Role.BAD, width)
    yield from _text(subject.about or subject.kind, Role.PLAIN, width)
    yield BLANK
    rate = f", {subject.rate:.0%} succeeded" if subject.rate is not None else ""
    stale = number(subject.stale, "passage") + " changed since it was learned"
    pairs = [
        ("kind", subject.kind),
        ("version", f"{subject.number} of {subject.versions}  {subject.version}"),
        ("grade", subject.grade or "not examined"),
        ("skill", subject.proficiency),
        ("learned", _moment(subject.learned) if subject.learned else ""),
        ("used", f"{number(subject.uses, 'time')}{rate}" if subject.uses else "never"),
        ("stale", stale if subject.stale else ""),
    ]
    yield from facts([pair for pair in pairs if pair[1]], width)
    yield from _subject_parts(reader.answer(ReadSubject(subject.id)), width)
    if known := holdings.versions.get(subject.id):
        happened = [
            f"{_moment(one.time)}  {one.what} by {one.actor}\n{one.sentence}"
            for one in known.history
        ]
        yield from _listed("What happened", happened, width)


def _deprecation(subject: Subject) -> str:
    """Say that a subject is not to be used any more, and what is instead."""
    instead = f" Use {subject.instead} instead." if subject.instead else ""
    return f"Deprecated{f': {subject.reason}' if subject.reason else ''}.{instead}"


def _edition(edition: Edition, reader: Reader, width: int) -> Iterator[Row]:
    version, before = edition.version, edition.before
    yield from facts(_facts_of(version), width)
    if before:
        found = reader.answer(DiffVersions(edition.subject.id, before.id, version.id))
        yield BLANK
        yield heading(f"Differences from version {before.number}")
        if isinstance(found, VersionsDiffer):
            yield from _differences(found, width)
        else:
            yield from _text(_pending(found), Role.DIM, width)
    yield from _subject_parts(reader.answer(ReadSubject(edition.subject.id, version.id)), width)


def _facts_of(version: SubjectVersion) -> list[Fact]:
    rate = f", {version.rate:.0%} succeeded" if version.rate is not None else ""
    state = ["current"] * version.is_current + ["deprecated"] * version.deprecated
    pairs = [
        ("state", ", ".join([*state, *(["withdrawn"] * version.withdrawn)])),
        ("why", version.reason),
        ("version", version.id),
        ("learned", f"{_moment(version.learned)} by {version.actor}"),
        ("origin", version.origin),
        ("grade", version.grade or "not examined"),
        ("skill", version.proficiency),
        ("used", f"{number(version.uses, 'time')}{rate}" if version.uses else "never"),
        ("checksum", version.checksum),
    ]
    return [pair for pair in pairs if pair[1]]


def _differences(found: VersionsDiffer, width: int) -> Iterator[Row]:
    if not found.changes:
        yield from _text("They hold the same.", Role.DIM, width)
    for change in found.changes:
        if change.diff:
            yield (outside(change.what, Role.STRONG),)
            for line in change.diff[:_MOST_LINES]:
                yield (outside(line, _DIFF.get(line[:1], Role.PLAIN)),)
            if len(change.diff) > _MOST_LINES:
                yield ((f"and {len(change.diff) - _MOST_LINES:,} more lines", Role.DIM),)
        else:
            yield (
                outside(f"{change.what}  ", Role.STRONG),
                outside(change.before or "nothing", Role.REMOVED),
                (" → ", Role.DIM),
                outside(change.after or "nothing", Role.ADDED),
            )


def _subject_parts(found: object, width: int) -> Iterator[Row]:
    """Show what a version holds: where it is from, what it needs, its texts."""
    if not isinstance(found, SubjectDetail):
        yield BLANK
        yield from _text(_pending(found), Role.DIM, width)
        return
    version = found.version
    yield from _listed("Needs", version.needs, width)
    places = [f"{one.path}:{one.first}-{one.last}  {one.heading}" for one in version.passages]
    yield from _listed("Rests on", places, width)
    for text in found.texts:
        yield BLANK
        yield heading(visible_line(text.part.path), text.part.kind)
        lines = visible(text.text).split("\n")
        for line in lines[:_MOST_LINES]:
            yield from ((outside(part),) for part in wrap(line, width))


def _linked(item: Entity | Link, reader: Reader, width: int) -> Page:
    """Show what a link leads to: what is known of it, and the passage it stands in."""
    surrounded = reader.surrounded(item)
    head = tuple(_of_link(item, max(12, width - 3)))
    rows = tuple((("   ", Role.PLAIN), *row) for row in head)
    if isinstance(surrounded, Surrounded):
        return passage_page(surrounded.passage, surrounded, width, head=rows)
    return Page(rows)


def _of_link(item: Entity | Link, width: int) -> Iterator[Row]:
    entity = item.entity if isinstance(item, Link) else item
    pairs = [
        ("what", f"{entity.kind} {entity.name}"),
        ("place", f"{entity.path}:{entity.first}" if entity.path else ""),
        ("links", number(entity.relations) if entity.relations else ""),
    ]
    if isinstance(item, Link):
        said = item.provenance
        place = f"{said.path}:{said.first}" if said.path else ""
        pairs += [
            ("relation", f"{item.label}, {item.confidence:.0%} sure"),
            ("said in", f"{place}  {number(item.times, 'time')}".strip() if place else ""),
        ]
    yield from facts([pair for pair in pairs if pair[1]], width)


def _listed(title: str, texts: Iterable[str], width: int) -> Iterator[Row]:
    every = list(texts)
    if not every:
        return
    yield BLANK
    yield heading(title, number(len(every)) if len(every) > 1 else "")
    for text in every[:_MOST]:
        for at, line in enumerate(visible(text).split("\n")):
            for part in wrap(line, max(8, width - 2)):
                role = Role.DIM if at else Role.PLAIN
                yield (("  " if at else "· ", Role.DIM), outside(part, role))
    if len(every) > _MOST:
        yield ((f"  and {len(every) - _MOST:,} more", Role.DIM),)


def _pending(found: object) -> str:
    """Return why an answer is not there."""
    return found if isinstance(found, str) else "It is being read."


def _text(text: str, role: Role, width: int) -> Rows:
    lines = visible(text).split("\n")
    return tuple((outside(part, role),) for line in lines for part in wrap(line, width))


def _moment(microseconds: int) -> str:
    return moment(microseconds).strftime("%Y-%m-%d %H:%M")
