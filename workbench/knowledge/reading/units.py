"""Definitions in code, one in another, laid out as sections that cover the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.knowledge.reading.cutting import Section, numbered

_SMALL = 400
"""Characters up to which a class with all in it is one section."""
SIGNS = ("//", "/*", "*", "@", "#[")
"""How lines begin that belong to what follows them, in most languages."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A definition: its lines, its name, and those in it."""

    first: int
    last: int
    name: str
    inner: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How the definitions of one file become sections."""

    lines: Sequence[str]
    dot: str = "."
    """What stands between names."""
    comments: tuple[str, ...] = SIGNS

    def sections(self, units: Sequence[Unit]) -> Iterator[Section]:
        yield from self._lay(units, 1, len(self.lines), (), "")

    def _lay(
        self, units: Sequence[Unit], first: int, last: int, heading: tuple[str, ...], symbol: str
    ) -> Iterator[Section]:
        """Yield definitions, and what lies between them; `symbol` names what lies before them."""
        at = first
        for unit in sorted(units, key=lambda one: (one.first, -one.last)):
            begin = self._with_comments(unit.first, at)
            end = min(unit.last, last)
            if end < max(begin, at):
                continue
            if begin > at:
                yield self._section(at, begin - 1, heading, symbol)
                symbol = ""
            yield from self._unit(unit, max(begin, at), end, heading)
            at = end + 1
        if at <= last:
            yield self._section(at, last, heading, symbol)

    def _unit(
        self, unit: Unit, first: int, last: int, heading: tuple[str, ...]
    ) -> Iterator[Section]:
        symbol = self.dot.join((*heading, unit.name))
        size = sum(len(line) + 1 for line in self.lines[first - 1 : last])
        if unit.inner and size > _SMALL:
            yield from self._lay(unit.inner, first, last, (*heading, unit.name), symbol)
        else:
            yield self._section(first, last, heading, symbol)

    def _with_comments(self, first: int, lowest: int) -> int:
        """Return where the comments begin that stand right above a line."""
        while first - 1 >= lowest and self.lines[first - 2].lstrip().startswith(self.comments):
            first -= 1
        return first

    def _section(self, first: int, last: int, heading: tuple[str, ...], symbol: str) -> Section:
        return Section(numbered(self.lines, first, last), heading, symbol)
