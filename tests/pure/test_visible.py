"""Text from outside: nothing in it reaches the terminal as an order or deceives the reader."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.visible import visible, visible_line


@given(st.text(alphabet=st.characters(codec=None)))
def test_nothing_that_controls_or_hides_is_left(text: str) -> None:
    for character in visible(text):
        assert character == "\n" or unicodedata.category(character) not in {
            "Cc",
            "Cf",
            "Cs",
            "Zl",
            "Zp",
        }
    assert "\n" not in visible_line(text)


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\x9b2Jb", "a⟨U+009B⟩2Jb"),
        ("if access \u202e}\u2066", "if access ⟨U+202E⟩}⟨U+2066⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("\x07\x00\x7f\t", "␇␀␡␉"),
        ("Привет, 世界, héllo", "Привет, 世界, héllo"),
        ("\ud800", "⟨U+D800⟩"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_line_stays_one_line() -> None:
    assert visible_line("one\ntwo\r\nthree\u2028four") == "one␊two␍␊three⟨U+2028⟩four"
