"""What the words of a text are to the index: terms, made alike of texts and of questions.

A word is there three times: whole, by how it begins, and by each four letters of it. So its forms
and its compounds meet in any language, and none has to be recognised.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain, groupby, pairwise
from typing import NamedTuple

VERSION = "words-1"
"""Raised when the same text would get other terms: what was indexed before is made anew."""
WHOLE, BEGINNING, PART = "=", "<", "~"
"""What a term is, told by its first character."""
LONGEST = 32
"""Bytes of a term that count."""
_BEGINNING, _PART, _PAIR = 4, 4, 2
_OF_PARTS = 0.6
"""What a part counts in a question if it is the only one of its word."""
_CHARACTERS_A_WORD = 4
_LONGEST_WORD = 4 * LONGEST
_MOST_REMEMBERED = 1 << 14
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff"
)
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
WORD = re.compile(rf"[\w{_MARKS}]+")
_RUN = re.compile(rf"([{_UNSPACED}]+)|[^{_UNSPACED}]+")
_OF_IDENTIFIER = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u0622\u0623\u0625\u0671", "\u0627"),
        "\u0649": "\u064a",
        "\u06cc": "\u064a",
        "\u06a9": "\u0643",
        "\u0629": "\u0647",
        "\u0624": "\u0648",
        "\u0626": "\u064a",
        "\u0451": "\u0435",
        "ø": "o",
        "đ": "d",
        "ł": "l",
        "\u0131": "i",
    }
)
"""Letters that are written one for the other: forms of alef and yeh, yo, letters with a stroke."""


class Spot(NamedTuple):
    """A place in a text, and the terms that stand there."""

    start: int
    end: int
    terms: tuple[str, ...]


class _Remembered(dict[str, tuple[str, ...]]):
    """The terms of each word, found when it is first met."""

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self[word] = made = tuple(_terms(word, _of_word))
        return made


_remembered = _Remembered()


def terms(text: str) -> list[str]:
    """Return the terms of a text, in order."""
    return list(chain.from_iterable(map(_remembered.__getitem__, WORD.findall(text))))


def weighed(text: str) -> Iterator[tuple[str, float]]:
    """Yield the terms of a question, each with what it counts there.

    The parts of a word count less the more they are, so that a long word does not drown the others;
    a pair of characters counts whole, since it is a word where none are told apart.
    """
    for are_parts, run in groupby(terms(text), key=_is_part_of_word):
        found = [*run]
        weight = _OF_PARTS * len(found) ** -0.5 if are_parts else 1.0
        yield from ((term, weight) for term in found)


def _is_part_of_word(term: str) -> bool:
    return term[0] == PART and len(term) > len(PART) + _PAIR


def words_in(text: str) -> float:
    """Return about how many words a text has; without spaces, four characters are one."""
    runs = (run for word in WORD.findall(text) for run in _RUN.finditer(word))
    return sum(len(run[0]) / _CHARACTERS_A_WORD if run[1] else 1 for run in runs)


def spots(text: str) -> Iterator[Spot]:
    """Yield where words stand, and what they are to the index."""
    for found in WORD.finditer(text):
        if (word := found[0]).isascii():
            yield Spot(found.start(), found.end(), _remembered[word])
            continue
        for run in _RUN.finditer(word):
            start = found.start() + run.start()
            if run[1]:
                yield from _single(run[0], start)
            else:
                yield Spot(start, start + len(run[0]), _remembered[run[0]])


def whole(word: str) -> str:
    """Return the term of a word as it stands."""
    return _cut(WHOLE + folded(word))


def folded(word: str) -> str:
    """Return a word without case and marks, in the one form that it has."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.casefold())
    kept = "".join(one for one in plain if not _is_idle(one))
    return unicodedata.normalize("NFKC", kept).translate(_ALIKE)


def _is_idle(character: str) -> bool:
    """Tell marks that may as well be missing; in scripts of India and beyond they are vowels."""
    return character == "\u0640" or (
        character < "\u0900" and unicodedata.category(character) == "Mn"
    )


def _single(run: str, start: int) -> Iterator[Spot]:
    return (Spot(start + at, start + at + 1, (whole(one),)) for at, one in enumerate(run))


@lru_cache(maxsize=_MOST_REMEMBERED)
def heads(word: str) -> tuple[str, ...]:
    """Return the terms of a word that say what it is: itself and how it begins, not its parts."""
    if len(word) < LONGEST and word.isascii() and word.isalpha() and word[1:].islower():
        return tuple(_head_of(word.lower()))  # As most are, and so it is told soonest.
    return tuple(_terms(word, _head_of))


def _terms(word: str, of: Callable[[str], Iterator[str]]) -> Iterator[str]:
    if len(word) > _LONGEST_WORD:
        return
    for run in _RUN.finditer(word):
        yield from _of_unspaced(folded(run[0])) if run[1] else _of_spaced(run[0], of)


def _of_unspaced(run: str) -> Iterator[str]:
    """Yield what stands for words where none are told apart: each character, and each two."""
    yield from (WHOLE + one for one in run)
    yield from (PART + one + other for one, other in pairwise(run))


def _of_spaced(run: str, of: Callable[[str], Iterator[str]]) -> Iterator[str]:
    bare = run.strip("_")
    parts = _OF_IDENTIFIER.findall(bare) if bare.isascii() else bare.split("_")
    if len(parts) > 1:
        yield _cut(WHOLE + folded(bare))
    for part in parts if len(parts) > 1 else (bare,):
        if one := folded(part):
            yield from of(one)


def _head_of(word: str) -> Iterator[str]:
    yield _cut(WHOLE + word)
    yield BEGINNING + word[:_BEGINNING]


def _of_word(word: str) -> Iterator[str]:
    yield from _head_of(word)
    framed = f"^{word}$"
    for at in range(max(1, len(framed) - _PART + 1)):
        yield PART + framed[at : at + _PART]


def _cut(term: str) -> str:
    return term if len(term) <= LONGEST // 4 else term.encode()[:LONGEST].decode(errors="ignore")
