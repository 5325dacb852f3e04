"""MiniLM's weights, taken out of a file and found to be of the shapes that they must have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, takewhile

import numpy as np
from numpy.typing import NDArray

from local_models.embedder.safetensors import Array
from workbench.errors import ModelError

Vector = NDArray[np.float32]

HEAD = 32
"""The width of an attention head in every MiniLM."""
EPSILON = np.float32(1e-12)
_HINT = "They are not those of all-MiniLM-L6-v2: run `workbench models install-default`."


@dataclass(frozen=True)
class Dense:
    """What multiplies the features of each token, and what is added then."""

    weight: Vector
    bias: Vector

    def __call__(self, given: Vector, out: Vector) -> Vector:
        np.matmul(self.weight, given, out=out)
        out += self.bias
        return out


@dataclass(frozen=True)
class Norm:
    """Brings the features of each token to mean and variance of its own, in place."""

    scale: Vector
    shift: Vector

    def __call__(self, given: Vector, scratch: Vector) -> None:
        given -= given.mean(axis=0)
        variance = np.multiply(given, given, out=scratch).mean(axis=0)
        given /= np.sqrt(variance + EPSILON)
        given *= self.scale
        given += self.shift


@dataclass(frozen=True)
class Layer:
    """One of the six."""

    projections: Dense
    """Queries, keys and values in one product; the queries are scaled already."""
    attended: Dense
    after_attention: Norm
    up: Dense
    down: Dense
    after_feeding: Norm


@dataclass(frozen=True)
class Weights:
    """All that the forward pass needs."""

    words: Vector
    positions: Vector
    kind: Vector
    """What is added to each token since it belongs to a first sentence."""
    norm: Norm
    layers: tuple[Layer, ...]

    @property
    def width(self) -> int:
        """How many features a token has, and so the vector."""
        return int(self.words.shape[1])

    @property
    def inner(self) -> int:
        """The most features that a token has between two products."""
        return max(len(layer.up.weight) for layer in self.layers)


def find(arrays: Mapping[str, Array]) -> Weights:
    """Return the weights among the arrays of a file."""
    found = _Finder(arrays)
    words = found.matrix("embeddings.word_embeddings.weight", None, None)
    width = words.shape[1]
    return Weights(
        words,
        found.matrix("embeddings.position_embeddings.weight", None, width),
        found.matrix("embeddings.token_type_embeddings.weight", 2, width)[0],
        found.norm("embeddings.LayerNorm", width),
        found.layers(width),
    )


class _Finder:
    """The arrays by their names; each is refused unless it is as MiniLM has it."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays

    def matrix(self, name: str, rows: int | None, columns: int | None) -> Vector:
        found = self._array(name)
        wanted = (rows, columns)
        if found.ndim != len(wanted) or not all(map(_fits, found.shape, wanted)):
            raise ModelError(f"The weights {name} have another shape than MiniLM's.", _HINT)
        return found

    def norm(self, name: str, width: int) -> Norm:
        return Norm(self._column(f"{name}.weight", width), self._column(f"{name}.bias", width))

    def layers(self, width: int) -> tuple[Layer, ...]:
        names = map("encoder.layer.{}".format, count())
        found = [self._layer(name, width) for name in takewhile(self._is_layer, names)]
        if not found or width % HEAD:
            raise ModelError("These weights have no layers of MiniLM.", _HINT)
        return tuple(found)

    def _is_layer(self, name: str) -> bool:
        return f"{name}.output.dense.weight" in self._arrays

    def _layer(self, name: str, width: int) -> Layer:
        up = self._dense(f"{name}.intermediate.dense", None, width)
        return Layer(
            self._projections(f"{name}.attention.self", width),
            self._dense(f"{name}.attention.output.dense", width, width),
            self.norm(f"{name}.attention.output.LayerNorm", width),
            up,
            self._dense(f"{name}.output.dense", width, len(up.weight)),
            self.norm(f"{name}.output.LayerNorm", width),
        )

    def _projections(self, name: str, width: int) -> Dense:
        sides = [self._dense(f"{name}.{side}", width, width) for side in ("query", "key", "value")]
        weight = np.concatenate([side.weight for side in sides])
        bias = np.concatenate([side.bias for side in sides])
        scale = np.float32(1 / math.sqrt(HEAD))
        weight[:width] *= scale
        bias[:width] *= scale
        return Dense(weight, bias)

    def _dense(self, name: str, rows: int | None, columns: int) -> Dense:
        weight = self.matrix(f"{name}.weight", rows, columns)
        return Dense(weight, self._column(f"{name}.bias", len(weight)))

    def _column(self, name: str, size: int) -> Vector:
        found = self._array(name)
        if found.shape != (size,):
            raise ModelError(f"The weights {name} have another shape than MiniLM's.", _HINT)
        return found[:, np.newaxis]

    def _array(self, name: str) -> Vector:
        if name not in self._arrays:
            raise ModelError(f"The weights {name} are missing.", _HINT)
        if self._arrays[name].dtype != np.float32:
            raise ModelError(f"The weights {name} are not of 32 bits.", _HINT)
        return np.require(self._arrays[name], requirements="A")


def _fits(found: int, wanted: int | None) -> bool:
    return wanted is None or found == wanted
