"""All vectors there were at a moment, made small and in groups: what is near lies in few."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import IO, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.finding.mapping import mapped
from workbench.knowledge.finding.signs import (
    Mask,
    Near,
    Numbers,
    Scale,
    Signs,
    Small,
    Vectors,
    chosen,
)

GetVectors = Callable[[Numbers], Vectors]
S = TypeVar("S", bound=np.generic)
WORTH_GROUPS = 150_000
"""Of fewer vectors all bits are counted in a millisecond or so."""
_PER_GROUP, _SAMPLED, _ROUNDS = 1_000, 48, 8
_COMPARED = 30_000
_COMPARED_SHARE = 0.03
"""Of so many vectors the bits are counted for a question, or of so large a share of them."""
_AT_ONCE = 8_192
_SEED = 5
_NAME = "layout.npz"


@dataclass(frozen=True)
class Groups:
    """The middles of groups, and where each begins; the end of the last stands at the end."""

    centres: Vectors
    starts: NDArray[np.int64]

    def nearest(self, vector: Vectors, wanted: float) -> list[slice]:
        """Return where the nearest groups are, so many that they hold what is wanted."""
        order = np.argsort(-(self.centres @ vector), kind="stable")
        held = np.cumsum(np.diff(self.starts)[order])
        nearest = order[: int(np.searchsorted(held, wanted)) + 1]
        bounds = zip(self.starts[nearest].tolist(), self.starts[nearest + 1].tolist(), strict=True)
        return [slice(*both) for both in bounds]


_Sorted = tuple[Groups, Numbers, Signs]


@dataclass(frozen=True)
class Layout:
    """Pieces with their vectors made small, group after group."""

    scale: Scale
    groups: Groups
    small: Small

    def near(self, vector: Vectors, allowed: Mask, share: float, most: int) -> Near:
        """Return the allowed pieces among which the nearest are, and about how similar they are.

        The smaller the share that is allowed, the more groups are looked into.
        """
        every, asked = self.small, self.scale.signs(vector[None])
        wanted = max(_COMPARED, _COMPARED_SHARE * len(every.numbers)) / max(share, 1e-6)
        if len(self.groups.centres) == 1 or wanted >= len(every.numbers):
            at = chosen(every.numbers, every.signs, asked, allowed, most)
        else:
            slices = self.groups.nearest(vector, wanted)
            places = np.concatenate([np.arange(one.start, one.stop) for one in slices])
            signs = np.concatenate([every.signs[:, one] for one in slices], axis=1)
            at = places[chosen(every.numbers[places], signs, asked, allowed, most)]
        return every.near(vector, self.scale, at)


def read(folder: Path, width: int) -> Layout | None:
    """Return what was written; nothing where it is damaged or of vectors of another width."""
    try:
        with (folder / _NAME).open("rb") as file, np.load(file, allow_pickle=False) as found:
            scale = Scale(found["middle"], float(found["step"]))
            groups = Groups(found["centres"], found["starts"])
            shape = len(found["numbers"]), len(scale.middle)
            codes = mapped(folder / str(found["codes"]), np.int8).reshape(shape)
            small = Small(found["numbers"], found["signs"], codes)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return Layout(scale, groups, small) if len(scale.middle) == width else None


def remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def lay(
    folder: Path, numbers: Numbers, get: GetVectors, check: Callable[[], None]
) -> Layout | None:
    """Lay out what has a vector of these pieces and write it; nothing where none has.

    It takes a while, so now and then it asks by `check` whether it shall go on.
    """
    random = np.random.default_rng(_SEED)
    count = max(1, len(numbers) // _PER_GROUP) if len(numbers) >= WORTH_GROUPS else 1
    some = random.choice(numbers, min(len(numbers), max(count, _PER_GROUP) * _SAMPLED), False)
    sample = get(np.sort(some))
    sample = sample[sample.any(axis=1)]
    if not len(sample):
        return None
    scale, centres = Scale.of(sample), _centres(sample, count, random, check)
    laid = _sorted(numbers, get, check, scale, centres)
    name = f"{token_hex(8)}.codes"
    with (folder / name).open("wb") as file:
        for part in _chunks(laid[1]):
            check()
            file.write(scale.codes(get(part)).data)
        _make_durable(file)
    _write(folder, name, scale, laid)
    return read(folder, len(scale.middle))


def _sorted(
    numbers: Numbers, get: GetVectors, check: Callable[[], None], scale: Scale, centres: Vectors
) -> _Sorted:
    """Return what has a vector, group after group."""
    groups, known, signs = [], [], []
    for part in _chunks(numbers):
        check()
        vectors = get(part)
        has = vectors.any(axis=1)
        groups.append(_group_of(vectors[has], centres))
        known.append(part[has])
        signs.append(scale.signs(vectors[has]))
    group = np.concatenate(groups)
    order = np.argsort(group, kind="stable")
    sizes = np.bincount(group, minlength=len(centres))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    every = np.concatenate(signs, axis=1).take(order, axis=1)
    return Groups(centres, starts), np.concatenate(known)[order], np.ascontiguousarray(every)


def _write(folder: Path, codes: str, scale: Scale, laid: _Sorted) -> None:
    """Write what names the codes last, and remove the codes of the layout before."""
    groups, numbers, signs = laid
    making = folder / f".{_NAME}"
    with making.open("wb") as file:
        np.savez(
            file,
            middle=scale.middle,
            step=np.float64(scale.step),
            centres=groups.centres,
            starts=groups.starts,
            numbers=numbers,
            signs=signs,
            codes=np.array(codes),
        )
        _make_durable(file)
    making.replace(folder / _NAME)
    for path in folder.glob("*.codes"):
        if path.name != codes:
            path.unlink()


def _make_durable(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


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
