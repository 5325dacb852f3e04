"""Git's wildcards as regular expressions that never try the same bytes in two ways.

Every star takes the first place that fits, in an atomic group: what follows a star can only do
better with more text left, so a hostile pattern costs no more than an honest one.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field

NOTHING = b"(?!)"
"""Matches no text at all, as a malformed pattern does."""
_SPECIAL = b"*?[\\"
_SLASH = ord("/")
_FOLDERS = rb"(?:[^/]*/)"
_PRINTED = range(0x20, 0x7F)


class _MalformedError(Exception):
    pass


@dataclass(slots=True)
class _Segment:
    """What lies between two slashes: texts with a star between each two."""

    parts: list[bytes] = field(default_factory=lambda: [b""])

    def add(self, fragment: bytes) -> None:
        self.parts[-1] += fragment

    def regex(self) -> bytes:
        first, *rest = self.parts
        if not rest:
            return first
        middle = b"".join(rb"(?>[^/]*?" + part + b")" for part in rest[:-1])
        return first + middle + rb"(?>[^/]*" + rest[-1] + rb"(?=/|\Z))"


@dataclass(slots=True)
class _Stretch:
    """Segments in a row, and which folders may lie before them."""

    before: bytes = b""
    segments: list[_Segment] = field(default_factory=lambda: [_Segment()])

    def regex(self, *, last: bool) -> bytes:
        body = self.before + b"/".join(segment.regex() for segment in self.segments)
        return body if last or not self.before else b"(?>" + body + b")"


def translate(pattern: bytes) -> bytes:
    """Return a regular expression for `pattern`, which is to match the whole of a path or name."""
    start = next((at for at, byte in enumerate(pattern) if byte in _SPECIAL), len(pattern))
    try:
        return re.escape(pattern[:start]) + _Reader(pattern[start:]).regex()
    except _MalformedError:
        return NOTHING


class _Reader:
    """Reads what follows the plain start of a pattern, which git compares by itself."""

    def __init__(self, pattern: bytes) -> None:
        self._pattern = pattern
        self._at = 0
        self._stretches = [_Stretch()]

    def regex(self) -> bytes:
        while self._at < len(self._pattern):
            self._read_one()
        *first, last = self._stretches
        return b"".join(part.regex(last=False) for part in first) + last.regex(last=True)

    @property
    def _segment(self) -> _Segment:
        return self._stretches[-1].segments[-1]

    def _peek(self, ahead: int = 0) -> int:
        """Return the byte there, 0 after the end as in C."""
        at = self._at + ahead
        return self._pattern[at] if at < len(self._pattern) else 0

    def _next(self) -> int:
        """Take a byte that must be there."""
        byte = self._peek()
        if not byte:
            raise _MalformedError
        self._at += 1
        return byte

    def _read_one(self) -> None:
        byte = self._next()
        if byte == ord("*"):
            self._read_stars()
        elif byte == ord("?"):
            self._segment.add(b"[^/]")
        elif byte == ord("["):
            self._segment.add(_one_of(_read_class(self._next, self._peek)))
        else:
            self._add_literal(self._next() if byte == ord("\\") else byte)

    def _add_literal(self, byte: int) -> None:
        if byte == _SLASH:
            self._stretches[-1].segments.append(_Segment())
        else:
            self._segment.add(re.escape(bytes([byte])))

    def _read_stars(self) -> None:
        first = self._at - 1
        while self._peek() == ord("*"):
            self._at += 1
        alone = first == 0 or self._pattern[first - 1] == _SLASH
        if self._at - first == 1 or not (alone and self._is_at_an_end()):
            self._segment.parts.append(b"")
        elif not self._peek():
            self._segment.add(rb".*")
        else:
            self._read_folders()

    def _is_at_an_end(self) -> bool:
        return not self._peek() or self._peek() == _SLASH or self._is_escaped_slash()

    def _is_escaped_slash(self) -> bool:
        return (self._peek(), self._peek(1)) == (ord("\\"), _SLASH)

    def _read_folders(self) -> None:
        """Take the slash after two stars; an escaped one demands a folder."""
        escaped = self._is_escaped_slash()
        self._at += 2 if escaped else 1
        self._stretches.append(_Stretch(_FOLDERS + (b"+?" if escaped else b"*?")))


def _read_class(take: Callable[[], int], peek: Callable[[int], int]) -> frozenset[int]:
    """Return the bytes that `[…]` stands for, its first bracket read already."""
    negated = chr(peek(0)) in "!^"
    if negated:
        take()
    members = _read_members(take, peek)
    return frozenset(range(1, 256)) - members if negated else members


def _read_members(take: Callable[[], int], peek: Callable[[int], int]) -> frozenset[int]:
    members: set[int] = set()
    before, byte = 0, take()
    while True:
        before = _read_member(members, before, byte, take, peek)
        byte = take()
        if byte == ord("]"):
            return frozenset(members)


def _read_member(
    members: set[int], before: int, byte: int, take: Callable[[], int], peek: Callable[[int], int]
) -> int:
    """Add what `byte` begins and return the byte that a range could begin at, if any."""
    if byte == ord("\\"):
        byte = take()
    elif byte == ord("-") and before and peek(0) not in (0, ord("]")):
        end = take()
        members.update(range(before, (take() if end == ord("\\") else end) + 1))
        return 0
    elif byte == ord("[") and peek(0) == ord(":"):
        name = _read_class_name(take, peek)
        if name is not None:
            members |= _NAMED[name] if name in _NAMED else _malformed()
            return 0
    members.add(byte)
    return byte


def _read_class_name(take: Callable[[], int], peek: Callable[[int], int]) -> str | None:
    """Read `:name:]`, or nothing where the bracket that follows closes the class itself."""
    length = 1
    while peek(length) != ord("]"):
        if not peek(length):
            raise _MalformedError
        length += 1
    if length == 1 or peek(length - 1) != ord(":"):
        return None
    text = "".join(chr(take()) for _ in range(length + 1))
    return text[1:-2]


def _malformed() -> frozenset[int]:
    raise _MalformedError


def _one_of(members: frozenset[int]) -> bytes:
    """Write a class; a slash is never in one."""
    found = sorted(members - {0, _SLASH})
    return b"[" + b"".join(b"\\x%02x" % byte for byte in found) + b"]" if found else NOTHING


def _bytes_of(text: str) -> frozenset[int]:
    return frozenset(text.encode("ascii"))


_SPACE = _bytes_of(" \t\n\r")
_NAMED = {
    "alnum": _bytes_of(string.ascii_letters + string.digits),
    "alpha": _bytes_of(string.ascii_letters),
    "blank": _bytes_of(" \t"),
    "cntrl": frozenset({*range(0x20), 0x7F}),
    "digit": _bytes_of(string.digits),
    "graph": frozenset(_PRINTED) - _SPACE,
    "lower": _bytes_of(string.ascii_lowercase),
    "print": frozenset(_PRINTED),
    "punct": _bytes_of(string.punctuation),
    "space": _SPACE,
    "upper": _bytes_of(string.ascii_uppercase),
    "xdigit": _bytes_of(string.hexdigits),
}
