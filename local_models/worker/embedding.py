"""Vectors of texts that come as token ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from llama_cpp import llama_cpp as api

from local_models.worker.grouping import Text, grouped
from local_models.worker.native import Model
from local_models.worker.problems import WorkerError

_BY_SEQUENCE = api.LLAMA_POOLING_TYPE_NONE


def embed(model: Model, texts: Sequence[Text]) -> tuple[bytes, ...]:
    """Return the vectors of texts, each of length one."""
    for text in texts:
        _refuse_without_room(model, text)
    groups = grouped(texts, model.together if _pools(model) else 0)
    return tuple(vector for group in groups for vector in _embedded(model, group))


def _refuse_without_room(model: Model, text: Text) -> None:
    if not 0 < len(text) <= model.room:
        raise WorkerError(
            "too-long",
            f"A text of {len(text):,} tokens cannot be embedded: from 1 to {model.room:,} can.",
            "Cut it into passages first.",
        )


def _embedded(model: Model, group: Sequence[Text]) -> Iterator[bytes]:
    model.clear()
    if not model.decode_texts(group):
        raise WorkerError("ended", "The embedding was cut short.", "Ask again.")
    for number, text in enumerate(group):
        vector = _vector(model, number, len(text))
        size = float(np.linalg.norm(vector))
        yield (vector / size if size else vector).astype("<f4").tobytes()


def _pools(model: Model) -> bool:
    return bool(api.llama_pooling_type(model.context) != _BY_SEQUENCE)


def _vector(
    model: Model, number: int, count: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Take what the model pools; where it pools nothing, the mean of all tokens."""
    width = model.loaded.dimensions
    if _pools(model):
        each = [api.llama_get_embeddings_seq(model.context, number)]
    else:
        each = [api.llama_get_embeddings_ith(model.context, at) for at in range(count)]
    rows = np.array([np.ctypeslib.as_array(one, shape=(width,)) for one in each], np.float32)
    return np.asarray(rows.mean(axis=0), np.float32)
