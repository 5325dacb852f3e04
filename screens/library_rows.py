"""The list of the Knowledge screen: values in, rows out."""

from __future__ import annotations

from collections.abc import Iterable

from screens.library import Edition, Group, Holdings, Item, state_of
from screens.wording import moment, number, size
from widgets.empty import Emptiness
from widgets.ink import Piece, Role, Row, apart, cut, cut_row, outside, width_of
from widgets.passages import best_line, marked_line
from widgets.titles import list_title
from widgets.tree import Branch, branch_row
from workbench.api.passages import Domain, Hit, Hits, KnowledgeBase, KnownSource, Reason
from workbench.api.subjects import Entity, Link, Links, Subject
from workbench.visible import visible_line

_ROOMY = 64
_PLACE = 3
"""The place of a hit has one cell in so many."""
_WHY = {"terms": "words", "symbol": "name", "similar": "alike", "neighbour": "beside"}
_LONGEST_WHY = 20


def heading(holdings: Holdings, width: int, *, active: bool) -> Row:
    """Draw the title of the tree with what was read, and how."""
    title = list_title("Knowledge", active=active)
    if holdings.state:
        shown = number(len(holdings.tree()))
        return cut_row((title, (f" {shown} {holdings.state}; esc shows all", Role.DIM)), width)
    base = holdings.base
    if base is None:
        return cut_row((title, (" is being read", Role.DIM)), width)
    counts = [
        number(len(base.sources), "source"),
        number(base.passages, "passage"),
        number(len(holdings.subjects), "subject") if holdings.subjects else "",
        size(base.bytes) if base.bytes else "",
    ]
    told = (f" {', '.join(filter(None, counts))}.", Role.DIM)
    return cut_row((title, told, *_under_way(base), *_wanting(holdings), _made(base)), width)


def _under_way(base: KnowledgeBase) -> Row:
    reading = [one for one in base.sources if one.state == "reading"]
    if not reading:
        return ()
    done, total = sum(one.done for one in reading), sum(one.total for one in reading)
    rate = sum(one.rate for one in reading)
    return ((f" Reading {done:,} of {number(total, 'file')}, {rate:,.0f}/s.", Role.ACCENT),)


def _wanting(holdings: Holdings) -> Row:
    """Count what somebody should look at."""
    every = [*map(state_of, holdings.sources), *map(state_of, holdings.subjects)]
    told = [f"{every.count(state)} {state}" for state in ("failed", "stale") if state in every]
    return ((f" {', '.join(told)}.", Role.WARN),) if told else ()


def _made(base: KnowledgeBase) -> Piece:
    """Say by what a search goes."""
    return outside(
        "" if base.vectors else f" By words alone: {base.why}" * bool(base.why), Role.DIM
    )


def hits_heading(hits: Hits | None, text: str, problem: str, width: int, *, active: bool) -> Row:
    """Draw the title of what was found."""
    title = list_title("Found", active=active)
    wanted = outside(f" for “{text}”", Role.DIM)
    trouble = outside(f" {problem}", Role.WARN)
    if hits is None:
        return cut_row((title, trouble if problem else (" …", Role.DIM)), width)
    how = "" if hits.how in ("hybrid", "") else f", {hits.how}"
    shown = f" {number(len(hits.hits), 'passage')}{how}, {hits.seconds * 1000:.0f} ms"
    said = outside(f" {hits.sentence}" if hits.sentence else "", Role.WARN)
    partial = f" Without an answer: {', '.join(hits.partial)}." if hits.partial else ""
    told: Row = (title, *((trouble,) if problem else ()), (shown, Role.DIM), wanted)
    return cut_row((*told, said, outside(partial, Role.WARN)), width)


def links_heading(root: Entity, read: Links | None, width: int, *, active: bool) -> Row:
    """Draw the title of what an entity is joined with."""
    title = list_title("Links", active=active)
    count = f": {number(read.count)}" if read else ""
    more = "; there are more" if read and read.cut else ""
    behind = f"; {number(read.behind, 'file')} to look at" if read and read.behind else ""
    told = f" of {root.kind} {root.name}{count}{more}{behind}; esc goes back"
    return cut_row((title, outside(told, Role.DIM)), width)


def item_row(branch: Branch[Item], width: int, today: str) -> Row:
    """Draw one row of the list."""
    item = branch.value
    if isinstance(item, Hit):
        return hit_row(item, width)
    before = branch_row(branch, ())
    return (*before, *_row(item, max(1, width - width_of(before)), today))


def _row(item: Item, width: int, today: str) -> Row:
    match item:
        case Group():
            row: Row = ((item.name, Role.TITLE), (f"  {item.count:,}", Role.DIM))
        case Domain():
            row = _domain_row(item, width)
        case KnownSource():
            row = _source_row(item, width, today)
        case Subject():
            row = _subject_row(item, width)
        case Edition():
            row = _edition_row(item, width, today)
        case Entity():
            row = (outside(item.name, Role.STRONG), outside(f"  {item.kind}", Role.DIM))
        case Link():
            row = _link_row(item, width)
        case Hit():
            row = hit_row(item, width)
    return row


