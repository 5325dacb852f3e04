"""What the words of a text are to the index: terms, made alike of texts and of questions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from workbench.knowledge.finding.stems import stem

VERSION = "words-1"
"""Raised when the same text would get other terms: what was indexed before is made anew."""
LONGEST = 32
"""Bytes of a term that count."""
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f"
    "\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff"
)
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[\w{_MARKS}]+(?:['’][^\W\d_]+)*")
_RUN = re.compile(rf"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_PART = re.compile(r"[A-ZÀ-ÖØ-Þ]+(?![a-zß-ÿ])|[A-ZÀ-ÖØ-Þ]?[a-zß-öø-ÿ]+|\d+|[^\W\d_A-Za-z]+")
_MOST_REMEMBERED = 1 << 17


class Spot(NamedTuple):
    """A place in a text, and the terms that stand there."""

    start: int
    end: int
    terms: tuple[str, ...]


class _Words(dict[str, tuple[str, ...]]):
    """The terms of each word, found when it is first met."""

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self[word] = made = tuple(dict.fromkeys(_terms(word)))
        return made


_words = _Words()


def terms(text: str) -> list[str]:
    """Return the terms of a text, in order."""
    found: list[str] = []
    for word in _WORD.findall(text):
        found += _words[word]
    return found


def spots(text: str) -> Iterator[Spot]:
    """Yield where words stand, and what they are to the index."""
    return (Spot(*found.span(), _words[found[0]]) for found in _WORD.finditer(text))


def _terms(word: str) -> Iterator[str]:
    if len(word) > 4 * LONGEST:
        return
    for run in _RUN.findall(word):
        if _RUN.match(run) and _is_unspaced(run[0]):
            yield from _pairs(unicodedata.normalize("NFKC", run))
        else:
            yield from _of_spaced(run)


def _is_unspaced(character: str) -> bool:
    return re.match(f"[{_UNSPACED}]", character) is not None


def _pairs(run: str) -> Iterator[str]:
    """Yield what stands for words where none are told apart: each two characters, and each one."""
    yield from run
    yield from map("".join, zip(run, run[1:], strict=False))


def _of_spaced(run: str) -> Iterator[str]:
    whole = folded(run.strip("_"))
    parts = [folded(part) for part in _PART.findall(run)]
    if len(parts) > 1 and whole != parts[0]:
        yield _cut(whole)
        for part in parts:
            yield _cut(stem(part))
    elif whole:
        yield _cut(stem(whole))


def folded(word: str) -> str:
    """Return a word without case and marks, in the one form that it has."""
    if word.isascii():
        return word.lower().replace("'s", "").replace("'", "")
    plain = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    kept = "".join(one for one in plain if unicodedata.category(one) != "Mn" and one != "\u0640")
    return unicodedata.normalize("NFKC", kept).removesuffix("'s").replace("'", "")


def _cut(term: str) -> str:
    return term.encode()[:LONGEST].decode(errors="ignore")
