"""Which pieces have a term, and how often: sealed sheaves on the disk, and a sheaf that grows."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.finding.words import LONGEST

Numbers = NDArray[np.uint32]
Counts = NDArray[np.uint8]
MOST = 255
"""More often than this a term need not be in a piece."""
LONGEST_PIECE = 65_535
_MOST_UNSORTED = 2_000
TERM = f"S{LONGEST}"


class Counted(NamedTuple):
    """A piece as the index sees it."""

    number: int
    counts: Mapping[str, int]
    length: int


class Posting(NamedTuple):
    """The pieces that have a term, in ascending order, and how often each has it."""

    pieces: Numbers
    counts: Counts


@dataclass(frozen=True)
class Sheaf:
    """Postings that do not change any more; its arrays may lie in files."""

    terms: NDArray[np.bytes_]
    starts: NDArray[np.uint64]
    pieces: Numbers
    counts: Counts
    numbers: Numbers
    """The pieces that it knows, also those without a term."""
    lengths: NDArray[np.uint16]
    folder: str = ""
    """Where it lies, if it lies on the disk."""

    def find(self, terms: NDArray[np.bytes_]) -> list[Posting | None]:
        """Return the postings of some terms, which are looked for all at once."""
        if not len(self.terms):
            return [None] * len(terms)
        at = np.minimum(np.searchsorted(self.terms, terms), len(self.terms) - 1)
        there = (self.terms[at] == terms).tolist()
        starts, ends = self.starts[at].tolist(), self.starts[at + 1].tolist()
        return [
            Posting(self.pieces[start:end], self.counts[start:end]) if has else None
            for has, start, end in zip(there, starts, ends, strict=True)
        ]

    def beginning(self, start: bytes, most: int) -> list[tuple[bytes, int]]:
        """Return terms that begin so with how many pieces have them, the most frequent first."""
        first, last = np.searchsorted(
            self.terms, np.array([start, start[: LONGEST - 1] + b"\xff"], TERM)
        )
        sizes = np.diff(self.starts[first : last + 1].astype(np.int64))
        best = np.arange(len(sizes))
        if len(best) > most:
            best = np.sort(np.argpartition(-sizes, most)[:most])
        best = best[np.argsort(-sizes[best], kind="stable")]
        return [(bytes(self.terms[first + at]), int(sizes[at])) for at in best]


class Growing:
    """Postings of what came last; one thread adds while others look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[list[int], list[int]]] = {}
        self._sorted: list[str] = []
        self._unsorted: list[str] = []
        """Terms that came since the others were sorted."""
        self._numbers: list[int] = []
        self._lengths: list[int] = []
        self.size = 0

    def add(self, pieces: Iterable[Counted]) -> None:
        with self._lock:
            for number, counts, length in pieces:
                self._numbers.append(number)
                self._lengths.append(min(length, LONGEST_PIECE))
                self.size += len(counts)
                for term, count in counts.items():
                    if (found := self._found.get(term)) is None:
                        found = self._found[term] = ([], [])
                        self._unsorted.append(term)
                    found[0].append(number)
                    found[1].append(min(count, MOST))

    def find(self, term: str) -> Posting | None:
        with self._lock:
            if (found := self._found.get(term)) is None:
                return None
            return Posting(np.array(found[0], np.uint32), np.array(found[1], np.uint8))

    def beginning(self, start: str, most: int) -> list[tuple[str, int]]:
        """Return terms that begin so with how many pieces have them, the most frequent first."""
        with self._lock:
            if len(self._unsorted) > _MOST_UNSORTED:
                self._sorted, self._unsorted = sorted(self._sorted + self._unsorted), []
            first = bisect_left(self._sorted, start)
            last = bisect_right(self._sorted, start, first, key=lambda term: term[: len(start)])
            found = self._sorted[first:last]
            found += [term for term in self._unsorted if term.startswith(start)]
            sizes = [(term, len(self._found[term][0])) for term in found]
        return nlargest(most, sizes, key=lambda one: one[1])

    def sealed(self) -> Sheaf:
        """Return what there is as a sheaf that does not change."""
        with self._lock:
            found = {term.encode(): both for term, both in self._found.items()}
            terms = sorted(found)
            sizes = [len(found[term][0]) for term in terms]
            size = sum(sizes)
            pieces = chain.from_iterable(found[term][0] for term in terms)
            counts = chain.from_iterable(found[term][1] for term in terms)
            return Sheaf(
                terms=np.array(terms, TERM),
                starts=np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.uint64),
                pieces=np.fromiter(pieces, np.uint32, size),
                counts=np.fromiter(counts, np.uint8, size),
                numbers=np.array(self._numbers, np.uint32),
                lengths=np.array(self._lengths, np.uint16),
            )
