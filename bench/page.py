"""The figures as a table on the terminal and as docs/benchmarks.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from bench.harness import Row

_DOCS = Path(__file__).parents[1] / "docs"
PAGE, HEALING = _DOCS / "benchmarks.md", _DOCS / "benchmarks-healing.md"
_HEADS = ("What", "Figure to reach", "Measured", "Beside it, same run", "Met")
_INTRODUCTION = """\
<!-- Made by `make bench`: do not edit. -->
# Benchmarks

Made by `make bench`, that is `python -m bench`; `python -m bench NAME` prints the figures of one
bench alone, and `python -m bench --list` names them.

A figure is the median; in brackets the least and the most. CPU is user and system time of that one
process. What is compared takes turns, so that whatever else the machine does falls on all alike.
Python writes and uses bytecode: all is compiled before, and PYTHONDONTWRITEBYTECODE, which doubles
cold imports, is unset. Everything runs in folders of its own. How many bugs are repaired, and how
soon, stands on [a page of its own](benchmarks-healing.md): that takes hours.
"""


def table(sections: Sequence[tuple[str, Sequence[Row]]]) -> str:
    """Return all rows for a terminal."""
    cells = [_HEADS, *(_cells(row) for row in chain.from_iterable(rows for _, rows in sections))]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_spaced(row, widths) for row in cells)


def page(sections: Sequence[tuple[str, Sequence[Row]]], machine: Sequence[str]) -> str:
    """Return the page with a section a bench."""
    where = "\n".join(("## The machine", "", *(f"- {sentence}" for sentence in machine), ""))
    return "\n".join([_INTRODUCTION, where, *(_section(*section) for section in sections)])


def renewed(text: str, section: tuple[str, Sequence[Row]], by: str, where: str) -> str:
    """Return a page with one section made anew, or added at its end; it says by what and where."""
    head, *sections = re.split(r"(?m)^(?=## )", text)
    made = _section(*section, f"Measured by `{by}`, on its own: {where}")
    title = made.partition("\n")[0]
    kept = [made if one.partition("\n")[0] == title else one.rstrip() + "\n" for one in sections]
    return head + "\n".join([*kept, *([made] if made not in kept else [])])


def _section(title: str, rows: Sequence[Row], how: str = "") -> str:
    rule = ("---",) * len(_HEADS)
    lines = [f"| {' | '.join(cells)} |" for cells in (_HEADS, rule, *map(_cells, rows))]
    told = (how, "") if how else ()
    return "\n".join((f"## {title}", "", *told, *lines, ""))


def _cells(row: Row) -> tuple[str, ...]:
    met = "not measured" if row.missing else {True: "yes", False: "no", None: ""}[row.met]
    return row.what, row.goal, row.measured, row.beside, met


def _spaced(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
