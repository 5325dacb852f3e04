"""BM25 over the terms of all pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.finding.postings import Counted, Growing, Part, Posting
from workbench.knowledge.finding.words import terms
from workbench.knowledge.values import Piece

Scores = NDArray[np.float32]
_K1, _B = 1.2, 0.75
_OF_SYMBOL, _OF_HEADING = 2, 1
_SEAL_AT = 200_000


class Term(NamedTuple):
    """A term of a question, and how much it weighs there."""

    text: str
    weight: float


def counted(number: int, piece: Piece) -> Counted:
    """Return what the index holds of a piece: its name and headings count more than its text."""
    counts = Counter(terms(piece.text))
    length = counts.total()
    for term in terms(piece.symbol):
        counts[term] += _OF_SYMBOL
    for heading in piece.heading:
        for term in terms(heading):
            counts[term] += _OF_HEADING
    return Counted(number, counts, length)


class Wording:
    """Postings in parts, of which the last grows, and the length of each piece."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.growing = Growing()
        self._lengths = np.zeros(1024, np.uint16)
        self._total = 0
        self.known = 0

    def add(self, pieces: Sequence[Counted]) -> None:
        for number, _, length in pieces:
            self._note(np.array([number], np.uint32), np.array([min(length, 65_535)], np.uint16))
        self.growing.add(pieces)

    def take(self, part: Part) -> None:
        """Take in a part that was sealed earlier."""
        self.parts.append(part)
        self._note(part.numbers, part.lengths)

    def scores(self, question: Sequence[Term], size: int) -> Scores:
        """Return the score of each piece below a number; what has no term has none."""
        scores = np.zeros(size, np.float32)
        average = max(1.0, self._total / max(1, self.known))
        for term in question:
            postings = self.find(term.text)
            frequency = sum(len(posting.pieces) for posting in postings)
            rarity = np.log1p((self.known - frequency + 0.5) / (frequency + 0.5))
            for pieces, counts in postings:
                often = counts.astype(np.float32)
                norm = self._lengths[pieces] * np.float32(_K1 * _B / average) + np.float32(
                    _K1 * (1 - _B)
                )
                scores[pieces] += term.weight * rarity * (_K1 + 1) * often / (often + norm)
        return scores

    def find(self, term: str) -> list[Posting]:
        found = [part.find(term.encode()) for part in self.parts]
        found.append(self.growing.find(term))
        return [posting for posting in found if posting is not None]

    def _note(self, numbers: NDArray[np.uint32], lengths: NDArray[np.uint16]) -> None:
        if len(numbers) and (end := int(numbers.max()) + 1) > len(self._lengths):
            more = np.zeros(max(end - len(self._lengths), len(self._lengths) // 2), np.uint16)
            self._lengths = np.concatenate([self._lengths, more])
        self._lengths[numbers] = lengths
        self._total += int(lengths.sum(dtype=np.int64))
        self.known += len(numbers)
