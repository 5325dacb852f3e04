"""Lines as words, with what differs each time replaced: numbers, identifiers, times, addresses."""

from __future__ import annotations

import re

ANY = "<*>"
LONGEST = 1_000
"""What a line counts for, in characters; what comes after rarely tells it from others."""
MOST_WORDS = 100
_MOST_CACHED = 16_384
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_VARYING = re.compile(
    r"""
    (?P<time>\d{4}-\d\d-\d\d(?:[T_]\d\d:?\d\d(?::?\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?
            |\d{1,2}/(?:\d\d|[A-Z][a-z]{2})/\d{4}(?::\d\d:\d\d:\d\d)?
            |\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)
  | (?P<id>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
  | (?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}\b)
  | (?P<hex>\b0[xX][0-9a-fA-F]+\b
           |(?<![^\W_])(?=[a-fA-F]*\d)(?=\d*[a-fA-F])[0-9a-fA-F]{6,}(?![^\W_]))
  | (?P<num>(?<![^\W_])[+-]?\d+(?:[.,:]\d+)*(?:[eE][+-]?\d+)?
            (?:%|[kKMGTP]?i?[Bb]|[mnuµ]?s|min|h|x)?(?![^\W_]))
  | (?P<word>[^\W_]*\d[^\W_]*)
    """,
    re.VERBOSE,
)
_DIGITS = str.maketrans("123456789", "000000000")


class Words:
    """Splits lines and masks their words; words like those met lately cost little."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._alike: dict[str, str] = {}

    def of(self, line: str) -> tuple[str, ...]:
        if "\x1b" in line:
            line = _ESCAPES.sub("", line)
        known = self._known
        words = line[:LONGEST].split(None, MOST_WORDS)[:MOST_WORDS]
        return tuple([known.get(word) or self._masked(word) for word in words])

    def _masked(self, word: str) -> str:
        """Mask a word; those that differ in digits alone are masked alike."""
        alike = word.translate(_DIGITS)
        found = self._alike.get(alike)
        if found is None:
            found = masked(word)
            self._alike[_room(self._alike, alike)] = found
        self._known[_room(self._known, word)] = found
        return found


def masked(text: str) -> str:
    """Return text with everything replaced that varies, by what it is."""
    return _VARYING.sub(_kind, text)


def _kind(found: re.Match[str]) -> str:
    return f"<{found.lastgroup}>"


def _room(cache: dict[str, str], key: str) -> str:
    """Begin a cache anew that is full: what is frequent is back at once."""
    if len(cache) >= _MOST_CACHED:
        cache.clear()
    return key
