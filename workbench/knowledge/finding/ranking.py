"""What words and vectors say of the same pieces, made one order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
_DENSE = 0.8
_STRANGE = 2.5
"""Word pieces a word from which on the embedder does not know the language."""


def dense_weight(pieces_a_word: float) -> float:
    """Return how much vectors count beside words, by how well the embedder knows a question."""
    return _DENSE if pieces_a_word <= _STRANGE else 0.0


def fused(words: Scores, similar: Scores | None, weight: float) -> Scores:
    """Return one score a candidate out of both, each between none and best."""
    by_words = _between(words, 0.0)
    if similar is None or not weight:
        return by_words
    low = float(similar.min()) if len(similar) else 0.0
    return (1 - weight) * by_words + weight * _between(similar, low)


def _between(scores: Scores, low: float) -> Scores:
    high = float(scores.max(initial=low))
    return np.zeros_like(scores) if high <= low else (scores - low) / np.float32(high - low)
