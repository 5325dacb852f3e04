"""MiniLM as a GGUF, which llama.cpp reads: made once out of the embedder's files, and kept.

It is made of bytes that are known, and so its own are known: a file that hashes to something else
was made by another release, or is damaged, and is made anew.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np

from local_models.embedder import files, safetensors, weights
from local_models.embedder.files import Pinned
from local_models.embedder.safetensors import Array
from local_models.gguf.writing import Said, Tensor, write
from workbench.errors import ModelError

CONVERTED = Pinned(
    "all-minilm-l6-v2-f16.gguf",
    46_223_392,
    "7e6b1fe72afcddd38ff9e1ce222d2b9f03f5304115d9dfd7d997b1f09a3c023b",
)
_LOCK, _PARTIAL = ".lock", ".partial-"
_MOSTLY_F16, _MEAN, _ORDINARY, _CONTROL = 1, 1, 1, 3
_EMBEDDED = {
    "word_embeddings": "token_embd",
    "position_embeddings": "position_embd",
    "token_type_embeddings": "token_types",
    "LayerNorm": "token_embd_norm",
}
_IN_LAYERS = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_SIDES = ("weight", "bias")
_MARKS = {
    "unknown": "[UNK]",
    "padding": "[PAD]",
    "bos": "[CLS]",
    "eos": "[SEP]",
    "cls": "[CLS]",
    "seperator": "[SEP]",
    "mask": "[MASK]",
}
"""As GGUF spells their keys."""


def converted(folder: Path, into: Path | None = None) -> Path:
    """Return the GGUF made of the embedder's files in `folder`, which were checked before."""
    into = into or files.cache_folder()
    with _explaining(into):
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(into):
            if not files.are_right(into, (CONVERTED,)):
                _convert(folder, into)
    return into / CONVERTED.name


def write_gguf(folder: Path, into: IO[bytes]) -> None:
    """Write the embedder's files in `folder` as a GGUF."""
    arrays = safetensors.read(folder / files.WEIGHTS.name)
    shape = weights.find(arrays)
    write(into, _said(shape, files.vocabulary(folder)), list(_tensors(arrays, len(shape.layers))))


def _convert(folder: Path, into: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=into, prefix=_PARTIAL, delete=False) as file:
        try:
            write_gguf(folder, file)
            file.flush()
            os.fsync(file.fileno())
            _refuse_other(Path(file.name))
            Path(file.name).replace(into / CONVERTED.name)
        finally:
            Path(file.name).unlink(missing_ok=True)
    files.remember(into, (CONVERTED,))


def _refuse_other(path: Path) -> None:
    with path.open("rb") as stream:
        found = files.sha256_of(stream)
    if found != CONVERTED.sha256:
        raise ModelError(
            f"The embedder's weights became another GGUF than they must: its SHA-256 is {found}."
        )


def _said(shape: weights.Weights, vocabulary: list[str]) -> Mapping[str, Said]:
    said: dict[str, Said] = {
        "general.architecture": "bert",
        "general.name": files.NAME,
        "general.file_type": _MOSTLY_F16,
        "workbench.source.sha256": files.WEIGHTS.sha256,
        "bert.context_length": len(shape.positions),
        "bert.embedding_length": shape.width,
        "bert.block_count": len(shape.layers),
        "bert.feed_forward_length": shape.inner,
        "bert.attention.head_count": shape.width // weights.HEAD,
        "bert.attention.layer_norm_epsilon": float(weights.EPSILON),
        "bert.attention.causal": False,
        "bert.pooling_type": _MEAN,
        "tokenizer.ggml.model": "bert",
        "tokenizer.ggml.token_type_count": 2,
        "tokenizer.ggml.tokens": list(map(_spelt, vocabulary)),
        "tokenizer.ggml.token_type": list(map(_kind, vocabulary)),
    }
    for key, mark in _MARKS.items():
        said[f"tokenizer.ggml.{key}_token_id"] = vocabulary.index(mark)
    return said


def _spelt(piece: str) -> str:
    """Return a piece as llama.cpp has it: what begins a word is marked, and not what goes on."""
    if piece.startswith("##"):
        return piece[2:]
    return piece if _kind(piece) == _CONTROL else f"\u2581{piece}"


def _kind(piece: str) -> int:
    return _CONTROL if piece in _MARKS.values() else _ORDINARY


def _tensors(arrays: Mapping[str, Array], layers: int) -> Iterator[Tensor]:
    for name, called in _names(layers):
        if name in arrays:
            yield _tensor(called, arrays[name])


def _names(layers: int) -> Iterator[tuple[str, str]]:
    """Yield the name of each array, and what llama.cpp calls it."""
    blocks = {"embeddings": ("", _EMBEDDED)} | {
        f"encoder.layer.{number}": (f"blk.{number}.", _IN_LAYERS) for number in range(layers)
    }
    for prefix, (block, names) in blocks.items():
        for theirs, ours in names.items():
            yield from ((f"{prefix}.{theirs}.{one}", f"{block}{ours}.{one}") for one in _SIDES)


def _tensor(name: str, array: Array) -> Tensor:
    """Halve what is multiplied with; what is added stays as it is, as llama.cpp wants it."""
    halved = array.ndim > 1 and name not in {"position_embd.weight", "token_types.weight"}
    kind, type_ = ("F16", np.float16) if halved else ("F32", np.float32)
    return Tensor(name, kind, array.shape, partial(_content, array, type_))


def _content(array: Array, type_: type[np.float16 | np.float32]) -> bytes:
    return array.astype(np.dtype(type_).newbyteorder("<")).tobytes()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one convert after the other; what an ended one left unfinished is removed."""
    with (folder / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{_PARTIAL}*"):
            left.unlink()
        yield


@contextmanager
def _explaining(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"The embedder cannot be converted in {folder}: {error.strerror}.",
            "Make the folder writable and room on its disk, or set XDG_CACHE_HOME.",
        ) from error
