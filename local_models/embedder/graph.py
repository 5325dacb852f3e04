"""MiniLM as an ONNX graph; its weights are not in it but handed over beside it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from local_models.embedder.protobuf import nested, number, real, text
from local_models.embedder.safetensors import Array
from local_models.embedder.weights import EPSILON, HEAD, Dense, Layer, Norm, Weights

INPUT, OUTPUT = "ids", "states"
_FORMAT, _OPERATORS = 8, 17
"""Versions: these operators are the first with LayerNormalization."""
_EXTENSION = "com.microsoft"
_FLOAT, _INT8, _INT64 = 1, 3, 7
_KINDS = {"float32": _FLOAT, "int8": _INT8, "int64": _INT64}
_LARGEST_QUANTUM = np.float32(63)
"""Of seven bits and a sign six: two products of more overflow on processors without VNNI."""
_ELSEWHERE = 1
_REAL, _INT, _INTS = 1, 2, 7


class Graph:
    """Nodes and weights as they are put together; each step returns the name of what it gives."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.arrays: dict[str, Array] = {}
        """The weights, by the names that the graph has for them."""
        self._nodes: list[bytes] = []
        states = self._embedded()
        for layer in weights.layers:
            states = self._fed(layer, self._attended(layer, states))
        self._node("Identity", [states], OUTPUT)

    def model(self) -> bytes:
        """Return the whole as an ONNX file has it."""
        graph = b"".join(nested(1, node) for node in self._nodes) + text(2, "MiniLM")
        graph += b"".join(nested(5, _declared(*named)) for named in self.arrays.items())
        graph += nested(11, _value(INPUT, _INT64, ("tokens",)))
        graph += nested(12, _value(OUTPUT, _FLOAT, ("tokens", self._weights.width)))
        versions = (("", _OPERATORS), (_EXTENSION, 1))
        imports = (nested(8, text(1, domain) + number(2, version)) for domain, version in versions)
        return number(1, _FORMAT) + nested(7, graph) + b"".join(imports)

    def _embedded(self) -> str:
        words = self._node("Gather", [self._array(self._weights.words), INPUT])
        places = self._weights.positions + self._weights.kind
        length = self._node("Shape", [INPUT])
        first = self._array(np.zeros(1, np.int64))
        places_used = self._node("Slice", [self._array(places), first, length])
        return self._norm(self._weights.norm, self._node("Add", [words, places_used]))

    def _attended(self, layer: Layer, states: str) -> str:
        projected = self._dense(layer.projections, states)
        heads = self._array(np.array([-1, 3, self._weights.width // HEAD, HEAD]))
        sides = self._node("Reshape", [projected, heads])
        queries, keys, values = (
            self._node("Gather", [sides, self._array(np.array(side))], axis=1) for side in range(3)
        )
        rows = self._node("Transpose", [queries], perm=(1, 0, 2))
        columns = self._node("Transpose", [keys], perm=(1, 2, 0))
        shares = self._node("Softmax", [self._node("MatMul", [rows, columns])], axis=-1)
        taken = self._node("Transpose", [values], perm=(1, 0, 2))
        context = self._node("Transpose", [self._node("MatMul", [shares, taken])], perm=(1, 0, 2))
        width = self._array(np.array([-1, self._weights.width]))
        changes = self._dense(layer.attended, self._node("Reshape", [context, width]))
        return self._norm(layer.after_attention, self._node("Add", [states, changes]))

    def _fed(self, layer: Layer, states: str) -> str:
        inner = self._node("Gelu", [self._dense(layer.up, states)], domain=_EXTENSION)
        changes = self._dense(layer.down, inner)
        return self._norm(layer.after_feeding, self._node("Add", [states, changes]))

    def _dense(self, dense: Dense, given: str) -> str:
        names = [given, self._array(dense.weight), self._array(dense.bias.ravel())]
        return self._node("Gemm", names, transB=1)

    def _norm(self, norm: Norm, given: str) -> str:
        names = [given, self._array(norm.scale.ravel()), self._array(norm.shift.ravel())]
        return self._node("LayerNormalization", names, epsilon=float(EPSILON))

    def _array(self, array: Array) -> str:
        name = f"array{len(self.arrays)}"
        self.arrays[name] = array
        return name

    def _node(
        self,
        kind: str,
        given: Iterable[str],
        gives: str = "",
        domain: str = "",
        **attributes: float | tuple[int, ...],
    ) -> str:
        gives = gives or f"node{len(self._nodes)}"
        node = b"".join(text(1, name) for name in given) + text(2, gives) + text(4, kind)
        node += b"".join(nested(5, _attribute(*named)) for named in attributes.items())
        self._nodes.append(node + text(7, domain))
        return gives


class QuantisedGraph(Graph):
    """The same with products of integers: weights by rows, what they multiply as it comes."""

    def _dense(self, dense: Dense, given: str) -> str:
        scale = np.abs(dense.weight).max(axis=1) / _LARGEST_QUANTUM
        scale[scale == 0] = 1
        quanta = np.rint(dense.weight / scale[:, np.newaxis]).astype(np.int8)
        arrays = (np.ascontiguousarray(quanta.T), scale, dense.bias.ravel())
        weight, scales, bias = map(self._array, arrays)
        names = [given, weight, scales, "", bias]
        return self._node("DynamicQuantizeMatMul", names, domain=_EXTENSION)


def _attribute(name: str, value: float | tuple[int, ...]) -> bytes:
    if isinstance(value, tuple):
        return text(1, name) + b"".join(number(8, item) for item in value) + number(20, _INTS)
    if isinstance(value, int):
        return text(1, name) + number(3, value) + number(20, _INT)
    return text(1, name) + real(2, value) + number(20, _REAL)


def _declared(name: str, array: Array) -> bytes:
    """Return the place of an array; what are no numbers of 32 bits has its content there."""
    kind = _KINDS[array.dtype.name]
    tensor = b"".join(number(1, size) for size in array.shape) + number(2, kind) + text(8, name)
    if kind != _FLOAT:
        return tensor + nested(9, array.tobytes())
    where = nested(13, text(1, "location") + text(2, "handed over"))
    return tensor + where + number(14, _ELSEWHERE)


def _value(name: str, kind: int, shape: Iterable[int | str]) -> bytes:
    sizes = (number(1, size) if isinstance(size, int) else text(2, size) for size in shape)
    dimensions = b"".join(nested(1, size) for size in sizes)
    tensor = number(1, kind) + nested(2, dimensions)
    return text(1, name) + nested(2, nested(1, tensor))
