"""Values that cross between two processes: what arrives, and what is refused."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import math
import os
import pathlib
import socket
import sys
import types
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.crossed import Ends, Shelf, ShelfError
from workbench.sandbox.runner.crossing import Peer, module
from workbench.sandbox.runner.remote import STRAYS, Remote, Uncrossable


@pytest.fixture(scope="module")
def ends() -> Iterator[Ends]:
    with closing(Ends()) as made:
        yield made


@pytest.fixture(autouse=True)
def no_strays() -> None:
    STRAYS.clear()


ZONE = dt.timezone(dt.timedelta(hours=2))
PLAIN: list[object] = [
    None,
    True,
    0,
    -1,
    2**53,
    -(2**200),
    1.5,
    math.inf,
    -0.0,
    5e-324,
    1 + 2j,
    "",
    "é\u2028\U0001f600",
    "\ud800",
    b"\0\xff",
    bytearray(b"x"),
    [],
    (),
    {},
    set(),
    frozenset({1}),
    [1, (2, [3, {4: {"5": {6}}}])],
    {(1, 2): None, "a": [b"b"], 3.5: frozenset({"x"})},
    {"t": "handle", "v": 0},
    range(3, 9, 2),
    slice(1, None),
    ...,
    NotImplemented,
    int,
    ValueError,
    decimal.Decimal("1.10"),
    fractions.Fraction(1, 3),
    dt.date(2024, 2, 29),
    dt.time(1, 2, 3, 4),
    dt.datetime(2024, 2, 29, 1, 2, 3, 4),  # noqa: DTZ001 - most have no zone
    dt.datetime(2024, 2, 29, tzinfo=ZONE),
    dt.timedelta(days=-1, microseconds=7),
    uuid.UUID(int=7),
    pathlib.Path("/a/../b"),
    pathlib.PurePosixPath("a"),
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_a_plain_value_arrives_as_it_is(value: object, ends: Ends) -> None:
    arrived = ends.there_and_back(value)
    assert type(arrived) is type(value)
    assert arrived == value
    assert repr(arrived) == repr(value)


def test_no_number_arrives_as_no_number(ends: Ends) -> None:
    arrived = ends.there_and_back(math.nan)
    assert isinstance(arrived, float)
    assert math.isnan(arrived)


_LEAVES = (
    st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.floats(allow_nan=False)
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers() | st.tuples(st.integers()), inner)
        | st.frozensets(_LEAVES)
    ),
    max_leaves=20,
)


@given(_VALUES)
def test_every_plain_value_arrives_as_it_is(value: object) -> None:
    peer = Peer(-1, {})
    arrived = peer.decode(peer.encode(value))
    assert type(arrived) is type(value)
    assert arrived == value


class Number(int):
    """Says that it equals everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Pair(NamedTuple):
    a: int
    b: int


class Text(str):
    __slots__ = ()


OBJECTS = [
    Number(3),
    Text("x"),
    collections.OrderedDict(a=1),
    Pair(1, 2),
    object(),
    len,
    dt.datetime(2024, 1, 1, tzinfo=type("Own", (dt.tzinfo,), {})()),
    types.SimpleNamespace(a=1),
    Number,
]


@pytest.mark.parametrize("value", OBJECTS, ids=lambda value: type(value).__name__)
def test_anything_else_is_an_object_that_stays_where_it_is(value: object, ends: Ends) -> None:
    there = ends.far(value)
    assert type(there) is Remote
    assert ends.far(value) is there


VERDICTS: dict[str, Callable[[Any], object]] = {
    "==": lambda there: there == 3,
    "== from the right": lambda there: there == 3,
    "!=": lambda there: there != 3,
    "<": lambda there: there < 3,
    "<=": lambda there: there <= 3,
    ">": lambda there: there > 3,
    ">=": lambda there: there >= 3,
    "in": lambda there: 3 in there,
    "in a list": lambda there: there in [1, 2],
    "hash": hash,
    "key": lambda there: {there: 1},
    "isinstance": lambda there: isinstance(there, int),
    "isinstance of it": lambda there: isinstance(3, there),
    "issubclass of it": lambda there: issubclass(int, there),
    "class": lambda there: there.__class__,
    "sorted": lambda there: sorted([there, 3]),
}


@pytest.mark.parametrize("verdict", VERDICTS.values(), ids=VERDICTS)
def test_an_object_is_never_asked_for_a_verdict(
    verdict: Callable[[Any], object], ends: Ends
) -> None:
    with pytest.raises(Uncrossable):
        verdict(ends.far(Number(3)))
    assert STRAYS


