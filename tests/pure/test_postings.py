"""The sheaf that grows tells which terms begin so, whatever came since it was last asked."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from workbench.knowledge.finding import postings
from workbench.knowledge.finding.postings import Counted, Growing

_TERMS = st.lists(st.text("ab\U0010ffff", min_size=1, max_size=4), max_size=30)
_STEPS = st.lists(st.tuples(_TERMS, st.text("ab", max_size=2)), min_size=1, max_size=6)


@given(_STEPS, st.integers(0, 3))
def test_terms_that_begin_so_are_those_that_begin_so(
    steps: list[tuple[list[str], str]], kept_unsorted: int
) -> None:
    growing, often = Growing(), Counter[str]()
    postings._MOST_UNSORTED, before = kept_unsorted, postings._MOST_UNSORTED
    try:
        for number, (terms, start) in enumerate(steps):
            growing.add([Counted(number, Counter(terms), len(terms))])
            often.update(set(terms))
            wanted = {term: many for term, many in often.items() if term.startswith(start)}
            assert dict(growing.beginning(start, 1000)) == wanted
    finally:
        postings._MOST_UNSORTED = before


def test_the_most_frequent_come_first() -> None:
    growing = Growing()
    pieces = [["part"], ["part", "past"], ["part", "past", "pass"], ["other"]]
    growing.add(Counted(at, Counter(terms), 1) for at, terms in enumerate(pieces))
    assert growing.beginning("pa", 2) == [("part", 3), ("past", 2)]
