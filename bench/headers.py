"""Headers of twenty models with vocabularies of 152,000 tokens, read and listed."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from struct import pack

from bench.harness import Row, sample, told, under
from bench.peers import workbench_program
from bench.process import cpu_to_end
from local_models.gguf import read_header
from local_models.registry import models_folder

_MODELS = 20
_VOCABULARY = 152_000
_ROUNDS = 5
_U32, _STRING, _ARRAY = 4, 8, 9


def measure() -> list[Row]:
    """Read all of them by ourselves and on the command line, and one with the gguf package."""
    folder, command = models_folder(), [workbench_program(), "models", "list"]
    folder.mkdir(parents=True)
    try:
        paths = [folder / f"model-{number}.gguf" for number in range(_MODELS)]
        for path in paths:
            path.write_bytes(header())
        theirs = sample([_seconds_of_gguf(paths[0])], "s CPU")
        ours = sample([_seconds(paths) for _ in range(_ROUNDS)], "s CPU")
        listed = sample([cpu_to_end(command) for _ in range(_ROUNDS)], "s CPU")
    finally:
        shutil.rmtree(folder)
    return [
        under("20 headers read", ours, 1, f"one of them by gguf.GGUFReader {theirs.text}"),
        told("`workbench models list` of them", listed),
    ]


def header() -> bytes:
    """Return the header of a model like Qwen's of 0.5 B, without its tensors."""
    words = b"".join(_text("t" * (1 + number % 12)) for number in range(_VOCABULARY))
    pairs = b"".join(_text("a" * (3 + number % 10)) for number in range(_VOCABULARY))
    values = [
        _text("general.architecture") + pack("<I", _STRING) + _text("qwen2"),
        _text("qwen2.block_count") + pack("<II", _U32, 24),
        _list("tokenizer.ggml.tokens", _STRING) + words,
        _list("tokenizer.ggml.token_type", _U32) + bytes(4 * _VOCABULARY),
        _list("tokenizer.ggml.merges", _STRING) + pairs,
    ]
    return b"GGUF" + pack("<IQQ", 3, 0, len(values)) + b"".join(values)


def _text(content: str) -> bytes:
    return pack("<Q", len(content)) + content.encode()


def _list(key: str, kind: int) -> bytes:
    return _text(key) + pack("<IIQ", _ARRAY, kind, _VOCABULARY)


def _seconds(paths: list[Path]) -> float:
    """Return CPU seconds: whatever else runs here has no part in them."""
    began = time.process_time()
    for path in paths:
        read_header(path)
    return time.process_time() - began


def _seconds_of_gguf(path: Path) -> float:
    import gguf

    began = time.process_time()
    gguf.GGUFReader(path)
    return time.process_time() - began
