"""What is typed on the search line, as the host is asked for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.library import Holdings
from screens.library_query import FILTERS, MOST, query_of
from tests.pilot.libraries import BASE
from workbench.api.knowing import Search

HELD = Holdings(BASE)
NOON = 1_780_317_000_000_000
"""Half past twelve, which it is in all tests."""
HOUR = 3_600_000_000


def search(text: str, **fields: object) -> Search:
    return Search(text, limit=MOST, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("how to retry", search("how to retry")),
        ("retry kind:code,prose", search("retry", kinds=("code", "prose"))),
        ("kind:code retry kind:text", search("retry", kinds=("code", "text"))),
        ("lang:py retry lang:go", search("retry", languages=("python", "go"))),
        ('path:"my docs/" a', search("a", path="my docs/")),
        ("source:src source:httpx a", search("a", sources=("s1", "p1"))),
        ("domain:project a", search("a", domains=("project",))),
        ("since:2h a", search("a", since=NOON - 2 * HOUR)),
        ("since:2026-06-01 a", search("a", since=NOON - 12 * HOUR - HOUR // 2)),
        ("near:yes a", search("a", neighbours=True)),
        ("std::vector a:b http://x", search("std::vector a:b http://x")),
        ('"a phrase" b', search('"a phrase" b')),
    ],
)
def test_filters_stand_among_the_words(typed: str, wanted: Search) -> None:
    assert query_of(typed, HELD).search == wanted
    assert query_of(typed, HELD).problem == ""


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("a kind:cod", "There is no kind cod; did you mean code?"),
        ("a domain:zzzz", "There is no domain zzzz."),
        ("a source:sr", "There is no source sr; did you mean src?"),
        ("a since:9999y", "since:9999y is no time: try since:3d or since:2026-01-31."),
        ("a since:later", "since:later is no time: try since:3d or since:2026-01-31."),
        ("kind:code", "Type words to look for."),
    ],
)
def test_what_is_not_understood_is_said(typed: str, problem: str) -> None:
    assert query_of(typed, HELD).problem == problem


@pytest.mark.parametrize("typed", ["", "   ", "\t"])
def test_nothing_is_no_question(typed: str) -> None:
    assert query_of(typed, HELD).search is None
    assert query_of(typed, HELD).problem == ""


PART = st.one_of(
    st.text(alphabet='abc: "/', max_size=6),
    st.builds("{}:{}".format, st.sampled_from(FILTERS), st.text(alphabet='ab1d,"', max_size=5)),
)


@given(st.lists(PART, max_size=6))
def test_anything_can_be_typed(parts: list[str]) -> None:
    query = query_of(" ".join(parts), HELD)
    assert query.search is None or query.search.text.strip()
