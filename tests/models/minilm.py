"""The embedder's files as `make` has put them, and what the reference makes of the texts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from local_models.embedder.files import default_folder, why_unusable
from local_models.embedder.weights import Vector
from tests.models.embeddings import TEXTS

FOLDER = default_folder()
"""Asked for when this is imported: each test has a home of its own."""
_MISSING = why_unusable(FOLDER)
needs_files = pytest.mark.skipif(
    bool(_MISSING) and "CI" not in os.environ,
    reason=f"{_MISSING}; `make setup` fetches it",
)


@dataclass(frozen=True)
class Reference:
    """Texts with the numbers of their pieces and their vectors."""

    limit: int
    texts: tuple[str, ...]
    ids: tuple[list[int], ...]
    vectors: Vector


@cache
def reference(limit: int) -> Reference:
    """Read what `bench/embedding_reference.py` wrote for a limit of 256 or 512 tokens."""
    kind = {256: "usual", 512: "longer"}[limit]
    with np.load(Path(__file__).with_name("embeddings.npz"), allow_pickle=False) as kept:
        texts = TEXTS if limit == 256 else tuple(TEXTS[number] for number in kept["long"])
        ends = np.cumsum(kept[f"{kind}_lengths"], dtype=np.int64)[:-1]
        ids = tuple(part.tolist() for part in np.split(kept[f"{kind}_ids"], ends))
        vectors = kept[f"{kind}_vectors"] * kept[f"{kind}_scales"][:, np.newaxis]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return Reference(limit, texts, ids, (vectors / lengths).astype(np.float32))
