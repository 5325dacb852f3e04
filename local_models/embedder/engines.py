"""Those that can make the vectors: opened by name, held against numpy, timed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from local_models.embedder import quickest
from local_models.embedder.names import INT8, LLAMA, NUMPY, ONNXRUNTIME
from workbench.errors import ModelError
from workbench.visible import visible_line

if TYPE_CHECKING:
    from local_models.embedder.quickest import Tried
    from local_models.embedder.weights import Vector, Weights

ACCELERATORS = (ONNXRUNTIME, LLAMA)
LEAST_COSINE, LEAST_OF_INT8 = 0.9999, 0.95
_TIMES = 2
_EXTRAS = {ONNXRUNTIME: "onnx", LLAMA: "llama"}
Texts = Sequence[Sequence[int]]


class Engine(Protocol):
    """Makes vectors of length one out of the tokens of texts."""

    def each(self, texts: Iterable[Sequence[int]]) -> Iterator[Vector]:
        """Yield the vector of each text; it may look ahead a little."""

    def cpu_seconds(self) -> float:
        """Return a clock of the processor time that goes into vectors."""

    def close(self) -> None:
        """Let go of what it holds beside this process."""


def open_engine(name: str, weights: Weights, folder: Path) -> Engine:
    """Open an accelerator, or say why it cannot be had."""
    package = LLAMA if name == LLAMA else ONNXRUNTIME
    if not quickest.installed(package):
        told = f"{package} is not installed."
        raise ModelError(told, f"Install workbench[{_EXTRAS[package]}], or use numpy.")
    return _OPENED[name](weights, folder)


def refuse_different(reference: Engine, engine: Engine, probes: Texts, name: str) -> None:
    """Refuse an engine whose vectors are not those of the reference."""
    pairs = zip(reference.each(probes), engine.each(probes), strict=True)
    least = min(float(ours @ theirs) for ours, theirs in pairs)
    if not least >= (LEAST_OF_INT8 if name == INT8 else LEAST_COSINE):  # Nor what is no number.
        raise ModelError(f"{name} gives other vectors here (cosine {least:.7f}).")


def try_all(
    reference: Engine, opened: Callable[[str], Engine], probe: Sequence[int], folder: Path
) -> tuple[Tried, dict[str, Engine]]:
    """Time whatever gives the same vectors on one text; return also what is open now."""
    engines: dict[str, Engine] = {}
    refused: dict[str, str] = {}
    for name in ACCELERATORS:
        try:
            engines[name] = opened(name)
        except ModelError as problem:
            refused[name] = problem.sentence
    seconds = {name: _took(one, probe) for name, one in ({NUMPY: reference} | engines).items()}
    return quickest.remember(folder, seconds, refused), engines


def _took(engine: Engine, probe: Sequence[int]) -> float:
    """Return the least of a few times: others on the machine can only add to it."""
    return min(_once(engine, probe) for _ in range(_TIMES))


def _once(engine: Engine, probe: Sequence[int]) -> float:
    began = engine.cpu_seconds()
    list(engine.each([probe]))
    return engine.cpu_seconds() - began


def _onnxruntime(weights: Weights, *, quantised: bool) -> Engine:
    try:
        from local_models.embedder.onnx import Onnx
    except ImportError as error:
        why = visible_line(str(error))
        raise ModelError(f"onnxruntime cannot be loaded: {why}.", "Install it again.") from error
    return Onnx(weights, quantised=quantised)


def _llama(_weights: Weights, folder: Path) -> Engine:
    from local_models.embedder.converting import converted
    from local_models.embedder.llama import Llama

    return Llama(converted(folder))


_OPENED: Mapping[str, Callable[[Weights, Path], Engine]] = MappingProxyType(
    {
        ONNXRUNTIME: lambda weights, _folder: _onnxruntime(weights, quantised=False),
        INT8: lambda weights, _folder: _onnxruntime(weights, quantised=True),
        LLAMA: _llama,
    }
)
