"""The embedder as others see it: texts in, vectors out, and who made them.

numpy is always there and has its first vector at once. From the first batch that is worth it on,
the quickest that is installed and gives the same vectors takes over: onnxruntime, or llama.cpp in a
process of its own. Products of small integers are sooner still but give other vectors, so they are
used only where they are asked for.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from local_models.embedder import files, quickest
from local_models.embedder.engines import Engine, open_engine, refuse_different, try_all
from local_models.embedder.names import BACKENDS, BEST, INT8, NUMPY, ONNXRUNTIME
from local_models.embedder.wordpiece import VERSION, WordPiece
from workbench.errors import Interrupted, ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from local_models.embedder.quickest import Tried
    from local_models.embedder.weights import Vector, Weights

DIMENSIONS = 384
USUAL_LIMIT, LONGEST = 256, 512
"""How many tokens of a text count: as many as the model was trained with, and at most."""
_THREADS = "OPENBLAS_NUM_THREADS"
_WORTH_IT, _WORTH_TRYING = 16, 200
"""Texts at once that are worth loading another for, and texts in all that are worth a trial."""
_ALL = ", ".join(BACKENDS)
_NOT_TRIED = "After 200 texts it is tried which backend is quickest."
_NONE: Mapping[str, Engine] = MappingProxyType({})
_NUMPY_SERVES = "numpy embeds; where there are many texts, the quickest that is here takes over."
_ASKED_FOR = "It was asked for; it gives the same vectors as numpy."
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


class Embedder:
    """MiniLM with its tokenizer; any thread may use it, one text is under way at a time."""

    def __init__(
        self, words: WordPiece, weights: Weights, folder: Path, limit: int, backend: str
    ) -> None:
        from local_models.embedder.minilm import MiniLM

        self.identity = _identity(limit, "int8" if backend == INT8 else "float32")
        self._words, self._weights, self._limit = words, weights, limit
        self._folder = folder
        self._reference: Engine = MiniLM(weights)
        self._engine: Engine = self._reference
        self._may_change = self._looks_first = backend == BEST
        self._seen = 0
        self.name, self.why = NUMPY, _NUMPY_SERVES
        if backend not in {BEST, NUMPY}:
            self._use(backend, self._opened(backend))
            self.why = _WHY_INT8 if backend == INT8 else _ASKED_FOR

    def embed(
        self, texts: Sequence[str], cancelled: Callable[[], bool] = lambda: False
    ) -> NDArray[np.float32]:
        """Return a vector a row; between two texts it may be cancelled."""
        import numpy as np

        if self._may_change:
            self._improve(len(texts))
        rows = np.empty((len(texts), DIMENSIONS), np.float32)
        vectors = self.each(texts)
        for number in range(len(texts)):
            if cancelled():
                raise Interrupted(f"Embedding was cancelled after {number} of {len(texts)} texts.")
            rows[number] = next(vectors)
        return rows

    def each(self, texts: Iterable[str]) -> Iterator[Vector]:
        """Yield a vector for each text as it comes, for what is too much to hold."""
        waiting: deque[list[int]] = deque()
        coming = self._tokens(texts, waiting)
        try:
            for vector in self._engine.each(coming):
                waiting.popleft()
                yield vector
        except ModelError as problem:
            self._step_back(problem)
            yield from self._reference.each(chain(tuple(waiting), coming))

    def count(self, text: str) -> int:
        """Return how many tokens a text has; what is over the limit counts for nothing."""
        return self._words.count(text)

    @property
    def limit(self) -> int:
        """How many tokens of a text count."""
        return self._limit

    def cpu_seconds(self) -> float:
        """Return a clock of the processor time that goes into vectors, wherever it is spent."""
        return self._engine.cpu_seconds()

    def close(self) -> None:
        """End what embeds beside this process; numpy goes on."""
        self._engine.close()
        self._engine, self.name, self.why = self._reference, NUMPY, _NUMPY_SERVES

    def _tokens(self, texts: Iterable[str], waiting: deque[list[int]]) -> Iterator[list[int]]:
        """Yield the tokens of each text, which wait until their vector has come."""
        for text in texts:
            waiting.append(self._words.ids(text, self._limit))
            yield waiting[-1]

    def _improve(self, coming: int) -> None:
        """Let a quicker one take over as soon as looking for it is worth it."""
        self._seen += coming
        if self._looks_first and coming >= _WORTH_IT:
            self._looks_first = False
            tried = quickest.recall(files.cache_folder())
            self._may_change = tried is None
            self._take_over(tried.order if tried else [ONNXRUNTIME], tried)
        if self._may_change and self._seen >= _WORTH_TRYING:
            self._may_change = False
            self._take_quickest()

    def _take_quickest(self) -> None:
        """Try all, unless another process has done so meanwhile."""
        engines: dict[str, Engine] = {}
        tried = quickest.recall(files.cache_folder())
        if tried is None:
            probe = self._probes()[-1]
            tried, engines = try_all(self._reference, self._opened, probe, files.cache_folder())
        self._take_over(tried.order, tried, engines)

    def _take_over(
        self, names: Iterable[str], tried: Tried | None, engines: Mapping[str, Engine] = _NONE
    ) -> None:
        """Let the first that can be had embed; those that were opened in vain are closed."""
        problems: dict[str, str] = {}
        for name in (*names, NUMPY):
            try:
                self._use(name, engines.get(name) or self._opened(name))
                break
            except ModelError as problem:
                problems[name] = problem.sentence
        if tried and problems:
            tried = quickest.without(files.cache_folder(), tried, problems)
        told = [tried.sentence] if tried else [*problems.values(), _NOT_TRIED]
        self.why = " ".join(told)
        for left in engines.values():
            if left is not self._engine:
                left.close()

    def _opened(self, name: str) -> Engine:
        """Return an engine that gives the same vectors, which may be at work already."""
        if name in {self.name, NUMPY}:
            return self._engine if name == self.name else self._reference
        engine = open_engine(name, self._weights, self._folder)
        try:
            refuse_different(self._reference, engine, self._probes(), name)
        except BaseException:
            engine.close()
            raise
        return engine

    def _probes(self) -> list[list[int]]:
        return [self._words.ids(text, self._limit) for text in _PROBES]

    def _use(self, name: str, engine: Engine) -> None:
        self._engine, self.name = engine, name

    def _step_back(self, problem: ModelError) -> None:
        """Go on with numpy, which gives the same vectors."""
        self._engine, self.name = self._reference, NUMPY
        self.why = f"{problem.sentence} numpy goes on."


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
    return Embedder(words, found, folder, limit, backend)


def _identity(limit: int, quantisation: str) -> Identity:
    tokenizer = f"{VERSION}/{limit}"
    return Identity(files.NAME, files.WEIGHTS.sha256, tokenizer, "mean", DIMENSIONS, quantisation)


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
