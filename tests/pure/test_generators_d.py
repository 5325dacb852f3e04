"""What is never read, and pairs that are not compared."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator

import pytest

from workbench.healing.candidate import Candidate
from workbench.healing.compose import applied
from workbench.healing.dossier import Dossier
from workbench.healing.generators import pairs, unread
from workbench.healing.ground import Ground, Site

GOOD = """
def good(password):
    has_digit = False
    has_upper = False
    for letter in password:
        if letter.isdigit():
            has_digit = True
        if letter.isupper():
            has_upper = True
    return len(password) >= 8 and has_upper
"""
PRICE = """
def price(amount, discount):
    return total(amount) - 5
"""
TRIANGLE = """
def is_isosceles(a, b, c):
    if a == b or b == c:
        return True
    return False
"""
DIFFERENT = """
def all_differ(a, b, c):
    return a != b and a != c
"""
ORDERED = """
def is_sorted(a, b, c):
    return a <= b and b <= c
"""
HANDED_ON = """
class Wrapper:
    def __init__(self, width, tabs, wide):
        self.width = width
        self.tabs = tabs
        self.wide = wide

    def split(self, text):
        return split(text, width=self.width, tabs=self.tabs)
"""
AtSite = Callable[[Ground, Site], Iterator[Candidate]]


def texts(source: str, make: AtSite) -> list[str]:
    """Return what every candidate makes of a function, at any of its statements."""
    files = {"m.py": textwrap.dedent(source)}
    ground = Ground(Dossier((), files, {}))
    module = ground.modules["m.py"]
    sites = [Site("m.py", module, node, 1.0) for node in module.statements]
    found = [one for site in sites for one in make(ground, site)]
    made = [applied(files, one)["m.py"] for one in found]
    for text in made:
        ast.parse(text)
    return made


@pytest.mark.parametrize(
    ("source", "make", "wanted"),
    [
        (GOOD, unread.at_site, "len(password) >= 8 and has_upper and has_digit"),
        (PRICE, unread.at_site, "total(amount) - discount"),
        (PRICE, unread.at_site, "total(amount, discount) - 5"),
        (
            HANDED_ON,
            unread.at_site,
            "split(text, width=self.width, tabs=self.tabs, wide=self.wide)",
        ),
        (TRIANGLE, pairs.at_site, "if a == b or b == c or a == c:"),
        (DIFFERENT, pairs.at_site, "return a != b and a != c and b != c"),
    ],
)
def test_what_is_missing_is_offered(source: str, make: AtSite, wanted: str) -> None:
    assert any(wanted in text for text in texts(source, make))


def test_what_binds_less_is_put_into_parentheses() -> None:
    source = GOOD.replace(" and has_upper", " or has_upper")
    assert any(
        "(len(password) >= 8 or has_upper) and has_digit" in one
        for one in texts(source, unread.at_site)
    )


@pytest.mark.parametrize(
    ("source", "make"),
    [
        (TRIANGLE, unread.at_site),
        (ORDERED, pairs.at_site),
        (TRIANGLE.replace("a == b or b == c", "a == b or b == c or a == c"), pairs.at_site),
        (TRIANGLE.replace("b == c", "d == c"), pairs.at_site),
    ],
)
def test_nothing_is_offered_where_nothing_is_missing(source: str, make: AtSite) -> None:
    assert texts(source, make) == []
