"""The status line: the line to the host, and the latest word to the user."""

from __future__ import annotations

from dataclasses import dataclass

from screens.wording import number
from widgets.ink import (
    Piece,
    Role,
    Row,
    Rows,
    apart,
    cut_row,
    width_of,
    wrap,
)
from workbench.api.client import Line
from workbench.visible import visible_line

_MOST_ROWS = 3


@dataclass(frozen=True)
class Word:
    """Something to tell the user, until the next key."""

    text: str
    role: Role = Role.BAR


@dataclass(frozen=True)
class Standing:
    """All that the status line shows."""

    project: str
    line: Line
    notices: int = 0
    word: Word | None = None


def status_rows(standing: Standing, width: int) -> Rows:
    """Draw the status line; what is wrong gets as many rows as its sentence needs."""
    if standing.word:
        return _told(standing.word, width)
    problem = standing.line.problem
    if standing.line.state == "lost" and problem:
        said = f"{problem.sentence} {problem.hint}".strip()
        return _prefixed((" ○ lost  ", Role.BAR_BAD), said, width)
    state: Row = (_light(standing),)
    return (apart(state, _notices(standing.notices), width, Role.BAR),)


def _light(standing: Standing) -> Piece:
    match standing.line.state:
        case "attached":
            welcome = standing.line.welcome
            return (f" ● attached to host {welcome.pid if welcome else ''}".rstrip(), Role.BAR_GOOD)
        case "lost":
            return (" ○ lost", Role.BAR_BAD)
        case _:
            return (" ◌ starting the host", Role.BAR_WARN)


def _notices(count: int) -> Row:
    return ((f"{number(count, 'notice')} on Metrics ", Role.BAR_WARN),) if count else ()


def _told(word: Word, width: int) -> Rows:
    lines = wrap(visible_line(word.text), max(1, width - 2))[:_MOST_ROWS]
    return tuple(((f" {line}", word.role),) for line in lines)


def _prefixed(mark: Piece, text: str, width: int) -> Rows:
    indent = width_of((mark,))
    lines = wrap(visible_line(text), max(1, width - indent - 1))[:_MOST_ROWS]
    first, *others = lines
    rows: list[Row] = [(mark, (first, Role.BAR))]
    rows += [((" " * indent, Role.BAR), (line, Role.BAR)) for line in others]
    return tuple(cut_row(row, width) for row in rows)
