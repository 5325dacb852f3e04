"""What words and vectors say of the same pieces, made one order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
_IN_PROSE, _IN_CODE = 0.6, 0.8
"""How much vectors count where the embedder knows the words: names in code are seldom one's own."""
_FAMILIAR, _STRANGE = 1.5, 3.0
"""Word pieces a word up to which it knows them all, and from which on it knows none."""
_FLAT, _PEAKED = 0.1, 0.5
"""How far the tenth is behind the first where words tell little, and where they tell much."""
_TENTH = 9


def dense_weight(pieces_a_word: float, words: Scores, code: float) -> float:
    """Return how much vectors count beside words.

    That is by how well the embedder knows the question, by how much of what the words found is
    code, and by whether they found some pieces far better than the rest.
    """
    known = (_STRANGE - pieces_a_word) / (_STRANGE - _FAMILIAR)
    unclear = max(code, _flatness(words))
    return min(1.0, max(0.0, known)) * (_IN_PROSE + (_IN_CODE - _IN_PROSE) * unclear)


def fused(words: Scores, similar: Scores, weight: float) -> Scores:
    """Return one score a candidate out of both, of which each is a share of its best."""
    return np.float32(1 - weight) * _shares(words) + np.float32(weight) * _shares(similar)


def _shares(scores: Scores) -> Scores:
    best = float(scores.max(initial=0.0))
    if best <= 0:
        return np.zeros_like(scores)
    shares: Scores = (np.maximum(scores, 0) / best).astype(np.float32)
    return shares


def _flatness(words: Scores) -> float:
    """Return 1 where the tenth of the words' pieces is as good as the first, 0 where far behind."""
    if len(words) <= _TENTH or words[0] <= 0:
        return 0.0
    behind = 1 - float(words[_TENTH] / words[0])
    return min(1.0, max(0.0, (_PEAKED - behind) / (_PEAKED - _FLAT)))
