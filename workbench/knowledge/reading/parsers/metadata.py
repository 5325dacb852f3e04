"""What an installed package says of itself: its summary, and the README that came with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.knowledge.reading.cutting import Section, numbered
from workbench.knowledge.reading.parsers.markdown import markdown
from workbench.knowledge.reading.parsers.plain import plain
from workbench.knowledge.reading.parsers.rst import rst

_READERS = {"text/markdown": markdown, "text/x-rst": rst, "text/plain": plain}
_KEPT = ("Name:", "Version:", "Summary:", "Keywords:", "Home-page:", "License", "Requires-Python:")


def metadata(text: str) -> Iterator[Section]:
    lines = text.split("\n")
    end = next((at for at, line in enumerate(lines) if not line.strip()), len(lines))
    head = numbered(lines, 1, end)
    name = next((line[5:].strip() for line in lines[:end] if line.startswith("Name:")), "")
    kept = [(number, line) for number, line in head if line.startswith(_KEPT)]
    yield Section(kept, (name,), language="metadata")
    kind = next((line for line in lines[:end] if line.startswith("Description-Content-Type:")), "")
    mime = kind.partition(":")[2].partition(";")[0].strip().lower()
    for section in _READERS.get(mime, rst)("\n".join(lines[end:])):
        moved = [(number + end, line) for number, line in section.lines]
        yield replace(section, lines=moved, heading=(name, *section.heading))
