"""Notebooks cell by cell, at the lines of the file where each stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from workbench.knowledge.reading.cutting import Line, Section
from workbench.knowledge.reading.parsers.markdown import markdown
from workbench.knowledge.reading.values import Unreadable

_LONGEST_OUTPUT = 600
_MOST_CELLS = 10_000


def notebook(text: str) -> Iterator[Section]:
    """Yield prose under its headings, and code with what little it printed."""
    cells, language = _cells(text)
    places, path = _Places(text), tuple[str, ...]()
    for cell in cells[:_MOST_CELLS]:
        lines = places.find(_lines(cell.get("source")))
        if cell.get("cell_type") == "markdown":
            for section in markdown("\n".join(text for _, text in lines)):
                path = section.heading or path
                moved = [(lines[number - 1][0], text) for number, text in section.lines]
                yield replace(section, lines=moved, language="markdown", heading=path)
        elif cell.get("cell_type") == "code":
            last = lines[-1][0] if lines else 1
            said = [(last, text) for text in _printed(cell)]
            yield Section([*lines, *said], path, language=language)


def _cells(text: str) -> tuple[list[dict[str, Any]], str]:
    try:
        read = json.loads(text)
        cells = read["cells"]
        language = read.get("metadata", {}).get("kernelspec", {}).get("language", "python")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable("it is a damaged notebook") from error
    if not isinstance(cells, list):
        raise Unreadable("it is a damaged notebook")
    kept = [cell for cell in cells if isinstance(cell, dict)]
    return kept, language if isinstance(language, str) and len(language) < 40 else "python"


def _lines(source: object) -> list[str]:
    if isinstance(source, list):
        source = "".join(one for one in source if isinstance(one, str))
    return source.split("\n") if isinstance(source, str) else []


def _printed(cell: dict[str, Any]) -> Iterator[str]:
    """Yield short outputs of text; pictures and long tables are nothing to find."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else ():
        data = output.get("data") if isinstance(output, dict) else None
        found = output.get("text") if isinstance(output, dict) else None
        if isinstance(data, dict):
            found = data.get("text/plain")
        lines = _lines(found)
        if 0 < sum(map(len, lines)) <= _LONGEST_OUTPUT:
            yield from lines


class _Places:
    """Finds in which line of the file each line of a cell stands, going only forward."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._at = 0

    def find(self, lines: Sequence[str]) -> list[Line]:
        return [(self._place(line), line) for line in lines]

    def _place(self, line: str) -> int:
        """Go to the next line that has it as JSON; if none has, it stays where it was."""
        if line.strip():
            plain = json.dumps(line, ensure_ascii=False)[1:-1]
            escaped = json.dumps(line)[1:-1]
            for at in range(self._at, min(len(self._lines), self._at + 20_000)):
                found = self._lines[at]
                if plain in found or escaped in found:
                    self._at = at
                    break
        return self._at + 1
