"""Vectors of texts that come as token ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from llama_cpp import llama_cpp as api

from local_models.worker.native import Model
from local_models.worker.problems import WorkerError

_BY_SEQUENCE = api.LLAMA_POOLING_TYPE_NONE


def embed(model: Model, tokens: Sequence[int]) -> bytes:
    """Return the vector of one text, of length one."""
    if not 0 < len(tokens) <= model.room:
        raise WorkerError(
            "too-long",
            f"A text of {len(tokens):,} tokens cannot be embedded: from 1 to {model.room:,} can.",
            "Cut it into passages first.",
        )
    model.clear()
    if not model.decode(tokens):
        raise WorkerError("ended", "The embedding was cut short.", "Ask again.")
    vector = _vector(model, len(tokens))
    size = float(np.linalg.norm(vector))
    return (vector / size if size else vector).astype("<f4").tobytes()


def _vector(model: Model, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Take what the model pools; where it pools nothing, the mean of all tokens."""
    width = model.loaded.dimensions
    if api.llama_pooling_type(model.context) != _BY_SEQUENCE:
        each = [api.llama_get_embeddings_seq(model.context, 0)]
    else:
        each = [api.llama_get_embeddings_ith(model.context, at) for at in range(count)]
    rows = np.array([np.ctypeslib.as_array(one, shape=(width,)) for one in each], np.float32)
    return np.asarray(rows.mean(axis=0), np.float32)
