"""Whether a passage that was found is about what was asked, or only the least unlike of all.

A search always finds something. What speaks for a passage must be more than the small words of a
question: that is how "not in what I have read" can be an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from workbench.api.passages import Hit
from workbench.shipped import data_file

_SIMILAR = 0.3
"""Passages that are merely similar, and less than this, are about something else."""
_STEM = 4
_LOOKED_AT = 4
"""Of a long question two words are enough."""
_WORD = re.compile(r"\w+")


@cache
def small_words() -> frozenset[str]:
    lines = data_file("small-words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def content_words(text: str) -> tuple[str, ...]:
    """Return the words of a question that say what it is about."""
    found = (word.casefold() for word in _WORD.findall(text))
    return tuple(dict.fromkeys(word for word in found if word not in small_words()))


def is_near(hit: Hit, asked: tuple[str, ...]) -> bool:
    """Tell whether enough speaks for a passage: a name, a likeness, or half of what was asked."""
    for reason in hit.reasons:
        if reason.why in ("symbol", "neighbour"):
            return True
        if reason.why == "similar" and reason.score >= _SIMILAR:
            return True
    terms = [reason.what.split(", ") for reason in hit.reasons if reason.why == "terms"]
    said = content_words(" ".join(term for some in terms for term in some))
    covered = sum(_is_covered(word, said) for word in asked)
    return covered > 0 and 2 * covered >= len(asked[:_LOOKED_AT])


def _is_covered(word: str, said: Iterable[str]) -> bool:
    """Tell whether a word, or another form of it, is among others."""
    return any(is_form(word, other) for other in said)


def is_form(one: str, other: str) -> bool:
    """Tell whether one word holds the other; three letters are in too many, unless in front."""
    if one == other or (len(one) > _STEM and one[:_STEM] == other[:_STEM]):
        return True
    short, long = sorted((one, other), key=len)
    if short.isascii() and len(short) < _STEM:
        return len(short) == _STEM - 1 and long.startswith(short)
    return short in long
