"""MiniLM's forward pass in numpy: one text at a time, its features in rows, its tokens in columns.

So the weights are used as they lie in the file, which all processes share, and sums for softmax
and normalisation run along memory.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

import numpy as np

from local_models.embedder.weights import EPSILON, HEAD, Layer, Vector, Weights

_SAFE_EXPONENT = 60.0
_BLOCK = 1 << 16
"""How many values go through several steps before the next do, since so many stay near."""
_GELU = tuple(
    map(
        np.float32,
        (
            -3.6118048966351974e-09,
            2.6692322161567203e-07,
            -7.938805514478391e-06,
            1.104854795948446e-04,
            6.623871637399796e-05,
            -0.07266852975551304,
            -1.595768452331535,
        ),
    )
)
"""p of x * x, so that x / (1 + exp(x * p)) is x / 2 * (1 + erf(x / sqrt(2))) within 7e-8."""


class MiniLM:
    """The weights and the room that one text needs; one thread at a time comes in."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._room = _Room(weights)
        self._lock = Lock()

    @property
    def longest(self) -> int:
        """The most tokens that it has positions for."""
        return len(self._weights.positions)

    def each(self, texts: Iterable[Sequence[int]]) -> Iterator[Vector]:
        """Yield the vector of each text as it is asked for."""
        return map(self.embed, texts)

    def cpu_seconds(self) -> float:
        """Return what this thread has computed so far."""
        return time.thread_time()

    def close(self) -> None:
        """Hold nothing that would have to be let go of."""

    def embed(self, ids: Sequence[int]) -> Vector:
        """Return the mean of what the last layer makes of the tokens, its length one."""
        with self._lock:
            states = self._embedded(ids)
            for layer in self._weights.layers:
                self._attend(layer, states)
                self._feed(layer, states)
            mean: Vector = states.mean(axis=1)
        mean /= max(np.linalg.norm(mean), EPSILON)
        return mean

    def _embedded(self, ids: Sequence[int]) -> Vector:
        states, scratch = self._room.states(len(ids)), self._room.changes(len(ids))
        rows = self._weights.words[np.asarray(ids)]
        rows += self._weights.positions[: len(ids)]
        rows += self._weights.kind
        states[:] = rows.T
        self._weights.norm(states, scratch)
        return states

    def _attend(self, layer: Layer, states: Vector) -> None:
        length = states.shape[1]
        projected = layer.projections(states, self._room.projections(length))
        queries, keys, values = projected.reshape(3, -1, HEAD, length)
        context = self._room.context(length)
        step = max(1, _BLOCK // length**2)
        for begin in range(0, len(queries), step):
            heads = slice(begin, begin + step)
            self._mix(queries[heads], keys[heads], values[heads], context[heads])
        changes = layer.attended(context.reshape(-1, length), self._room.changes(length))
        states += changes
        layer.after_attention(states, changes)

    def _mix(self, queries: Vector, keys: Vector, values: Vector, context: Vector) -> None:
        """Give each token the values of all in proportion to how their keys fit its query."""
        scores = self._room.scores(len(queries), queries.shape[2])
        np.matmul(keys.transpose(0, 2, 1), queries, out=scores)
        if not _is_small(queries, keys):
            scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        np.matmul(values, scores, out=context)
        context /= scores.sum(axis=1)[:, np.newaxis]

    def _feed(self, layer: Layer, states: Vector) -> None:
        length = states.shape[1]
        inner = np.matmul(layer.up.weight, states, out=self._room.inner(length))
        step = max(1, _BLOCK // length)
        for begin in range(0, len(inner), step):
            block = inner[begin : begin + step]
            block += layer.up.bias[begin : begin + step]
            gelu(block, self._room.scratch(block.shape))
        changes = layer.down(inner, self._room.changes(length))
        states += changes
        layer.after_feeding(states, changes)


def gelu(values: Vector, scratch: Vector) -> None:
    """Multiply each value, in place, with how likely a normal variable is to be below it."""
    squares, exponent = scratch
    np.multiply(values, values, out=squares)
    np.multiply(squares, _GELU[0], out=exponent)
    for coefficient in _GELU[1:-1]:
        exponent += coefficient
        exponent *= squares
    exponent += _GELU[-1]
    exponent *= values
    with np.errstate(over="ignore"):  # Far below zero nothing is left, as it should be.
        np.exp(exponent, out=exponent)
    exponent += np.float32(1)
    values /= exponent


def _is_small(queries: Vector, keys: Vector) -> bool:
    """Tell whether no product can be so far from zero that its exponential leaves float32."""
    lengths = (math.sqrt(np.square(side).sum(axis=1).max()) for side in (queries, keys))
    return math.prod(lengths) < _SAFE_EXPONENT


class _Room:
    """Buffers for the longest text, of which a shorter one takes the beginning."""

    def __init__(self, weights: Weights) -> None:
        self._width, self._inner = weights.width, weights.inner
        self._heads = weights.width // HEAD
        longest = len(weights.positions)
        self._states, self._changes, self._context = (
            _buffer(self._width * longest) for _ in range(3)
        )
        self._projections = _buffer(3 * self._width * longest)
        self._feeding = _buffer(self._inner * longest)
        self._scratch = _buffer(2 * max(_BLOCK, longest))
        self._scores = _buffer(max(_BLOCK, longest**2))

    def states(self, length: int) -> Vector:
        return _part(self._states, self._width, length)

    def changes(self, length: int) -> Vector:
        return _part(self._changes, self._width, length)

    def context(self, length: int) -> Vector:
        return _part(self._context, self._heads, HEAD, length)

    def projections(self, length: int) -> Vector:
        return _part(self._projections, 3 * self._width, length)

    def inner(self, length: int) -> Vector:
        return _part(self._feeding, self._inner, length)

    def scratch(self, shape: tuple[int, ...]) -> Vector:
        return _part(self._scratch, 2, *shape)

    def scores(self, heads: int, length: int) -> Vector:
        return _part(self._scores, heads, length, length)


def _buffer(size: int) -> Vector:
    return np.empty(size, np.float32)


def _part(buffer: Vector, *shape: int) -> Vector:
    return buffer[: math.prod(shape)].reshape(shape)
