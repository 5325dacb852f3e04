"""BM25 over the terms of all pieces, at a cost that is bounded however many there are."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.finding import sealing
from workbench.knowledge.finding.postings import (
    LONGEST_PIECE,
    TERM,
    Counted,
    Growing,
    Posting,
    Sheaf,
)
from workbench.knowledge.finding.words import LONGEST, WHOLE, folded, terms
from workbench.knowledge.values import Piece

Scores = NDArray[np.float32]
SYMBOL = "!"
"""Begins the term of a name that a piece defines."""
CODE = frozenset({"code", "package", "notebook"})
_K1, _B_OF_CODE, _B_OF_PROSE = 1.0, 0.95, 0.3
"""Long functions are long because they do more; a long passage says its words more often."""
_OF_SYMBOL, _OF_HEADING = 2, 1
SEAL_AT = 250_000
"""So many postings are held in memory before they are sealed."""
_ADDED_UP = 200_000
"""Postings that are added up for a question; of the more frequent terms the best get their due."""
_CONTENDERS = 400


class Term(NamedTuple):
    """A term of a question, and how much it weighs there."""

    text: str
    weight: float


def counted(number: int, piece: Piece) -> Counted:
    """Return what the index holds of a piece: its name and headings count more than its text."""
    found = terms(piece.text)
    length = sum(term[0] == WHOLE for term in found)
    found += terms(piece.symbol) * _OF_SYMBOL
    for heading in piece.heading:
        found += terms(heading) * _OF_HEADING
    return Counted(number, Counter(found) | dict.fromkeys(_names(piece.symbol), 1), length)


def all_counted(first: int, pieces: Iterable[Piece]) -> list[Counted]:
    """Return what the index holds of pieces whose numbers follow each other."""
    return [counted(first + at, piece) for at, piece in enumerate(pieces)]


def _names(symbol: str) -> Iterable[str]:
    """Return the terms of a name: as it is, and its last sheaf."""
    whole = folded(symbol)
    return {symbol_term(name) for name in (whole, whole.rpartition(".")[2]) if name}


def symbol_term(name: str) -> str:
    return (SYMBOL + name).encode()[:LONGEST].decode(errors="ignore")


class Found(NamedTuple):
    """Pieces with a score by their words."""

    numbers: NDArray[np.uint32]
    scores: Scores


class _Wanted(NamedTuple):
    """What having a term is worth, and who has it."""

    weight: float
    size: int
    postings: list[Posting]


class Asked:
    """A question under way: what is rare was added up for all, the rest is told on demand."""

    def __init__(
        self, wanted: list[_Wanted], rarities: dict[str, float], norms: Scores, size: int
    ) -> None:
        self.rarities = rarities
        """How much it tells that a piece has a term; of those that none has, nothing is known."""
        wanted.sort(key=lambda one: one.size)
        sums = accumulate(one.size for one in wanted)
        rare = max(1, sum(total <= _ADDED_UP for total in sums))
        self._norms = norms
        self._frequent = wanted[rare:]
        self._scores = np.zeros(max(size, len(norms)), np.float32)
        for weight, _, postings in wanted[:rare]:
            self._add_up(weight, postings)

    def best(self, allowed: NDArray[np.bool_], most: int) -> Found:
        """Return the best pieces that are allowed, the best first."""
        contenders = self.contenders(allowed, most)
        scores = self.scores(contenders)
        order = np.argsort(-scores, kind="stable")[:most]
        return Found(contenders[order], scores[order])

    def contenders(self, allowed: NDArray[np.bool_], most: int) -> NDArray[np.uint32]:
        """Return in ascending order the pieces that the best must be among."""
        wide = max(most, _CONTENDERS) if self._frequent else most
        return _best(self._scores, allowed, wide)

    def scores(self, numbers: NDArray[np.uint32]) -> Scores:
        """Return the scores of certain pieces."""
        scores = self._scores[numbers]
        norms = self._norms[numbers]
        for weight, _, postings in self._frequent:
            for pieces, counts in postings:
                at = np.minimum(np.searchsorted(pieces, numbers), len(pieces) - 1)
                often = np.where(pieces[at] == numbers, counts[at], 0).astype(np.float32)
                scores += np.float32(weight * (_K1 + 1)) * often / (often + norms)
        return scores

    def _add_up(self, weight: float, postings: Sequence[Posting]) -> None:
        """Add what a term gains; numpy would turn the numbers into its own for each use."""
        pieces = np.concatenate([posting.pieces for posting in postings]).astype(np.intp)
        often = np.concatenate([posting.counts for posting in postings]).astype(np.float32)
        gained = np.float32(weight * (_K1 + 1)) * often
        often += self._norms[pieces]
        gained /= often
        self._scores[pieces] += gained


class Wording:
    """Postings in sheaves, of which the last grows, and how long each piece is."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.folder = folder
        self.sheaves: list[Sheaf] = []
        self.growing = Growing()
        self._changing = threading.Lock()
        self._norms = np.zeros(1024, np.float32)
        self._lengths = np.zeros(1024, np.uint16)
        self._is_code = np.zeros(1024, np.bool_)
        self._total = 0
        self._known = 0
        self._average = 0.0

    def add(self, pieces: Sequence[Counted], code: Sequence[bool]) -> None:
        """Take in new pieces, whose numbers are greater than all others."""
        numbers = np.array([piece.number for piece in pieces], np.uint32)
        lengths = np.array([min(piece.length, LONGEST_PIECE) for piece in pieces], np.uint16)
        self._note(numbers, lengths, np.array(code, np.bool_))
        self.growing.add(pieces)

    def take(self, sheaf: Sheaf, code: NDArray[np.bool_]) -> None:
        """Take in a sheaf that was sealed earlier."""
        self.sheaves.append(sheaf)
        self._note(sheaf.numbers, sheaf.lengths, code)

    def discard(self, sheaf: Sheaf) -> None:
        """Remove a sheaf of which nothing is needed any more, or which knows what is not there."""
        self.sheaves = [other for other in self.sheaves if other is not sheaf]
        shutil.rmtree(sheaf.folder, ignore_errors=True)

    def ask(self, question: Sequence[Term], size: int) -> Asked:
        """Look up a question among the pieces below a number."""
        found = self._found([term.text for term in question])
        every = [
            _Wanted(term.weight * self._rarity(_size(postings)), _size(postings), postings)
            for term, postings in zip(question, found, strict=True)
            if postings
        ]
        pairs = zip(question, found, strict=True)
        telling = {term.text: self._rarity(_size(where)) for term, where in pairs if where}
        return Asked(every, telling, self._norms, size)

    def find(self, term: str) -> list[Posting]:
        """Return where a term is."""
        return self._found([term])[0]

    def _found(self, terms: Sequence[str]) -> list[list[Posting]]:
        encoded = np.array([term.encode() for term in terms], TERM)
        by_sheaf = [sheaf.find(encoded) for sheaf in self.sheaves]
        by_sheaf.append([self.growing.find(term) for term in terms])
        return [[one for one in found if one is not None] for found in zip(*by_sheaf, strict=True)]

    def beginning(self, start: str, most: int) -> list[str]:
        """Return the most frequent words that begin so."""
        counts: Counter[str] = Counter()
        for sheaf in self.sheaves:
            for term, size in sheaf.beginning(start.encode(), most):
                counts[term.decode(errors="ignore")] += size
        counts.update(dict(self.growing.beginning(start, most)))
        return [term for term, _ in counts.most_common(most)]

    def seal(self) -> None:
        """Write what grew to the disk; nothing is added meanwhile."""
        if self.growing.size:
            sheaf = sealing.write(self.growing.sealed(), self.folder)
            with self._changing:
                self.sheaves, self.growing = [*self.sheaves, sheaf], Growing()

    def tidy(self, alive: NDArray[np.bool_]) -> None:
        """Put the newest together until each is twice as large as the next: they stay few."""
        while (pair := self._alike()) is not None:
            one = sealing.merge(pair, alive, self.folder)
            with self._changing:
                at = next(at for at, sheaf in enumerate(self.sheaves) if sheaf is pair[0])
                self.sheaves = [*self.sheaves[:at], one, *self.sheaves[at + 2 :]]
            for sheaf in pair:
                shutil.rmtree(sheaf.folder, ignore_errors=True)

    def _alike(self) -> list[Sheaf] | None:
        for older, newer in reversed([*pairwise(self.sheaves)]):
            if len(older.pieces) < 2 * len(newer.pieces):
                return [older, newer]
        return None

    @property
    def wants_sealing(self) -> bool:
        return self.growing.size >= SEAL_AT

    def _rarity(self, frequency: int) -> float:
        return float(np.log1p(max(0.0, self._known - frequency + 0.5) / (frequency + 0.5)))

    def _note(
        self, numbers: NDArray[np.uint32], lengths: NDArray[np.uint16], code: NDArray[np.bool_]
    ) -> None:
        if not len(numbers):
            return
        self._make_room(int(numbers.max()) + 1)
        self._lengths[numbers] = lengths
        self._is_code[numbers] = code
        self._total += int(lengths.sum(dtype=np.int64))
        self._known += len(numbers)
        average = max(1.0, self._total / self._known)
        if abs(average - self._average) > 0.01 * average:
            self._average = average
            self._norms = self._normed(self._lengths, self._is_code)
        else:
            self._norms[numbers] = self._normed(lengths, code)

    def _normed(self, lengths: NDArray[np.uint16], code: NDArray[np.bool_]) -> Scores:
        steep = np.where(code, np.float32(_B_OF_CODE), np.float32(_B_OF_PROSE))
        relative = lengths.astype(np.float32) / np.float32(self._average)
        normed: Scores = np.float32(_K1) * (1 - steep + steep * np.maximum(relative, 1e-3))
        return normed

    def _make_room(self, end: int) -> None:
        size = len(self._norms)
        if end > size:
            more = max(end - size, size // 2)
            for name in ("_norms", "_lengths", "_is_code"):
                column = getattr(self, name)
                setattr(self, name, np.concatenate([column, np.zeros(more, column.dtype)]))


def _size(postings: Iterable[Posting]) -> int:
    return sum(len(posting.pieces) for posting in postings)


def _best(scores: Scores, allowed: NDArray[np.bool_], most: int) -> NDArray[np.uint32]:
    """Return the numbers of the best, in ascending order."""
    found = np.flatnonzero((scores[: len(allowed)] > 0) & allowed[: len(scores)])
    if len(found) > most:
        gained = scores[found]
        found = found[gained >= np.partition(gained, len(found) - most)[len(found) - most]]
    return found.astype(np.uint32)
