"""A tiny model that never ends an answer by itself."""

from __future__ import annotations

from pathlib import Path

from tests.models.tiny import SPECIAL, Tiny, write_tiny

_WIDTH = 64
_BYTES = len(SPECIAL) * _WIDTH * 2
"""The last rows of the last tensor, in F16, are what the special tokens are scored with."""


def write_endless(path: Path, context: int = 8192) -> Path:
    """Write a model to which its special tokens are never the likeliest."""
    write_tiny(path, Tiny(width=_WIDTH, context=context))
    with path.open("r+b") as file:
        file.seek(-_BYTES, 2)
        file.write(bytes(_BYTES))
    return path
