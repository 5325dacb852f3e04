"""The tokenizer of MiniLM: text in, the numbers of word pieces out, as BERT's uncased one does.

What looks like a special token in a text is text: it could otherwise end a passage early.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from local_models.embedder.characters import Characters
from workbench.errors import ModelError

VERSION = "wordpiece-1"
"""Raised when the same text would get other numbers: what was embedded before is made anew."""
_LONGEST_WORD = 100
_MOST_WORDS = 1 << 16
_CONTINUED = "##"
_SPECIAL = ("[CLS]", "[SEP]", "[UNK]")

_ASCII_WORDS = re.compile(r"[a-z0-9]+|[!-/:-@\[-`{-~]")
_ASCII_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACED = re.compile(r"\S+")
_PART = 8192
_BETWEEN_WORDS = re.compile(r"[ \t\n\r!-/:-@\[-`{-~\u4e00-\u9fff]")


class WordPiece:
    """A vocabulary, and the words met so far with their pieces."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        numbers = {piece: number for number, piece in enumerate(vocabulary)}
        if missing := [name for name in _SPECIAL if name not in numbers]:
            raise ModelError(f"The vocabulary has no {missing[0]}.", "It is not one of BERT's.")
        self.size = len(vocabulary)
        self._first, self._last, unknown = (numbers[name] for name in _SPECIAL)
        self._words = _Words(numbers, unknown)
        self._characters = Characters()

    def ids(self, text: str, limit: int) -> list[int]:
        """Return at most `limit` numbers: the mark of the beginning, pieces, that of the end."""
        return [self._first, *islice(self._pieces(text), limit - 2), self._last]

    def count(self, text: str) -> int:
        """Return how many numbers the whole text has, the two marks included."""
        return 2 + sum(1 for _ in self._pieces(text))

    def _pieces(self, text: str) -> Iterator[int]:
        words = chain.from_iterable(map(self._split, _parts(text)))
        return chain.from_iterable(map(self._words.__getitem__, words))

    def _split(self, text: str) -> Iterable[str]:
        if text.isascii():
            return _ASCII_WORDS.findall(_ASCII_CONTROLS.sub("", text).lower())
        spaced = text.translate(self._characters)
        return spaced.split() if len(text) <= 2 * _PART else _lazily(spaced)


class _Words(dict[str, tuple[int, ...]]):
    """The pieces of each word, found when it is first met."""

    def __init__(self, numbers: dict[str, int], unknown: int) -> None:
        super().__init__()
        self._begin = {piece: number for piece, number in numbers.items() if piece}
        self._go_on = {
            piece.removeprefix(_CONTINUED): number
            for piece, number in numbers.items()
            if piece.startswith(_CONTINUED)
        }
        self._longest = max(map(len, numbers))
        self._unknown = (unknown,)

    def __missing__(self, word: str) -> tuple[int, ...]:
        if len(self) >= _MOST_WORDS:
            self.clear()
        pieces = self._pieces(word) if len(word) <= _LONGEST_WORD else self._unknown
        self[word] = pieces
        return pieces

    def _pieces(self, word: str) -> tuple[int, ...]:
        """Take the longest piece that fits, again and again; a word with a gap is unknown."""
        pieces: list[int] = []
        known, start = self._begin, 0
        while start < len(word):
            end = min(len(word), start + self._longest)
            while end > start and word[start:end] not in known:
                end -= 1
            if end == start:
                return self._unknown
            pieces.append(known[word[start:end]])
            known, start = self._go_on, end
        return tuple(pieces)


def _parts(text: str) -> Iterator[str]:
    """Cut where a word ends anyway, so that of a long text only what is wanted is looked at."""
    start = 0
    while len(text) - start > _PART:
        cut = _BETWEEN_WORDS.search(text, start + _PART)
        if cut is None:
            break
        yield text[start : cut.start()]
        start = cut.start()
    yield text[start:] if start else text


def _lazily(spaced: str) -> Iterator[str]:
    return (found[0] for found in _SPACED.finditer(spaced))
