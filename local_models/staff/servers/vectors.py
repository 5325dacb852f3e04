"""What a server's answer to a wish for vectors means: rows in our order, finite, of length one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from local_models.staff.servers.chunks import read_json, refuse_error
from local_models.staff.servers.events import Broken
from local_models.staff.servers.problems import told

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDEST = 16_384
"""More numbers than any embedder's vector has."""
_MOST_TEXTS = 32
_MOST_BYTES = 6 << 20
_BYTES_A_NUMBER = 24
"""A number of sixteen digits, with its sign, exponent and comma."""
_NOTHING = "."
"""Stands for a text without a word, which some servers refuse."""


class Row(msgspec.Struct, frozen=True):
    """A vector, and which of the texts it belongs to."""

    index: int
    embedding: list[float]


class Rows(msgspec.Struct, frozen=True):
    data: list[Row]


def body(model: str, texts: Sequence[str]) -> dict[str, Any]:
    """Return the request."""
    return {"model": model, "input": [_sendable(one) for one in texts], "encoding_format": "float"}


def most_texts(width: int) -> int:
    """Return how many texts are asked for at a time, so that the answer stays of a bounded size."""
    return max(1, min(_MOST_TEXTS, _MOST_BYTES // (_BYTES_A_NUMBER * max(1, width))))


def read_vectors(text: str, texts: int) -> NDArray[np.float32]:
    """Return a vector a row, in the order of so many texts."""
    ordered = sorted(_rows(text), key=lambda row: row.index)
    if [row.index for row in ordered] != list(range(texts)):
        raise Broken(f"it does not give one vector for each text ({len(ordered)} for {texts})")
    widths = {len(row.embedding) for row in ordered}
    if len(widths) != 1 or not 0 < min(widths) <= WIDEST:
        raise Broken(f"its vectors have {' and '.join(map(str, sorted(widths)[:3]))} numbers")
    return _of_length_one([row.embedding for row in ordered])


def _rows(text: str) -> list[Row]:
    try:
        return msgspec.json.decode(text, type=Rows).data
    except RecursionError:
        raise Broken(f"it sends what is no JSON: {told(text[:80])}") from None
    except msgspec.DecodeError as error:
        refuse_error(read_json(text))
        raise Broken(f"its answer is not what the API says: {told(str(error))}") from None


def _of_length_one(rows: list[list[float]]) -> NDArray[np.float32]:
    import numpy as np

    with np.errstate(over="ignore"):
        wide = np.array(rows, np.float32).astype(np.float64)
    if not np.isfinite(wide).all():
        raise Broken("there are numbers in its vectors that are none")
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    if not lengths.all():
        raise Broken("one of its vectors is nothing but zeros")
    made: NDArray[np.float32] = (wide / lengths).astype(np.float32)
    return made


def _sendable(text: str) -> str:
    """Return what can be sent: half a surrogate cannot."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return clean if clean.strip() else _NOTHING
