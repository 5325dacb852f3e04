"""Files as text and back: encoding, byte order mark and line endings survive."""

from __future__ import annotations

import difflib
import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """What a file holds, and how it is written."""

    text: str
    encoding: str

    def encoded(self, text: str) -> bytes:
        """Return other text as bytes, in the encoding of this file."""
        return text.encode(self.encoding)


def decoded(data: bytes) -> Text | None:
    """Return the text of a Python file, or None if its encoding cannot be known."""
    try:
        found, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        encoding = "utf-8" if found == "utf-8-sig" else found
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        return None
    return Text(text, encoding) if text.encode(encoding) == data else None


def unified(changes: Mapping[str, tuple[str, str]]) -> str:
    """Return what differs as `git apply` reads it; the values are before and after."""
    return "".join(line for path in sorted(changes) for line in _of_file(path, *changes[path]))


def _of_file(path: str, before: str, after: str) -> Iterator[str]:
    old, new = _lines(before), _lines(after)
    for line in difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Cut behind each line feed only: what else may end a line belongs to it."""
    cut = text.split("\n")
    return [f"{line}\n" for line in cut[:-1]] + ([cut[-1]] if cut[-1] else [])