def test_an_object_is_identical_to_itself(ends: Ends) -> None:
    there = ends.far(Number(3))
    assert there == there  # noqa: PLR0124 - that is the question
    assert [there, 1].index(there) == 0
    assert not STRAYS


def test_what_is_done_to_an_object_is_done_where_it_is(ends: Ends) -> None:
    shelf = Shelf(1, "b")
    there = ends.far(shelf)
    assert len(there) == 2
    assert list(there) == [1, "b"]
    assert there[1] == "b"
    assert str(there) == "2 items"
    assert f"{there:#}" == "#2"
    assert list(there + there) == [1, "b", 1, "b"]
    there.items = [7]
    assert shelf.items == [7]
    del there.items
    assert not hasattr(there, "items")


def test_a_function_of_the_test_is_called_back(ends: Ends) -> None:
    seen: list[object] = []
    there = ends.far(Shelf(1, 2))
    assert there.each(lambda item: item * 10) == [10, 20]
    there.each(seen.append)
    assert seen == [1, 2]


def test_only_functions_are_called_back(ends: Ends) -> None:
    with pytest.raises(Uncrossable):
        ends.far(Shelf(1)).each(Number)


def test_a_list_that_is_handed_over_is_filled_here(ends: Ends) -> None:
    into: list[object] = [0]
    inner = [into]
    ends.far(Shelf(1, 2)).fill(into)
    assert into == [0, 1, 2]
    assert inner[0] is into


def test_nested_values_stay_the_same_objects(ends: Ends) -> None:
    row: list[int] = [1]
    rows = [row]

    def grow(given: list[list[int]]) -> None:
        given[0].append(2)

    ends.near.ask("call", ends.far(grow), [], rows)
    assert row == [1, 2]
    assert rows[0] is row


def test_a_context_sees_what_happens_in_it(ends: Ends) -> None:
    shelf = Shelf()
    with ends.far(shelf):
        raise KeyError("k")
    with pytest.raises(ShelfError), ends.far(shelf):
        raise ShelfError("s")
    assert shelf.items == ["KeyError('k')", "ShelfError('s', 'is wrong')"]


def test_a_generator_goes_on_where_it_is(ends: Ends) -> None:
    def sums() -> Generator[int, int]:
        total = 0
        while True:
            total += yield total

    there = ends.far(sums())
    assert next(there) == 0
    assert [there.send(n) for n in (1, 2, 3)] == [1, 3, 6]
    there.close()
    with pytest.raises(StopIteration):
        next(there)


def test_what_is_too_deep_does_not_cross(ends: Ends) -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(Uncrossable):
        ends.there_and_back(deep)


@pytest.fixture
def distant(ends: Ends) -> Iterator[types.ModuleType]:
    made = types.ModuleType("distant_module")
    made.__dict__.update(LIMIT=3, Shelf=Shelf, _hidden=1, os=os)
    sys.modules["distant_module"] = made
    yield module(ends.near, "distant_module", None)
    del sys.modules["distant_module"]


def test_a_module_is_asked_for_its_names(distant: types.ModuleType) -> None:
    assert distant.LIMIT == 3
    distant.LIMIT = 4  # type: ignore[attr-defined]
    assert distant.LIMIT == 4
    assert set(distant.__all__) == {"LIMIT", "Shelf"}
    assert len(distant.Shelf(1, 2)) == 2
    del distant.LIMIT
    assert not hasattr(distant, "LIMIT")


NONSENSE = [
    b"[]\n",
    b"nothing\n",
    b'{"value": {"t": "builtin", "v": "eval"}, "after": []}\n',
    b'{"value": {"t": "ours", "v": 99}, "after": []}\n',
    b'{"value": {"t": "no such", "v": 0}, "after": []}\n',
    b'{"value": {"t": "decimal", "v": "x"}, "after": []}\n',
    b'{"error": {}}\n',
    b'{"ask": "import", "with": ["os"]}\n{"value": 1}\n',
    b"[" * 100_000 + b"\n",
    b"",
]


@pytest.mark.parametrize("answer", NONSENSE, ids=lambda answer: repr(answer)[:50])
def test_nonsense_from_the_other_half_is_an_error_and_never_an_answer(answer: bytes) -> None:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(answer)
        far.shutdown(socket.SHUT_WR)
        with pytest.raises(Exception):  # noqa: B017, PT011 - whichever it is, a test fails of it
            Peer(near.fileno(), {}).ask("echo", 1)


def test_the_other_half_can_ask_for_nothing_but_what_is_served() -> None:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(b'{"ask": "import", "with": ["os"]}\n{"value": 1, "after": []}\n')
        assert Peer(near.fileno(), {}).ask("echo") == 1
        assert b'"KeyError"' in far.recv(1 << 16).split(b"\n")[1]
