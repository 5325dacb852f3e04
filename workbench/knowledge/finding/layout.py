"""All vectors there were at a moment, as bits in groups: what is near lies in few of the groups."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.finding.signs import Signs, differing, fewest, signs_of

Vectors = NDArray[np.float32]
Numbers = NDArray[np.uint32]
Mask = NDArray[np.bool_]
S = TypeVar("S", bound=np.generic)
GetVectors = Callable[[Numbers], Vectors]
WORTH_GROUPS = 150_000
"""Of fewer vectors all bits are counted in a millisecond or less."""
_PER_GROUP, _SAMPLED, _ROUNDS = 1_000, 48, 8
_COMPARED = 30_000
_COMPARED_SHARE = 0.03
"""Of so many vectors the bits are counted for a question, or of so large a share of them."""
_AT_ONCE = 8_192
_SEED = 5


@dataclass(frozen=True)
class Layout:
    """Numbers of pieces with their signs, group after group."""

    middle: Vectors
    centres: Vectors
    starts: NDArray[np.int64]
    """Where each group begins; the end of the last one stands at the end."""
    numbers: Numbers
    signs: Signs

    def near(self, vector: Vectors, allowed: Mask, share: float, most: int) -> Numbers:
        """Return about so many of the allowed pieces among which the nearest are.

        The smaller the share that is allowed, the more groups are looked into.
        """
        wanted = max(_COMPARED, _COMPARED_SHARE * len(self.numbers)) / max(share, 1e-6)
        numbers, signs = self._groups(vector, wanted)
        return chosen(numbers, signs, signs_of(vector[None], self.middle), allowed, most)

    def _groups(self, vector: Vectors, wanted: float) -> tuple[Numbers, Signs]:
        """Return the groups that are nearest, so many that they hold what is wanted."""
        if wanted >= len(self.numbers) or len(self.centres) == 1:
            return self.numbers, self.signs
        order = np.argsort(-(self.centres @ vector), kind="stable")
        held = np.cumsum(np.diff(self.starts)[order])
        nearest = order[: int(np.searchsorted(held, wanted)) + 1]
        bounds = zip(self.starts[nearest].tolist(), self.starts[nearest + 1].tolist(), strict=True)
        slices = [slice(*both) for both in bounds]
        return (
            np.concatenate([self.numbers[one] for one in slices]),
            np.concatenate([self.signs[:, one] for one in slices], axis=1),
        )

    def write(self, path: Path) -> None:
        making = path.with_name(f".{path.name}")
        with making.open("wb") as file:
            np.savez(file, **{one.name: getattr(self, one.name) for one in fields(self)})
            file.flush()
            os.fsync(file.fileno())
        making.replace(path)


def chosen(numbers: Numbers, signs: Signs, asked: Signs, allowed: Mask, most: int) -> Numbers:
    """Return the allowed pieces whose signs differ least."""
    counts = differing(signs, asked)
    known = numbers < len(allowed)  # Others came meanwhile.
    known[known] = allowed[numbers[known]]
    if not known.all():
        numbers, counts = numbers[known], counts[known]
    found: Numbers = numbers[fewest(counts, most)]
    return found


def read(path: Path, width: int) -> Layout | None:
    """Return what was written; nothing where it is damaged or of vectors of another width."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            layout = Layout(**{one.name: found[one.name] for one in fields(Layout)})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return layout if len(layout.middle) == width else None


def lay(numbers: Numbers, get: GetVectors, check: Callable[[], None]) -> Layout | None:
    """Lay out what has a vector of these pieces, or nothing where none has.

    It takes a while, so now and then it asks by `check` whether it shall go on.
    """
    random = np.random.default_rng(_SEED)
    count = max(1, len(numbers) // _PER_GROUP) if len(numbers) >= WORTH_GROUPS else 1
    some = random.choice(numbers, min(len(numbers), max(count, _PER_GROUP) * _SAMPLED), False)
    sample = _known(get(np.sort(some)))
    if not len(sample):
        return None
    middle, centres = sample.mean(axis=0), _centres(sample, count, random, check)
    parts = []
    for some in _chunks(numbers):
        check()
        parts.append(_part(some, get(some), centres, middle))
    group = np.concatenate([one for one, _, _ in parts])
    order = np.argsort(group, kind="stable")
    sizes = np.bincount(group, minlength=len(centres))
    return Layout(
        middle,
        centres,
        np.concatenate([[0], np.cumsum(sizes)]),
        np.concatenate([one for _, one, _ in parts])[order],
        np.concatenate([one for _, _, one in parts], axis=1)[:, order],
    )


def _part(
    numbers: Numbers, vectors: Vectors, centres: Vectors, middle: Vectors
) -> tuple[NDArray[np.int32], Numbers, Signs]:
    """Return the groups, numbers and signs of what has a vector."""
    has = vectors.any(axis=1)
    known = vectors[has]
    group = _group_of(known, centres)
    return group, numbers[has], signs_of(known, middle)


def _centres(
    sample: Vectors, count: int, random: np.random.Generator, check: Callable[[], None]
) -> Vectors:
    """Return the middles of as many groups as there shall be (k-means by direction)."""
    count = min(count, len(sample))
    centres = random.choice(sample, count, replace=False)
    for _ in range(_ROUNDS if count > 1 else 0):
        check()
        group = np.concatenate([_group_of(some, centres) for some in _chunks(sample)])
        sizes = np.bincount(group, minlength=count)
        sums = random.choice(sample, count)
        firsts = (np.cumsum(sizes) - sizes)[sizes > 0]
        sums[sizes > 0] = np.add.reduceat(sample[np.argsort(group, kind="stable")], firsts)
        centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return centres


def _group_of(vectors: Vectors, centres: Vectors) -> NDArray[np.int32]:
    if len(centres) == 1:
        return np.zeros(len(vectors), np.int32)
    group: NDArray[np.int32] = np.argmax(vectors @ centres.T, axis=1).astype(np.int32)
    return group


def _chunks(values: NDArray[S]) -> Iterator[NDArray[S]]:
    return (values[at : at + _AT_ONCE] for at in range(0, len(values), _AT_ONCE))


def _known(vectors: Vectors) -> Vectors:
    known: Vectors = vectors[vectors.any(axis=1)]
    return known
