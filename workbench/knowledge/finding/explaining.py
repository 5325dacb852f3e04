"""Why a passage was found, and where in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from workbench.api.passages import Reason
from workbench.knowledge.finding.words import BEGINNING, WHOLE, WORD, Spot, heads, spots

_MOST_MARKS, _MOST_NAMED = 200, 8
_LEAST_BEGINNING = 4
"""So long is a beginning that says enough to be marked."""


class Marked(NamedTuple):
    """Where a text has words of the question, and which those are."""

    ranges: tuple[tuple[int, int], ...]
    words: tuple[str, ...]


class Marker:
    """Marks what was asked for in one text after another; each word is looked at once."""

    def __init__(self, terms: Collection[str]) -> None:
        self._wanted = {term for term in terms if _says_enough(term)}
        self._known: dict[str, bool] = {}

    def marked(self, text: str) -> Marked:
        """Return where a text has what was asked for, neighbouring places as one."""
        ranges: list[tuple[int, int]] = []
        words: dict[str, None] = {}
        for start, end in self._places(text):
            if ranges and ranges[-1][1] == start:
                ranges[-1] = (ranges[-1][0], end)
            elif len(ranges) < _MOST_MARKS:
                ranges.append((start, end))
        for start, end in ranges:
            words.setdefault(text[start:end].casefold())
        return Marked(tuple(ranges), tuple(words)[:_MOST_NAMED])

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        for found in WORD.finditer(text):
            word = found[0]
            if (has := self._known.get(word)) is None:
                has = self._known[word] = not self._wanted.isdisjoint(heads(word))
            if has:
                at = found.start()
                places = ((at + one.start, at + one.end) for one in spots(word) if self._wants(one))
                yield from places

    def _wants(self, spot: Spot) -> bool:
        return not self._wanted.isdisjoint(spot.terms)


def without_usual(rarities: Mapping[str, float]) -> set[str]:
    """Return the terms that tell texts apart: a word that is in most of them is not marked."""
    enough = 0.25 * max(rarities.values(), default=0.0)
    return {term for term, rarity in rarities.items() if rarity >= enough}


def reasons(
    words: Marked, share: float, symbols: Iterable[str], similar: float | None
) -> tuple[Reason, ...]:
    """Return why a passage is there, the plainest first."""
    found = [Reason("symbol", name, 1.0) for name in symbols]
    if words.words:
        found.append(Reason("terms", ", ".join(words.words), round(share, 4)))
    if similar is not None and similar > 0:
        found.append(Reason("similar", "similar in meaning", round(similar, 4)))
    return tuple(found)


def _says_enough(term: str) -> bool:
    return term[0] == WHOLE or (term[0] == BEGINNING and len(term) > _LEAST_BEGINNING)
