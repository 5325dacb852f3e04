"""Text of which nothing is known: paragraphs, as the cutting finds them."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.knowledge.reading.cutting import Section, numbered


def plain(text: str) -> Iterator[Section]:
    yield Section(numbered(text.split("\n")))
