"""Classes: state, exceptions of one's own, objects that are compared."""

from __future__ import annotations

from tests.sandbox.repairs.values import BOTH, Repair, project

STACK_BUG = '''\
class StackError(Exception):
    """Something is wrong with a stack."""


class Empty(StackError):
    def __init__(self, name, size=0):
        super().__init__(name)
        self.name = name
        self.size = size

    def __str__(self):
        return f"{self.name} is empty"


class Full(StackError, OverflowError):
    pass


class Stack:
    limit = 3

    def __init__(self, name="stack"):
        self.name = name
        self._items = []

    def push(self, item):
        self._items.insert(0, item)
        return self

    def pop(self):
        return self._items.pop()

    @property
    def size(self):
        return len(self._items)

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return iter(self._items)

    def __contains__(self, item):
        return item in self._items
'''
STACK_TESTS = """\
import pytest

import stack
from stack import Empty, Full, Stack, StackError


@pytest.fixture
def full():
    made = Stack("full")
    for item in "abc":
        made.push(item)
    yield made
    made._items.clear()


def test_last_in_first_out(full):
    assert full.pop() == "c"
    assert full.pop() == "b"
    assert full.size == 1
    assert len(full) == 1


def test_empty():
    with pytest.raises(Empty) as caught:
        Stack("mine").pop()
    assert caught.value.name == "mine"
    assert str(caught.value) == "mine is empty"


def test_empty_by_its_base():
    with pytest.raises(StackError, match="is empty"):
        stack.Stack().pop()


def test_full(full):
    with pytest.raises(Full):
        full.push("d")
    with pytest.raises(OverflowError):
        full.push("e")


def test_iterates(full):
    assert list(full) == ["a", "b", "c"]


def test_contains(full):
    assert "b" in full
    assert "z" not in full
    assert len(list(full)) == 3


def test_chained():
    assert Stack().push(1).push(2).pop() == 2
"""
STACK = project(
    "stack",
    "stack.py",
    {"stack.py": STACK_BUG, "tests/test_stack.py": STACK_TESTS},
    "tests/test_stack.py test_last_in_first_out test_empty test_empty_by_its_base test_full "
    "test_iterates test_chained",
)
_PUSH = """\
        if len(self._items) >= self.limit:
            raise Full(f"{self.name} is full")
        self._items.append(item)
"""
_POP = """\
        if not self._items:
            raise Empty(self.name)
        return self._items.pop()
"""
_STACK_RIGHT = STACK_BUG.replace("        self._items.insert(0, item)\n", _PUSH).replace(
    "        return self._items.pop()\n", _POP
)

SHAPES_BUG = """\
import enum
from collections import namedtuple
from dataclasses import dataclass, field
from datetime import date, timedelta

Size = namedtuple("Size", "width height")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass(frozen=True)
class Point:
    x: int
    y: int

    def moved(self, x, y):
        return Point(self.x + x, self.y - y)


@dataclass
class Path:
    points: list = field(default_factory=list)

    def add(self, point):
        self.points.append(point)


class Vector:
    def __init__(self, *parts):
        self.parts = parts

    def __add__(self, other):
        return Vector(*(a - b for a, b in zip(self.parts, other.parts)))

    def __eq__(self, other):
        return isinstance(other, Vector) and self.parts == other.parts

    def __hash__(self):
        return hash(self.parts)

    def __lt__(self, other):
        return self.parts < other.parts

    def __repr__(self):
        return f"Vector{self.parts}"


def size(text):
    lines = text.splitlines()
    return Size(max(map(len, lines)), 0)


def mixed(one, other):
    return Colour.RED


def due(day, days):
    return day - timedelta(days=days)


def boxed(point):
    return {point: "here"}


def describe(shape):
    return type(shape).__name__.lower()
"""
SHAPES_TESTS = """\
from datetime import date

import pytest

import shapes
from shapes import Colour, Path, Point, Vector


def test_moved():
    assert Point(1, 2).moved(1, 1) == Point(2, 3)


def test_moved_parts():
    moved = Point(1, 2).moved(0, 5)
    assert (moved.x, moved.y) == (1, 7)


def test_kind():
    assert isinstance(Point(0, 0).moved(1, 1), Point)
    assert Point(0, 0).moved(1, 1).y == 1


def test_path():
    path = Path()
    path.add(Point(1, 1).moved(1, 1))
    assert path.points == [Point(2, 2)]
    assert path == Path([Point(2, 2)])


def test_vector():
    assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)


def test_vector_shown():
    assert repr(Vector(1, 2) + Vector(1, 1)) == "Vector(2, 3)"


def test_vectors_in_order():
    assert sorted([Vector(1) + Vector(1), Vector(1)])[-1] == Vector(2)


def test_size():
    assert shapes.size("abc\\nd") == (3, 2)


def test_size_by_name():
    assert shapes.size("abc\\nd").height == 2


def test_mixed():
    assert shapes.mixed(Colour.RED, Colour.BLUE) is Colour.BLUE


def test_due():
    assert shapes.due(date(2024, 2, 28), 2) == date(2024, 3, 1)


def test_boxed():
    assert shapes.boxed(Point(1, 1).moved(1, 1))[Point(2, 2)] == "here"


def test_frozen():
    with pytest.raises(AttributeError):
        Point(1, 1).x = 2
"""
SHAPES = project(
    "shapes",
    "shapes.py",
    {"shapes.py": SHAPES_BUG, "tests/test_shapes.py": SHAPES_TESTS},
    "tests/test_shapes.py test_moved test_moved_parts test_kind test_path test_vector "
    "test_vector_shown test_vectors_in_order test_size test_size_by_name test_mixed test_due "
    "test_boxed",
)
_SHAPES_RIGHT = (
    SHAPES_BUG.replace("self.y - y", "self.y + y")
    .replace("a - b for", "a + b for")
    .replace("lines)), 0)", "lines)), len(lines))")
    .replace("return Colour.RED", "return Colour.BLUE if one is not other else one")
    .replace("day - timedelta", "day + timedelta")
)

REPAIRS = (
    Repair("stack", STACK, {"stack.py": _STACK_RIGHT}),
    Repair(
        "stack-on-a-deque",
        STACK,
        {
            "stack.py": "from collections import deque\n\n\n"
            + _STACK_RIGHT.replace("self._items = []", "self._items = deque()")
        },
    ),
    Repair(
        "stack-as-a-list",
        STACK,
        {
            "stack.py": _STACK_RIGHT.replace(
                "raise Empty(self.name)", "raise Empty(self.name) from None"
            )
        },
    ),
    Repair("shapes", SHAPES, {"shapes.py": _SHAPES_RIGHT}, BOTH),
    Repair(
        "shapes-with-slots",
        SHAPES,
        {
            "shapes.py": _SHAPES_RIGHT.replace(
                "    def __init__(self, *parts):",
                '    __slots__ = ("parts",)\n\n    def __init__(self, *parts):',
            )
        },
        BOTH,
    ),
)
