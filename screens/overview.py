"""The upper part of Metrics, the rows of its journal and its detail: values in, rows out."""

from __future__ import annotations

import json

from screens.journal import Entry
from screens.wording import clock, moment, number, since, size
from widgets.facts import facts, heading
from widgets.ink import BLANK, Role, Row, Rows, beside, cut_row, fit, outside, wrap
from widgets.plot import bars
from workbench.api.views import Activity, EventDetail, Status
from workbench.visible import visible, visible_line

_MOST_STORES = 2
_FACTS_WIDTH = 36
_TYPES_WIDTH = 30
_THREE_COLUMNS = 132
_SEQ = 8
_TYPE = 14
_ACTOR = 10
_ROOM_FOR_ACTOR = 84
_MOST_NOTICES = 3


def overview_rows(
    status: Status | None, activity: Activity | None, width: int, *, tall: bool = True
) -> Rows:
    """Draw host, stores, event rate and, where there is room, the types of events."""
    left = host_rows(status, _FACTS_WIDTH, tall=tall)
    wide = width >= _THREE_COLUMNS
    room = width - _FACTS_WIDTH - 5 - (_TYPES_WIDTH + 3 if wide else 0)
    middle = rate_rows(activity, room, len(left) - (1 if wide else 2), with_types=not wide)
    columns = [(left, _FACTS_WIDTH), (middle, room)]
    if wide:
        columns.append((type_rows(activity, _TYPES_WIDTH, len(left) - 1), _TYPES_WIDTH))
    rows = beside(columns, gap=3, indent=1)
    above = (BLANK,) if tall else ()
    return (*above, *rows, *notice_rows(status, width), BLANK)


def host_rows(status: Status | None, width: int, *, tall: bool) -> Rows:
    """Draw what the host says of itself."""
    if status is None:
        waiting = ((("waiting for the host", Role.DIM),),)
        return (heading("Host"), *waiting, *[BLANK] * (6 if tall else 4))
    unclean = f", {status.unclean_runs} cut short" if status.unclean_runs else ""
    pairs = [
        ("process", f"{status.pid}, since {since(status.started)}"),
        ("memory", f"{size(status.memory)}, Python {status.python}"),
        ("attached", ", ".join(face.name for face in status.faces) or "nobody"),
        ("started", f"{number(status.runs, 'time')}{unclean}"),
        *_store_facts(status, apart=tall),
    ]
    return (heading("Host", f"release {visible_line(status.version)}"), *facts(pairs, width))


def _store_facts(status: Status, *, apart: bool) -> list[tuple[str, str]]:
    free = f"{size(status.disk_free)} free"
    if not apart:
        return [("stores", f"{size(sum(store.bytes for store in status.stores))}, {free}")]
    stores = [f"{store.name} {size(store.bytes)}" for store in status.stores[:_MOST_STORES]]
    labels = ("stores", *[""] * _MOST_STORES)
    return [*zip(labels, stores, strict=False), ("disk", free)]


def rate_rows(activity: Activity | None, width: int, height: int, *, with_types: bool) -> Rows:
    """Draw how many events there were in each of the last minutes."""
    if activity is None:
        return (heading("Events a minute"),)
    counts = activity.per_minute[-width:]
    until = moment(activity.until).strftime("%H:%M")
    most = f"most {number(max(counts, default=0))}"
    note = f"{len(counts)} min to {until}, {most}"
    if width < len("Events a minute  ") + len(note):
        note = f"to {until}, {most}"
    plot = bars(_widened(counts, width), width, height)
    types = (_types_in_a_row(activity, width),) if with_types else ()
    return (cut_row(heading("Events a minute", note), width), *plot, *types)


def _widened(counts: tuple[int, ...], width: int) -> tuple[int, ...]:
    """Draw each minute as wide as fits."""
    times = max(1, min(2, width // max(1, len(counts))))
    return tuple(count for count in counts for _ in range(times))


def type_rows(activity: Activity | None, width: int, most_rows: int) -> Rows:
    """Draw the most frequent types with their counts."""
    if activity is None:
        return (heading("Types"),)
    most = sorted(activity.types, key=lambda each: -each.count)[:most_rows]
    rows = [
        (outside(fit(visible_line(each.type), width - 11)), (f"{each.count:>10,}", Role.DIM))
        for each in most
    ]
    return (heading("Types", f"{len(activity.types)}"), *rows)


def _types_in_a_row(activity: Activity, width: int) -> Row:
    most = sorted(activity.types, key=lambda each: -each.count)
    text = "  ".join(f"{each.type} {each.count:,}" for each in most)
    return cut_row((outside(text, Role.DIM),), width)


def notice_rows(status: Status | None, width: int) -> Rows:
    """Draw the sentences that a person should see."""
    rows: list[Row] = []
    for notice in (status.notices if status else ())[:_MOST_NOTICES]:
        first, *others = wrap(visible_line(notice), width - 5)
        rows += [BLANK, ((" ! ", Role.WARN), (first, Role.WARN))]
        rows += [((f"   {line}", Role.WARN),) for line in others]
    return tuple(rows)


def journal_heading(count: int, shown: str, width: int, list_width: int) -> Rows:
    """Draw the title of the list, and its columns."""
    title = ((" ", Role.PLAIN), *heading("Journal", shown or number(count, "event")))
    actor = f"{'actor':<{_ACTOR}}  " if list_width >= _ROOM_FOR_ACTOR else ""
    names = f"  {'seq':>{_SEQ}}  {'time':<11}  {'type':<{_TYPE}}  {actor}what"
    return (cut_row(title, width), cut_row(((names, Role.DIM),), width))


def entry_row(entry: Entry | None, seq: int | None, width: int, today: str) -> Row:
    """Draw one event of the list; one that is not read yet shows its number."""
    if entry is None:
        return ((f"{seq or '':>{_SEQ}}  …", Role.DIM),)
    day = moment(entry.time).strftime("%m-%d")
    time = clock(entry.time) if day == today else f"{day} {clock(entry.time)[:5]}"
    actor = fit(visible_line(entry.actor), _ACTOR) + "  "
    what = f"{entry.subject}: {entry.summary}" if entry.subject else entry.summary
    row = (
        (f"{entry.seq:>{_SEQ}}  {time:<11}  ", Role.DIM),
        (f"{fit(visible_line(entry.type), _TYPE)}  ", Role.ACCENT),
        (actor if width + 2 >= _ROOM_FOR_ACTOR else "", Role.DIM),
        outside(what),
    )
    return cut_row(row, width)


def detail_rows(detail: EventDetail | None, width: int) -> Rows:
    """Draw one event whole."""
    if detail is None:
        return ((("  no event is selected", Role.DIM),),)
    event, room = detail.event, max(8, width - 3)
    pairs = [
        ("when", moment(event.time).isoformat(" ", "milliseconds")),
        ("type", f"{event.type}, version {event.version}"),
        ("actor", event.actor),
        ("subject", event.subject),
        ("command", event.key),
        ("hash", event.hash),
        ("before", detail.previous),
    ]
    shown = facts([pair for pair in pairs if pair[1]], room)
    body = tuple(((line, Role.PLAIN),) for line in wrap(visible(_pretty(event.payload)), room))
    rows = (heading(f"Event {event.seq:,}"), *shown, BLANK, *body)
    return tuple((("  ", Role.PLAIN), *row) for row in rows)


def _pretty(payload: str) -> str:
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return payload
