"""What is typed on the search line: words, and filters such as `kind:code path:src/`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import get_args

from screens import wording
from screens.library import Holdings
from workbench.api.knowing import Search
from workbench.api.passages import Kind

_TERM = re.compile(r'([a-z]+):(?:"([^"]*)"|(\S*))\Z')
_SPLIT = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_AGO = re.compile(r"(\d{1,4})([hdwmy])\Z")
_HOURS = {"h": 1, "d": 24, "w": 168, "m": 730, "y": 8766}
KINDS: tuple[str, ...] = get_args(Kind)
FILTERS = ("kind", "lang", "path", "source", "domain", "since", "near")
MOST = 50
_LANGUAGES = {"py": "python", "js": "javascript", "ts": "typescript", "md": "markdown"}


@dataclass
class _Read:
    """What was understood so far."""

    words: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Query:
    """A search as it was typed, and what of it was not understood."""

    search: Search | None
    problem: str = ""


def query_of(text: str, holdings: Holdings) -> Query:
    """Read a line; what looks like a filter and is none is searched for as it stands."""
    read = _Read()
    for part in _SPLIT.findall(text):
        found = _TERM.match(part)
        if found and found[1] in FILTERS:
            values = (found[2] or found[3] or "").split(",")
            read.values.setdefault(found[1], []).extend(filter(None, values))
        else:
            read.words.append(part)
    since = _since(read)
    problem = _strangers(read, holdings)
    if not read.words:
        return Query(None, "Type words to look for." if read.values else "")
    of = read.values.get
    search = Search(
        " ".join(read.words),
        limit=MOST,
        domains=tuple(of("domain", ())),
        sources=tuple(_id_of(name, holdings) for name in of("source", ())),
        kinds=tuple(of("kind", ())),
        languages=tuple(_LANGUAGES.get(one, one) for one in of("lang", ())),
        path=(of("path") or [""])[-1],
        since=since,
        neighbours="near" in read.values,
    )
    return Query(search, problem)


def _strangers(read: _Read, holdings: Holdings) -> str:
    """Say of the first name that is not known which one is near."""
    names = {
        "kind": KINDS,
        "domain": tuple(one.name for one in holdings.domains),
        "source": tuple(name for one in holdings.sources for name in (one.name, one.id)),
    }
    for what, known in names.items():
        for name in read.values.get(what, ()):
            if name not in known:
                near = get_close_matches(name, known, 1, 0.5)
                meant = f"; did you mean {near[0]}?" if near else "."
                return f"There is no {what} {name}{meant}"
    return read.problems[0] if read.problems else ""


def _since(read: _Read) -> int:
    """Return a moment from `3d`, `2w` or a date, in microseconds."""
    text = (read.values.get("since") or [""])[-1]
    if not text:
        return 0
    try:
        ago = _AGO.match(text)
        then = _before(ago) if ago else datetime.fromisoformat(text).astimezone()
        return max(0, int(then.timestamp() * 1_000_000))
    except (ValueError, OverflowError):
        read.problems.append(f"since:{text} is no time: try since:3d or since:2026-01-31.")
        return 0


def _before(ago: re.Match[str]) -> datetime:
    return wording.now() - timedelta(hours=int(ago[1]) * _HOURS[ago[2]])


def _id_of(name: str, holdings: Holdings) -> str:
    source = holdings.source(name)
    return source.id if source else name
