"""Which pieces have a term, and how often: sealed parts on the disk, and a part that grows."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint32]
Counts = NDArray[np.uint8]
MOST = 255
"""More often than this a term need not be in a piece."""
_LONGEST = 32


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
class Part:
    """Postings that do not change any more; its arrays may lie in a file."""

    terms: NDArray[np.bytes_]
    starts: NDArray[np.uint64]
    pieces: Numbers
    counts: Counts
    numbers: Numbers
    """The pieces that it knows, also those without a term."""
    lengths: NDArray[np.uint16]

    def find(self, term: bytes) -> Posting | None:
        at = int(np.searchsorted(self.terms, np.bytes_(term)))
        if at == len(self.terms) or self.terms[at] != term:
            return None
        return self._at(at)

    def beginning(self, start: bytes, most: int) -> list[bytes]:
        """Return terms that begin so, the most frequent first."""
        first = int(np.searchsorted(self.terms, np.bytes_(start)))
        last = int(np.searchsorted(self.terms, np.bytes_(start[: _LONGEST - 1] + b"\xff")))
        sizes = np.diff(self.starts[first : last + 1].astype(np.int64))
        best = np.argsort(-sizes, kind="stable")[:most]
        return [bytes(self.terms[first + at]) for at in best]

    def _at(self, at: int) -> Posting:
        start, end = int(self.starts[at]), int(self.starts[at + 1])
        return Posting(self.pieces[start:end], self.counts[start:end])


class Growing:
    """Postings of what came last; one thread adds while others look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, tuple[list[int], list[int]]] = {}
        self._numbers: list[int] = []
        self._lengths: list[int] = []
        self.size = 0

    def add(self, pieces: Iterable[Counted]) -> None:
        with self._lock:
            for number, counts, length in pieces:
                self._numbers.append(number)
                self._lengths.append(min(length, 65_535))
                self.size += len(counts)
                for term, count in counts.items():
                    numbers, often = self._found.setdefault(term, ([], []))
                    numbers.append(number)
                    often.append(min(count, MOST))

    def find(self, term: str) -> Posting | None:
        with self._lock:
            if (found := self._found.get(term)) is None:
                return None
            return Posting(np.array(found[0], np.uint32), np.array(found[1], np.uint8))

    def beginning(self, start: str, most: int) -> list[str]:
        with self._lock:
            found = [term for term in self._found if term.startswith(start)]
            return sorted(found, key=lambda term: -len(self._found[term][0]))[:most]

    def sealed(self) -> Part:
        """Return what there is as a part that does not change."""
        with self._lock:
            keys = {term.encode(): both for term, both in self._found.items()}
            order = sorted(keys)
            sizes = [len(keys[key][0]) for key in order]
            return Part(
                terms=np.array(order, f"S{_LONGEST}") if order else np.empty(0, f"S{_LONGEST}"),
                starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.uint64),
                pieces=_joined((keys[key][0] for key in order), np.uint32),
                counts=_joined((keys[key][1] for key in order), np.uint8),
                numbers=np.array(self._numbers, np.uint32),
                lengths=np.array(self._lengths, np.uint16),
            )


def _joined(lists: Iterable[list[int]], kind: type[np.uint32 | np.uint8]) -> NDArray:  # type: ignore[type-arg]
    return np.fromiter((one for values in lists for one in values), kind)


def merged(parts: Sequence[Part], alive: NDArray[np.bool_]) -> Part:
    """Return several parts as one, without the dead; later parts have greater numbers."""
    terms = np.unique(np.concatenate([part.terms for part in parts]))
    places, pieces, counts = [], [], []
    for part in parts:
        sizes = np.diff(part.starts.astype(np.int64))
        at = np.repeat(np.searchsorted(terms, part.terms).astype(np.uint32), sizes)
        kept = alive[part.pieces]
        places.append(at[kept])
        pieces.append(part.pieces[kept])
        counts.append(part.counts[kept])
    place = np.concatenate(places)
    order = np.argsort(place, kind="stable")
    sizes = np.bincount(place, minlength=len(terms))
    used = sizes > 0
    known = [alive[part.numbers] for part in parts]
    return Part(
        terms=terms[used],
        starts=np.concatenate([[0], np.cumsum(sizes[used])]).astype(np.uint64),
        pieces=np.concatenate(pieces)[order],
        counts=np.concatenate(counts)[order],
        numbers=np.concatenate([p.numbers[k] for p, k in zip(parts, known, strict=True)]),
        lengths=np.concatenate([p.lengths[k] for p, k in zip(parts, known, strict=True)]),
    )
