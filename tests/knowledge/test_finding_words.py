"""Words of texts and of questions meet: forms, compounds, scripts, identifiers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.knowledge.finding.explaining import Marker
from workbench.knowledge.finding.words import LONGEST, WHOLE, spots, terms


def words(text: str) -> list[str]:
    return [term[1:] for term in terms(text) if term[0] == WHOLE]


@given(st.text(max_size=200))
def test_any_text_has_terms_that_fit_the_index(text: str) -> None:
    assert all(len(term.encode()) <= LONGEST for term in terms(text))


@given(st.text(max_size=200))
def test_spots_lie_in_the_text_one_after_the_other(text: str) -> None:
    ends = [0]
    for start, end, found in spots(text):
        assert ends[-1] <= start < end <= len(text)
        assert set(found) <= {*terms(text[start:end])}
        ends.append(end)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("getUserName", ["getusername", "get", "user", "name"]),
        ("get_user_name", ["get_user_name", "get", "user", "name"]),
        ("HTTPServer2", ["httpserver2", "http", "server", "2"]),
        ("Größe STRASSE straße", ["grosse", "strasse", "strasse"]),
        ("l\u2019homme", ["l", "homme"]),
        ("ёлка", ["елка"]),
        ("ﬁle", ["file"]),
        ("神经网络", ["神", "经", "网", "络"]),
    ],
)
def test_a_word_has_one_form(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مَكْتَبَة", "مكتبه"),  # vowels and the form of the last letter
        ("أحمد", "احمد"),
        ("café", "cafe\u0301"),
    ],
)
def test_spellings_of_a_word_are_the_same(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Datenbankverbindung", "Verbindung"),  # a compound
        ("тестами", "тестов"),  # cases
        ("والكتاب", "كتاب"),  # what is written in front
        ("数据库连接", "连接"),
        ("indexing", "indexes"),
    ],
)
def test_forms_and_compounds_share_terms(one: str, other: str) -> None:
    assert set(terms(one)) & set(terms(other))


def test_vowels_of_indian_scripts_are_kept() -> None:
    assert terms("की") != terms("का")


def test_marks_cover_the_words_that_were_asked_for() -> None:
    text = "Reading files: getUserName reads a file, 神经网络 too."
    found = Marker(set(terms("file user 神经"))).marked(text)
    shown = [text[start:end] for start, end in found.ranges]
    assert shown == ["files", "getUserName", "file", "神经"]
    assert found.words == tuple(one.casefold() for one in shown)
