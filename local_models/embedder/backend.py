"""The embedder as others see it: texts in, vectors out, and who made them.

numpy is always there and has its first vector at once. From the first batch that is worth it on,
onnxruntime takes over if it is installed and gives the same vectors. Products of small integers are
sooner still but give other vectors, so they are used only where they are asked for.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from local_models.embedder import files
from local_models.embedder.wordpiece import VERSION, WordPiece
from workbench.errors import Interrupted, ModelError
from workbench.visible import visible_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from local_models.embedder.weights import Vector, Weights

DIMENSIONS = 384
USUAL_LIMIT, LONGEST = 256, 512
"""How many tokens of a text count: as many as the model was trained with, and at most."""
LEAST_COSINE, LEAST_OF_INT8 = 0.9999, 0.95
BEST, NUMPY, ONNXRUNTIME, INT8 = "best", "numpy", "onnxruntime", "onnxruntime-int8"
BACKENDS = (BEST, NUMPY, ONNXRUNTIME, INT8)
_THREADS = "OPENBLAS_NUM_THREADS"
_WORTH_IT = 16
_ALL = ", ".join(BACKENDS)
_WHY_INT8 = "It was asked for; its vectors are kept apart from all others."
_PROBES = (
    "",
    "def add(a, b): return a + b",
    "Нейронная сеть 神经网络 nöel \U0001f642",
    "The quick brown fox jumps over the lazy dog, again and again. " * 20,
)


@dataclass(frozen=True)
class Identity:
    """Who made a vector; vectors of different makers must not meet in one index."""

    model: str
    weights: str
    """SHA-256 of the file."""
    tokenizer: str
    """Version of the tokenizer, and the tokens that count."""
    pooling: str
    dimensions: int
    quantisation: str

    def refuse_other(self, maker: Identity) -> None:
        """Refuse vectors of another maker, naming what differs."""
        for field in self.__dataclass_fields__:
            ours, theirs = getattr(self, field), getattr(maker, field)
            if ours != theirs:
                raise ModelError(
                    f"These vectors have another maker: {field} {theirs} instead of {ours}.",
                    "Build the index anew with the embedder that is in use now.",
                )


class Engine(Protocol):
    """Makes a vector of length one out of the tokens of one text."""

    def embed(self, ids: Sequence[int]) -> Vector: ...


class Embedder:
    """MiniLM with its tokenizer; any thread may use it, one text is under way at a time."""

    def __init__(self, words: WordPiece, weights: Weights, limit: int, backend: str) -> None:
        from local_models.embedder.minilm import MiniLM

        self.identity = _identity(limit, "int8" if backend == INT8 else "float32")
        self._words, self._weights, self._limit = words, weights, limit
        self._engine: Engine = MiniLM(weights)
        self._may_change = backend == BEST
        self.name = NUMPY
        self.why = "onnxruntime is looked at when there are many texts."
        if backend in {ONNXRUNTIME, INT8}:
            self._use_onnxruntime(quantised=backend == INT8)

    def embed(
        self, texts: Sequence[str], cancelled: Callable[[], bool] = lambda: False
    ) -> NDArray[np.float32]:
        """Return a vector a row; between two texts it may be cancelled."""
        import numpy as np

        if self._may_change and len(texts) >= _WORTH_IT:
            self._improve()
        rows = np.empty((len(texts), DIMENSIONS), np.float32)
        for number, text in enumerate(texts):
            if cancelled():
                raise Interrupted(f"Embedding was cancelled after {number} of {len(texts)} texts.")
            rows[number] = self._engine.embed(self._words.ids(text, self._limit))
        return rows

    def each(self, texts: Iterable[str]) -> Iterator[Vector]:
        """Yield a vector for each text as it comes, for what is too much to hold."""
        return (self._engine.embed(self._words.ids(text, self._limit)) for text in texts)

    def count(self, text: str) -> int:
        """Return how many tokens a text has; what is over the limit counts for nothing."""
        return self._words.count(text)

    @property
    def limit(self) -> int:
        """How many tokens of a text count."""
        return self._limit

    def _improve(self) -> None:
        """Let onnxruntime take over, or say why it does not."""
        self._may_change = False
        try:
            self._use_onnxruntime(quantised=False)
        except ModelError as problem:
            self.why = problem.sentence

    def _use_onnxruntime(self, *, quantised: bool) -> None:
        engine = _onnxruntime(self._weights, quantised=quantised)
        ids = [self._words.ids(text, self._limit) for text in _PROBES]
        refuse_different(self._engine, engine, ids, LEAST_OF_INT8 if quantised else LEAST_COSINE)
        self._engine, self.name = engine, INT8 if quantised else ONNXRUNTIME
        self.why = _WHY_INT8 if quantised else "It gives the same vectors as numpy, sooner."


def open_embedder(
    folder: Path | None = None, *, backend: str = BEST, limit: int = USUAL_LIMIT
) -> Embedder:
    """Open the embedder, whose `backend` is one of `BACKENDS`."""
    if backend not in BACKENDS:
        raise ModelError(f"There is no embedder called {backend}.", f"One of {_ALL} is.")
    if not 2 < limit <= LONGEST:
        raise ModelError(f"A text cannot have {limit} tokens.", f"At most {LONGEST} can count.")
    folder = folder or files.default_folder()
    files.check(folder)
    _multiply_in_one_thread()
    from local_models.embedder import safetensors, weights

    words = WordPiece(files.vocabulary(folder))
    found = weights.find(safetensors.read(folder / files.WEIGHTS.name))
    return Embedder(words, found, limit, backend)


def refuse_different(
    reference: Engine, engine: Engine, probes: Iterable[Sequence[int]], allowed: float
) -> None:
    """Refuse an engine whose vectors are not those of the reference."""
    least = min(float(reference.embed(ids) @ engine.embed(ids)) for ids in probes)
    if not least >= allowed:  # Also refuses what is not a number.
        raise ModelError(f"onnxruntime gives other vectors here (cosine {least:.5f}).")


def _identity(limit: int, quantisation: str) -> Identity:
    tokenizer = f"{VERSION}/{limit}"
    return Identity(files.NAME, files.WEIGHTS.sha256, tokenizer, "mean", DIMENSIONS, quantisation)


def _onnxruntime(weights: Weights, *, quantised: bool) -> Engine:
    if not importlib.util.find_spec("onnxruntime"):
        raise ModelError("onnxruntime is not installed.", "Install workbench[onnx], or use numpy.")
    try:
        from local_models.embedder.onnx import Onnx
    except ImportError as error:
        why = visible_line(str(error))
        raise ModelError(f"onnxruntime cannot be loaded: {why}.", "Install it again.") from error
    return Onnx(weights, quantised=quantised)


def _multiply_in_one_thread() -> None:
    """Keep numpy's library to one thread: the products are small, and workers run beside it."""
    if "numpy" in sys.modules:
        _hold_back(Path(sys.modules["numpy"].__file__ or ""))
        return
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = "1"
    try:
        import numpy as np  # noqa: F401 - the library reads the variable when it is loaded
    finally:
        os.environ.pop(_THREADS)
        if before is not None:
            os.environ[_THREADS] = before


def _hold_back(numpy: Path) -> None:
    """Tell the library that numpy's wheel brings, which is loaded; another one stays as it is."""
    import ctypes

    for path in (numpy.parent.parent / "numpy.libs").glob("libscipy_openblas64_*.so"):
        with suppress(AttributeError):
            ctypes.CDLL(str(path)).scipy_openblas_set_num_threads64_(1)
