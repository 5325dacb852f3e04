"""The same tokens and vectors as sentence-transformers gives, for 200 texts of all kinds."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest

from local_models.embedder import files
from local_models.embedder.backend import open_embedder
from local_models.embedder.engines import LEAST_COSINE
from local_models.embedder.wordpiece import WordPiece
from tests.models.minilm import FOLDER, needs_files, reference

pytestmark = [needs_files, pytest.mark.timeout(600)]


@pytest.mark.parametrize("limit", [256, 512])
def test_tokens_are_those_of_the_reference(limit: int) -> None:
    words, expected = WordPiece(files.vocabulary(FOLDER)), reference(limit)
    assert [words.ids(text, limit) for text in expected.texts] == list(expected.ids)


@pytest.mark.parametrize("backend", ["numpy", "onnxruntime", "llama.cpp"])
@pytest.mark.parametrize("limit", [256, 512])
def test_vectors_are_those_of_the_reference(limit: int, backend: str) -> None:
    expected = reference(limit)
    with closing(open_embedder(FOLDER, backend=backend, limit=limit)) as embedder:
        found = embedder.embed(expected.texts)
        assert embedder.name == backend
    cosines = (found * expected.vectors).sum(axis=1)
    assert cosines.min() >= LEAST_COSINE
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_the_reference_is_200_texts_that_differ() -> None:
    expected, longer = reference(256), reference(512)
    assert len(set(expected.texts)) == len(expected.vectors) == 200
    assert max(map(len, expected.ids)) == 256
    assert max(map(len, longer.ids)) == 512


def test_a_longer_limit_makes_another_vector_of_a_long_text() -> None:
    longer = reference(512)
    at_usual = open_embedder(FOLDER, backend="numpy").embed(longer.texts[:1])[0]
    assert at_usual @ longer.vectors[0] < LEAST_COSINE


def test_vectors_of_small_integers_are_near_the_reference() -> None:
    expected = reference(256)
    found = open_embedder(FOLDER, backend="onnxruntime-int8").embed(expected.texts)
    cosines = (found * expected.vectors).sum(axis=1)
    assert cosines.min() > 0.95
    assert np.median(cosines) > 0.98