def hit_row(hit: Hit, width: int) -> Row:
    """Draw where a passage is, its line that tells most, and why it is there."""
    passage = hit.passage
    at, line, marks = best_line(passage.text, hit.marks)
    place = f"{passage.path}:{passage.first + at}"
    named = _from_its_end(place, max(16, width // _PLACE))
    badge = ("stale ", Role.WARN) if hit.stale else ("", Role.DIM)
    why = cut(_in_short(hit.reasons), _LONGEST_WHY if width >= _ROOMY else 12)
    right: Row = (badge, outside(why, Role.DIM))
    left: Row = (outside(named, Role.ACCENT), ("  ", Role.PLAIN))
    inner = max(4, width - width_of(left) - width_of(right) - 1)
    return apart((*left, *marked_line(line, marks, inner)), right, width)


def _from_its_end(place: str, room: int) -> str:
    """Return a place in short: of a long path the name of the file says most."""
    if len(place) <= room:
        return place
    return _end_of(place.rpartition("/")[2], room)


def _end_of(name: str, room: int) -> str:
    """Return the end of a name: it tells more than its beginning."""
    return name if len(name) <= room else "…" + name[-(room - 1) :]


def _in_short(reasons: Iterable[Reason]) -> str:
    return ", ".join(dict.fromkeys(_WHY.get(one.why, one.why) for one in reasons))


def _domain_row(domain: Domain, width: int) -> Row:
    left = (outside(domain.name, Role.STRONG), outside(f"  {domain.about}", Role.DIM))
    host = f"on {domain.host}" if domain.host else number(len(domain.sources), "source")
    return apart(left, (outside(host, Role.DIM),), width)


def _source_row(source: KnownSource, width: int, today: str) -> Row:
    counts = f"  {number(source.passages, 'passage')}" if width >= _ROOMY else ""
    what = f"  {source.what}" if width >= _ROOMY // 2 else ""
    left = (outside(source.name), outside(what, Role.DIM), (counts, Role.DIM))
    return apart(left, standing(source, today), width)


def standing(source: KnownSource, today: str) -> Row:
    """Say how a source stands: being read, read, changed since, or why it cannot be read."""
    if source.state == "reading":
        rate = f", {source.rate:,.0f}/s" if source.rate else ""
        return ((f"reading {source.done:,} of {source.total:,}{rate}", Role.ACCENT),)
    if source.state in ("failed", "missing"):
        return ((source.state, Role.BAD),)
    if source.state in ("waiting", "cancelled"):
        return ((source.state, Role.WARN),)
    if source.stale:
        return ((f"{source.stale:,} stale", Role.WARN),)
    followed = "followed  " if source.followed else ""
    return ((f"{followed}{when(source.read, today)}", Role.DIM),)


def _subject_row(subject: Subject, width: int) -> Row:
    role = Role.DIM if subject.deprecated else Role.PLAIN
    about = f"  {subject.about}" if width >= _ROOMY else ""
    left = (outside(subject.name, role), outside(about, Role.DIM))
    marks: list[Piece] = []
    if subject.stale:
        marks.append((f"{subject.stale:,} stale  ", Role.WARN))
    if subject.deprecated:
        marks.append(("deprecated  ", Role.BAD))
    elif not subject.uses:
        marks.append(("never used  ", Role.DIM))
    elif subject.rate is not None:
        marks.append((f"{subject.rate:.0%} of {subject.uses:,}  ", Role.DIM))
    marks.append((subject.grade or subject.proficiency, Role.STRONG))
    return apart(left, tuple(marks), width)


def _edition_row(edition: Edition, width: int, today: str) -> Row:
    version = edition.version
    name = (f"{version.number}", Role.PLAIN)
    now: Piece = ("  current", Role.GOOD) if version.is_current else ("", Role.DIM)
    gone = "  deprecated" * version.deprecated + "  withdrawn" * version.withdrawn
    left = (name, outside(f"  {version.id[:8]}", Role.DIM), now, (gone, Role.WARN))
    right = f"{version.grade or version.proficiency}  {when(version.learned, today)}"
    return apart(left, ((right, Role.DIM),), width)


def _link_row(link: Link, width: int) -> Row:
    entity = link.entity
    times = f"{link.times:,} times  " if link.times > 1 else ""
    sure = "" if link.confidence >= 1 else f"{link.confidence:.0%}"
    right: Row = ((f"{times}{sure}", Role.DIM),)
    seen = "  see above" if link.is_known else ""
    told = f"  {entity.kind}{seen}" if width >= _ROOMY // 2 else seen
    room = max(12, width - len(link.label) - len(told) - width_of(right) - 2)
    left = (
        (f"{link.label} ", Role.ACCENT),
        outside(_end_of(entity.name, room)),
        outside(told, Role.DIM),
    )
    return apart(left, right, width)


def when(microseconds: int, today: str) -> str:
    """Return the time of something from today, else its day."""
    if not microseconds:
        return "never read"
    then = moment(microseconds)
    return then.strftime("%H:%M") if then.strftime("%m-%d") == today else then.strftime("%Y-%m-%d")


def nothing_read(problem: str, key: str) -> Emptiness:
    """Say what will stand here, and how it comes there."""
    pressed = f"press {key} and name" if key else "choose `Add a source` in the palette and name"
    return Emptiness(
        "Knowledge",
        "Here stands what the machine has read: folders, files and packages, cut into passages "
        "that are found again by words, names and meaning, each with the lines that it is from; "
        "and subjects with their versions and links.",
        visible_line(problem) or "Nothing was read yet. All of it stays on this machine.",
        f"To read the documents of a project or a package, {pressed} its path or name. In a shell:",
        "workbench knowledge add docs",
    )
