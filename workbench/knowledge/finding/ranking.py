"""What words and vectors say of the same pieces, made one order.

A score is how similar a piece is, plus what its words are worth beside that. Neither is measured by
the best that was found: where no piece has what was asked for, the words of the best tell little.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
_IN_PROSE, _IN_CODE = 0.012, 0.003
"""What a point of BM25 is worth in likeness: names in code are seldom one's own words."""
_FAMILIAR, _STRANGE = 1.5, 3.0
"""Word pieces a word up to which the embedder knows them all, and from which on it knows none."""
_SET_BACK, _ALIKE = 0.18, 20
"""How far code goes back that is like much else, and how many others tell whether it is."""


class Weights(NamedTuple):
    """How much speaks for a piece that is alike, and that has the words; and what it may lose."""

    likeness: float
    words: float
    set_back: float


WORDS_ALONE = Weights(0.0, _IN_PROSE, 0.0)


def weights(pieces_a_word: float, code: float) -> Weights:
    """Weigh by how well the embedder knows the question, and by how much of what is found is code.

    The embedder knows it where its words are few word pieces each.
    """
    known = min(1.0, max(0.0, (_STRANGE - pieces_a_word) / (_STRANGE - _FAMILIAR)))
    return Weights(known, _IN_PROSE + (_IN_CODE - _IN_PROSE) * code, _SET_BACK * known * code)


def fused(words: Scores, similar: Scores, weights: Weights) -> Scores:
    """Return one score a candidate out of both."""
    return np.float32(weights.words) * words + np.float32(weights.likeness) * similar


def crowding(vectors: Scores) -> Scores:
    """Return how much each of some vectors is like the others that are most like it.

    A piece that is like many is near to every question, since it is of no kind of its own.
    """
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, -1)
    most = min(_ALIKE, len(alike) - 1)
    if most < 1:
        return np.zeros(len(alike), np.float32)
    nearest: Scores = np.partition(alike, -most, axis=1)[:, -most:].mean(axis=1)
    return np.maximum(nearest, 0)
