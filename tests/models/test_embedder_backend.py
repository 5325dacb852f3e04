"""The embedder as others see it: batches, cancelling, who made a vector, what is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_models.embedder.backend import Embedder, open_embedder
from local_models.embedder.engines import refuse_different
from local_models.embedder.minilm import gelu
from local_models.embedder.weights import Vector
from tests.models.minilm import FOLDER, needs_files
from workbench.errors import Interrupted, ModelError

_TEXTS = ("def f(): pass", "", "Почему падает тест?", "[SEP] 中文 🙂", "a b c d e f g " * 12)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder(FOLDER, backend="numpy")


@needs_files
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=15)
@given(order=st.lists(st.integers(0, len(_TEXTS) - 1), max_size=6))
def test_a_vector_depends_on_its_text_alone(embedder: Embedder, order: list[int]) -> None:
    alone = [embedder.embed([text])[0] for text in _TEXTS]
    together = embedder.embed([_TEXTS[number] for number in order])
    assert together.shape == (len(order), 384)
    assert all(np.array_equal(row, alone[at]) for row, at in zip(together, order, strict=True))


@needs_files
def test_threads_do_not_disturb_each_other(embedder: Embedder) -> None:
    alone = embedder.embed(_TEXTS)
    found: list[bool] = []

    def embed() -> None:
        found.append(all(np.array_equal(embedder.embed(_TEXTS), alone) for _ in range(3)))

    threads = [Thread(target=embed) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 3


@needs_files
def test_a_batch_is_cancelled_between_two_texts(embedder: Embedder) -> None:
    asked = iter([False, False, True])
    with pytest.raises(Interrupted, match="after 2 of 5"):
        embedder.embed(_TEXTS, cancelled=lambda: next(asked))
    assert len(embedder.embed(_TEXTS[:2])) == 2


@needs_files
def test_texts_without_end_are_embedded_as_they_come(embedder: Embedder) -> None:
    vectors = embedder.each(iter(lambda: _TEXTS[0], None))
    assert np.array_equal(next(vectors), next(vectors))


@needs_files
def test_onnxruntime_takes_over_with_the_first_large_batch() -> None:
    best = open_embedder(FOLDER)
    before = best.embed(_TEXTS)
    assert best.name == "numpy"
    after = best.embed(_TEXTS * 4)[: len(_TEXTS)]
    assert best.name == "onnxruntime"
    assert (before * after).sum(axis=1).min() > 0.99999
    assert best.identity == open_embedder(FOLDER, backend="numpy").identity


_BATCH = """
import sys
from pathlib import Path
from local_models.embedder.backend import open_embedder
embedder = open_embedder(Path(sys.argv[1]))
embedder.embed(["hello"] * 16)
print(embedder.name, embedder.why)
"""


@needs_files
def test_an_onnxruntime_that_cannot_be_loaded_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('no such library')")
    broken = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", _BATCH, str(FOLDER)]
    found = subprocess.run(command, check=True, capture_output=True, env=broken, text=True)
    assert found.stdout.startswith("numpy onnxruntime cannot be loaded: no such library. ")


class _Bent:
    def __init__(self, by: float) -> None:
        self._by = by

    def each(self, texts: Iterable[Sequence[int]]) -> Iterator[Vector]:
        for ids in texts:
            made = np.array([1, self._by * len(ids)], np.float32)
            yield made / np.linalg.norm(made)

    def cpu_seconds(self) -> float:
        return 0

    def close(self) -> None:
        pass


@pytest.mark.parametrize("by", [0.02, float("nan")])
def test_an_engine_with_other_vectors_is_refused(by: float) -> None:
    refuse_different(_Bent(0), _Bent(0.001), [[1], [1, 2]], "onnxruntime")
    with pytest.raises(ModelError, match="other vectors"):
        refuse_different(_Bent(0), _Bent(by), [[1], [1, 2]], "onnxruntime")


@needs_files
def test_vectors_of_another_maker_are_refused(embedder: Embedder) -> None:
    embedder.identity.refuse_other(open_embedder(FOLDER, backend="numpy").identity)
    longer = open_embedder(FOLDER, backend="numpy", limit=512).identity
    with pytest.raises(ModelError, match="tokenizer wordpiece-1/512 instead of wordpiece-1/256"):
        embedder.identity.refuse_other(longer)
    with pytest.raises(ModelError, match="quantisation int8 instead of float32"):
        embedder.identity.refuse_other(open_embedder(FOLDER, backend="onnxruntime-int8").identity)


def test_without_files_it_says_what_is_left(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be used") as told:
        open_embedder(tmp_path)
    assert "search is by words alone" in told.value.hint


@pytest.mark.parametrize("limit", [2, 513])
def test_an_impossible_limit_is_refused(tmp_path: Path, limit: int) -> None:
    with pytest.raises(ModelError, match=f"cannot have {limit} tokens"):
        open_embedder(tmp_path, limit=limit)


def test_an_unknown_backend_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="called turbo"):
        open_embedder(tmp_path, backend="turbo")


def test_importing_it_imports_nothing_heavy() -> None:
    heavy = ("numpy", "onnxruntime", "llama_cpp", "httpx")
    code = (
        "import sys, local_models.embedder.backend, local_models.embedder.installing;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert found.stdout == b"[]\n"


_THREADS_OF_NUMPY = """
import ctypes, os, sys
from pathlib import Path
from local_models.embedder.backend import open_embedder
if sys.argv[2] == "loaded":
    import numpy
open_embedder(Path(sys.argv[1]))
import numpy
library, = (Path(numpy.__file__).parent.parent / "numpy.libs").glob("libscipy_openblas64_*.so")
threads = ctypes.CDLL(str(library)).scipy_openblas_get_num_threads64_()
print(threads, os.environ["OPENBLAS_NUM_THREADS"])
"""


@needs_files
@pytest.mark.parametrize("before", ["loaded", "not loaded"])
def test_numpy_multiplies_in_one_thread_whoever_loads_it(before: str) -> None:
    command = [sys.executable, "-c", _THREADS_OF_NUMPY, str(FOLDER), before]
    two = os.environ | {"OPENBLAS_NUM_THREADS": "2"}
    found = subprocess.run(command, check=True, capture_output=True, env=two)
    assert found.stdout == b"1 2\n"


def test_gelu_is_that_of_the_error_function() -> None:
    import math

    values = np.linspace(-40, 40, 16001, dtype=np.float32)
    found = values.copy()
    gelu(found, np.empty((2, values.size), np.float32))
    exact = [value * (1 + math.erf(value / math.sqrt(2))) / 2 for value in values.tolist()]
    assert np.abs(found - exact).max() < 4e-6
    assert (np.abs(found - exact) <= 3e-7 * np.maximum(1, np.abs(values))).all()
