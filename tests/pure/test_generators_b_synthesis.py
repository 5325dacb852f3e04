"""Conditions from recorded values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.healing.insight.synthesis import Opaque, Visit, separating

Rows = list[tuple[dict[str, object], bool]]
NODE = Opaque("Node")

TABLE: list[tuple[str, Rows]] = [
    ("n == 0", [({"n": 0}, True), ({"n": 1}, False), ({"n": -3}, False)]),
    ("n < 0", [({"n": 0}, False), ({"n": 1}, False), ({"n": -3}, True), ({"n": -1}, True)]),
    ("not items", [({"items": []}, True), ({"items": [0]}, False)]),
    ("node is None", [({"node": None}, True), ({"node": NODE}, False), ({"node": ""}, False)]),
    (
        "i < len(a)",
        [
            ({"i": 0, "a": [1, 2]}, True),
            ({"i": 1, "a": [1, 2]}, True),
            ({"i": 2, "a": [1, 2]}, False),
            ({"i": 3, "a": [1, 2]}, False),
        ],
    ),
    (
        "x in seen",
        [
            ({"x": 4, "seen": [3, 4]}, True),
            ({"x": 3, "seen": [3, 9]}, True),
            ({"x": 4, "seen": [3]}, False),
            ({"x": 9, "seen": []}, False),
        ],
    ),
    ("isinstance(x, str)", [({"x": "a"}, True), ({"x": ""}, True), ({"x": 1}, False)]),
    ("n % 2 == 0", [({"n": n}, n % 2 == 0) for n in (3, 8, 5, -2, 7, 0, 1)]),
    ("a < b", [({"a": 1, "b": 4}, True), ({"a": 4, "b": 4}, False), ({"a": 3, "b": 2}, False)]),
    ("flag", [({"flag": True}, True), ({"flag": False}, False)]),
    ("c == 'x'", [({"c": "x"}, True), ({"c": "y"}, False), ({"c": "w"}, False)]),
    (
        "x > 0 and y > 0",
        [({"x": x, "y": y}, x > 0 and y > 0) for x in (-2, 0, 3) for y in (-2, 0, 3)],
    ),
    (
        "x == 0 or y == 0",
        [({"x": x, "y": y}, 0 in (x, y)) for x in (-1, 0, 1) for y in (-1, 0, 1)],
    ),
]


@pytest.mark.parametrize(("wanted", "rows"), TABLE, ids=[one[0] for one in TABLE])
def test_the_natural_condition_is_among_the_first(wanted: str, rows: Rows) -> None:
    visits = [Visit(values, truth) for values, truth in rows]
    names = list(rows[0][0])
    assert wanted in [one.text for one in separating(visits, names, constants=["x"])[:3]]


@pytest.mark.parametrize("rows", [[], [({"n": 1}, True)], [({"n": 1}, False), ({"n": 2}, False)]])
def test_where_all_want_the_same_nothing_is_found(rows: Rows) -> None:
    assert separating([Visit(values, truth) for values, truth in rows]) == []


def test_the_same_values_that_want_both_have_no_condition() -> None:
    assert separating([Visit({"n": 1}, True), Visit({"n": 1}, False)]) == []


def test_names_that_are_not_always_there_are_not_used() -> None:
    rows = [Visit({"n": 1, "m": 0}, True), Visit({"n": 1}, False)]
    assert separating(rows) == []


def test_only_given_names_are_used_and_the_nearest_preferred() -> None:
    rows = [Visit({"a": 0, "b": 0, "c": 0}, True), Visit({"a": 1, "b": 1, "c": 1}, False)]
    found = separating(rows, ["b", "a"])
    assert found[0].text == "b == 0"
    assert not any("c" in one.text for one in found)


def asked(condition: str, values: dict[str, object]) -> bool:
    return bool(eval(condition, {}, values))  # noqa: S307 - conditions of our own language


plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-4, 4),
    st.sampled_from(["", "a", "ab"]),
    st.lists(st.integers(-2, 2), max_size=3),
    st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), max_size=2),
    st.floats(-2, 2),
)
rows_of_values = st.lists(
    st.tuples(
        st.fixed_dictionaries({"x": plain, "y": plain, "n": st.integers(-4, 4)}), st.booleans()
    ),
    min_size=2,
    max_size=8,
)


@given(rows_of_values)
@settings(max_examples=150, deadline=None)
def test_what_is_found_is_right_at_every_visit(rows: Rows) -> None:
    """Ask Python itself whether each condition has the wanted truth at each visit."""
    for one in separating([Visit(values, truth) for values, truth in rows]):
        assert [asked(one.text, values) for values, _ in rows] == [truth for _, truth in rows]


HIDDEN = ("x < y", "x == 0", "x >= n", "x > 0 and y > 0", "x < n or y == n", "not y > x")


@given(
    st.sampled_from(HIDDEN),
    st.lists(st.tuples(*[st.integers(-3, 3)] * 3), min_size=2, max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_a_hidden_condition_is_told_apart(hidden: str, values: list[tuple[int, int, int]]) -> None:
    """Find some condition wherever one of the language made the rows."""
    named: list[dict[str, object]] = [dict(zip("xyn", one, strict=True)) for one in values]
    visits = [Visit(one, asked(hidden, one)) for one in named]
    if len({visit.wanted for visit in visits}) == 2:
        found = separating(visits)
        assert found
        assert [one.cost for one in found] == sorted(one.cost for one in found)
