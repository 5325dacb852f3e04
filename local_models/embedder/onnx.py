"""MiniLM in onnxruntime, where that is installed: the same vectors, sooner."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from local_models.embedder.graph import INPUT, OUTPUT, Graph, QuantisedGraph
from local_models.embedder.weights import EPSILON, Vector, Weights
from workbench.errors import ModelError
from workbench.visible import visible_line

_ERRORS_ALONE = 3
_LONGEST_WHY = 300


class Onnx:
    """A session over the weights as they lie in memory."""

    def __init__(self, weights: Weights, *, quantised: bool = False) -> None:
        graph = (QuantisedGraph if quantised else Graph)(weights)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ALONE
        handed = {name: array for name, array in graph.arrays.items() if array.dtype == np.float32}
        self._values = [onnxruntime.OrtValue.ortvalue_from_numpy(one) for one in handed.values()]
        """Kept as long as the session, which reads them where they lie."""
        try:
            options.add_external_initializers(list(handed), self._values)
            self._session = onnxruntime.InferenceSession(
                graph.model(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            why = visible_line(str(error)[:_LONGEST_WHY])
            raise ModelError(f"onnxruntime refuses the model: {why}.", "Use numpy.") from error

    def each(self, texts: Iterable[Sequence[int]]) -> Iterator[Vector]:
        """Yield the vector of each text as it is asked for."""
        return map(self.embed, texts)

    def cpu_seconds(self) -> float:
        """Return what this thread has computed so far."""
        return time.thread_time()

    def close(self) -> None:
        """Hold nothing that would have to be let go of."""

    def embed(self, ids: Sequence[int]) -> Vector:
        """Return the mean of what the last layer makes of the tokens, its length one."""
        states = self._session.run([OUTPUT], {INPUT: np.array(ids, np.int64)})[0]
        mean: Vector = states.mean(axis=0)
        mean /= max(np.linalg.norm(mean), EPSILON)
        return mean
