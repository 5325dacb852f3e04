"""The test that decides between two repairs."""

from __future__ import annotations

import pytest

from workbench.healing.judging.deciding import Difference


def decided(call: str, mine: str, path: str = "src/shop/cart.py") -> str:
    return Difference(path, "total", call, mine, "returns 5").test


def test_a_result_is_asserted() -> None:
    assert decided("items=[1, 2], tax=0.5", "returns 4.5") == (
        "from shop.cart import total\n\n\ndef test_total_as_decided():\n"
        "    assert total(items=[1, 2], tax=0.5) == 4.5\n"
    )


def test_an_exception_is_expected() -> None:
    text = decided("items=[]", "raises ValueError")
    assert "import pytest\n\nfrom shop.cart import total" in text
    assert "    with pytest.raises(ValueError):\n        total(items=[])\n" in text


@pytest.mark.parametrize("value", ["None", "True", "False"])
def test_what_there_is_one_of_is_compared_as_such(value: str) -> None:
    assert f"total(items=1) is {value}" in decided("items=1", f"returns {value}")


@pytest.mark.parametrize(
    ("call", "mine"),
    [
        ("items=<Cart object at >", "returns 4"),
        ("items=[1]", "returns <Cart object at >"),
        ("items=[1]", "returns [1] and leaves items=[]"),
        ("items=[1]", "goes on and on"),
        ("items=[1]", "raises CartError"),
        ("items=[1", "returns 4"),
    ],
)
def test_what_cannot_be_written_down_decides_nothing(call: str, mine: str) -> None:
    assert decided(call, mine) == ""


def test_the_sentence_names_the_call_and_both_outcomes() -> None:
    found = Difference("m.py", "f", "n=1", "returns 2", "raises KeyError")
    assert found.sentence == "f(n=1) returns 2; the other raises KeyError."
