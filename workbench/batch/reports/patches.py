"""Repairs as patches that `git apply` takes, byte for byte."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Final

from workbench.batch.result import Change, Repair

_NOWHERE = b"/dev/null"
_UNENDED = b"\n\\ No newline at end of file\n"
_ESCAPED: Final[Mapping[int, bytes]] = {
    ord('"'): b'\\"',
    ord("\\"): b"\\\\",
    **{code: f"\\{code:03o}".encode("ascii") for code in (*range(0x20), *range(0x7F, 0x100))},
    ord("\n"): b"\\n",
    ord("\t"): b"\\t",
}


def patches(repairs: tuple[Repair, ...]) -> dict[str, bytes]:
    """Return each repair as a file, in order."""
    return {named(number, one): patch(one.changes) for number, one in enumerate(repairs, start=1)}


def named(number: int, repair: Repair, suffix: str = ".patch") -> str:
    return f"{number:04}-{repair.name}{suffix}"


def patch(changes: tuple[Change, ...]) -> bytes:
    """Return what differs, with the headers of git."""
    return b"".join(piece for change in changes for piece in _of(change))


def _of(change: Change) -> Iterator[bytes]:
    if change.before == change.after:
        return
    path = change.path.encode("utf-8", "surrogateescape")
    old, new = _quoted(b"a/" + path), _quoted(b"b/" + path)
    yield b"diff --git " + old + b" " + new + b"\n"
    if change.before is None:
        yield b"new file mode 100644\n"
    if change.after is None:
        yield b"deleted file mode 100644\n"
    yield from _hunks(
        lines_of(change.before or b""),
        lines_of(change.after or b""),
        _NOWHERE if change.before is None else _ended(old),
        _NOWHERE if change.after is None else _ended(new),
    )


def _hunks(old: list[bytes], new: list[bytes], before: bytes, after: bytes) -> Iterator[bytes]:
    for line in difflib.diff_bytes(difflib.unified_diff, old, new, before, after):
        yield line if line.endswith(b"\n") else line + _UNENDED


def lines_of(data: bytes) -> list[bytes]:
    """Cut behind each line feed only: what else may end a line belongs to it."""
    *whole, rest = data.split(b"\n")
    return [line + b"\n" for line in whole] + ([rest] if rest else [])


def _quoted(path: bytes) -> bytes:
    """Write a path as git does: in quotes where it holds what could be read otherwise."""
    if not any(code in _ESCAPED for code in path):
        return path
    return b'"' + b"".join(_ESCAPED.get(code, bytes((code,))) for code in path) + b'"'


def _ended(path: bytes) -> bytes:
    """Show where a path with blanks ends, as git does."""
    return path + b"\t" if b" " in path else path
