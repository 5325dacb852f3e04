"""Texts that are not as a test expects them."""

from __future__ import annotations

import pytest

from tests.pure.generators_a_ground import PATH, calm, site, spliced, told
from workbench.healing.generators import constants
from workbench.healing.insight.nearness import distance_is_one, nearest, nearness
from workbench.healing.insight.wording import mismatches, rewordings


@pytest.mark.parametrize(
    ("written", "message", "meant"),
    [
        ('"Helo, "', "assert 'Helo, Bob' == 'Hello, Bob'", '"Hello, "'),
        ("', '", "assert 'a, b' == 'a; b'", "'; '"),
        ('f"{a}: {b}!"', "assert 'x: y!' == 'x: y.'", 'f"{a}: {b}."'),
        ('"%s has %d items"', "assert 'x has 3 items' == 'x has 3 item'", '"%s has %d item"'),
        ('"{} -> {}"', "assert 'a -> b' == 'a => b'", '"{} => {}"'),
        ('r"\\d+ "', "assert 'done' == 'Done'", None),
    ],
)
def test_a_difference_is_put_where_it_comes_from(
    written: str, message: str, meant: str | None
) -> None:
    source = f"def f(a, b):\n    return {written}\n"
    ground = told({PATH: source}, "AssertionError,Exception", message)
    found = list(constants.at_site(ground, site(ground, 2)))
    texts = [spliced(ground, one)[PATH] for one in found if one.prior >= 0.1]
    assert texts[:1] == ([f"def f(a, b):\n    return {meant}\n"] if meant else [])


def test_nothing_is_said_without_a_message() -> None:
    ground = calm("x = 'a'\n")
    assert mismatches(ground) == ()
    assert list(rewordings(ground, "a")) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("valeu", "value"), ("vlue", "value"), ("values", "value"), ("vslue", "value")],
)
def test_slips_of_one_letter(one: str, other: str) -> None:
    assert distance_is_one(one, other)
    assert nearness(one, other) >= 0.9


def test_what_is_near_and_what_is_not() -> None:
    assert nearest("get_name", ["getName", "set_name", "name", "other"])[0] == "getName"
    assert nearest("xyz", ["abc"]) == []
    assert nearness("total", "total") == 1.0
    assert not distance_is_one("abc", "abcde")
