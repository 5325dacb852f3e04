"""Tokens: properties that hold for any text, without the model's files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_models.embedder.characters import Characters
from local_models.embedder.wordpiece import WordPiece, _parts
from workbench.errors import ModelError

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789[]#,.!中文한й"
_PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "##lo", "hel", "ab", "##cd"]
_VOCABULARY = [*_PIECES, *_LETTERS, *(f"##{letter}" for letter in _LETTERS)]
_NUMBERS = {piece: number for number, piece in enumerate(_VOCABULARY)}
_TEXTS = st.text(st.characters(codec=None))
_ANY = 1 << 20


@pytest.fixture(scope="module")
def words() -> WordPiece:
    return WordPiece(_VOCABULARY)


def _shown(words: WordPiece, text: str) -> list[str]:
    return [_VOCABULARY[number] for number in words.ids(text, _ANY)][1:-1]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("hello", ["hello"]),
        ("HELLO hellolo", ["hello", "hello", "##lo"]),
        ("abcd", ["ab", "##cd"]),
        ("ab,cd", ["ab", ",", "c", "##d"]),
        ("中文", ["中", "文"]),
        ("a\u0301b", ["ab"]),
        ("\u00e4b", ["ab"]),
        ("a\u200bb a\x00b", ["ab", "ab"]),
        ("a\u2003b\u3000a", ["a", "b", "a"]),
        ("\u0439", ["[UNK]"]),
        ("ab\u0e01", ["[UNK]"]),
        ("a" * 100, ["a", *["##a"] * 99]),
        ("a" * 101, ["[UNK]"]),
        ("\ud800ab", ["ab"]),
        ("", []),
    ],
)
def test_pieces(words: WordPiece, text: str, pieces: list[str]) -> None:
    assert _shown(words, text) == pieces


@pytest.mark.parametrize("literal", ["[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]"])
def test_literals_of_special_tokens_are_text(words: WordPiece, literal: str) -> None:
    pieces = _shown(words, f"a{literal}b")
    assert pieces[:2] == ["a", "["]
    assert pieces[-2:] == ["]", "b"]
    assert literal not in pieces


def test_only_as_much_as_is_wanted_is_returned_with_both_marks(words: WordPiece) -> None:
    assert words.ids("ab " * 50, 6) == [_NUMBERS[name] for name in ("[CLS]", *["ab"] * 4, "[SEP]")]
    assert words.count("ab " * 50) == 52


@given(text=_TEXTS, limit=st.integers(2, 40))
def test_any_text_has_numbers_of_the_vocabulary(words: WordPiece, text: str, limit: int) -> None:
    ids = words.ids(text, limit)
    assert len(ids) == min(limit, words.count(text))
    assert all(0 <= number < len(_VOCABULARY) for number in ids)
    assert not {_NUMBERS["[CLS]"], _NUMBERS["[SEP]"]} & set(ids[1:-1])


@given(left=_TEXTS, right=_TEXTS)
def test_a_space_separates(words: WordPiece, left: str, right: str) -> None:
    both = words.ids(f"{left} {right}", _ANY)
    assert both == words.ids(left, _ANY)[:-1] + words.ids(right, _ANY)[1:]


@given(unit=st.text("ab ,中й\u0301\u200b\u2003", min_size=1, max_size=30))
def test_a_long_text_is_cut_where_it_makes_no_difference(words: WordPiece, unit: str) -> None:
    text = unit * (20_000 // len(unit))
    whole = list(text.translate(Characters()).split())
    apart = [number for word in whole for number in words.ids(word, _ANY)[1:-1]]
    assert words.ids(text, _ANY)[1:-1] == apart


def test_a_long_text_comes_in_parts_that_are_looked_at_when_they_are_wanted() -> None:
    text = "ab, cd " * 100_000
    parts = list(_parts(text))
    assert "".join(parts) == text
    assert max(map(len, parts)) < 10_000


def test_what_is_remembered_is_bounded() -> None:
    fresh = WordPiece(_VOCABULARY)
    for number in np.arange(70_000):
        fresh.ids(f"a{number}", 8)
    assert len(fresh._words) <= 1 << 16
    characters = Characters()
    "".join(map(chr, range(0x20000, 0x32000))).translate(characters)
    assert len(characters) <= 1 << 16


def test_a_vocabulary_without_the_marks_is_refused() -> None:
    with pytest.raises(ModelError, match=r"no \[SEP\]"):
        WordPiece(["[CLS]", "[UNK]", "a"])
