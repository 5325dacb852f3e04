"""Code of other shapes: decorators, properties, caches, registries, protocols, nested results."""

from __future__ import annotations

from tests.sandbox.repairs.values import BOTH, TWINS, Repair, project

TOOLS_BUG = """\
import functools
import re
from typing import NamedTuple, Protocol

HANDLERS = {}


class Row(NamedTuple):
    name: str
    count: int


class Speaks(Protocol):
    def speak(self) -> str: ...


class Dog:
    def speak(self):
        return "meow"


class Lazy:
    def __init__(self, make):
        self.make = make

    def __get__(self, instance, owner):
        return self.make(owner)


class Box:
    shared = []

    def __init__(self, side):
        self.side = side

    @Lazy
    def volume(self):
        return self.side**3

    @classmethod
    def unit(cls):
        return cls(2)

    @staticmethod
    def valid(side):
        return side < 0

    def __getattr__(self, name):
        raise AttributeError(name)

    def __bool__(self):
        return self.side == 0


def handles(name):
    def register(function):
        HANDLERS[name] = None
        return function

    return register


def handle(name, *given):
    return HANDLERS[name](*given)


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 1)


def timed(function):
    def timed(*given, **named):
        return function(*given)

    return timed


def parse(text):
    found = re.match(r"(\\d+) (\\w+)", text)
    return Row(found[1], found[2]) if found else None


def tree(depth):
    return {"depth": depth, "children": [tree(depth - 1)] * 2 if depth > 1 else None}


def flatten(nested):
    return [leaf for one in nested for leaf in one]


def speak(animal: Speaks):
    return animal.speak().upper()
"""
TOOLS_TESTS = """\
from collections import OrderedDict

import pytest

import tools
from tools import Box, Dog, fib, flatten, handle, handles, parse, speak, timed, tree


def test_volume():
    assert Box(3).volume == 27


def test_unit():
    assert Box.unit().side == 1


def test_valid():
    assert Box.valid(1)
    assert not Box.valid(-1)


def test_truth():
    assert Box(1)
    assert not Box(0)


def test_missing():
    with pytest.raises(AttributeError, match="no colour"):
        Box(1).colour


def test_handles():
    @handles("double")
    def double(n):
        return 2 * n

    assert handle("double", 4) == 8
    assert double(1) == 2


def test_fib():
    assert [fib(n) for n in range(8)] == [0, 1, 1, 2, 3, 5, 8, 13]


def test_timed():
    @timed
    def both(a, *, b):
        return a + b

    assert both(1, b=2) == 3


def test_parse():
    assert parse("3 apples") == ("apples", 3)
    assert parse("apples") is None


def test_tree():
    assert tree(2) == {"depth": 2, "children": [tree(1), tree(1)]}
    assert tree(1)["children"] == []


def test_flatten():
    assert flatten([1, [2, [3]], OrderedDict(a=4)]) == [1, 2, 3, "a"]


def test_speak():
    assert speak(Dog()) == "WOOF"


class Cat:
    def speak(self):
        return "meow"


def test_speak_of_our_own():
    assert speak(Cat()) == "MEOW!"


def test_shared():
    Box.shared.append(1)
    assert Box(1).shared == [1]
"""
TOOLS = project(
    "tools",
    "tools.py",
    {"tools.py": TOOLS_BUG, "tests/test_tools.py": TOOLS_TESTS},
    "tests/test_tools.py test_volume test_unit test_valid test_truth test_missing test_handles "
    "test_fib test_timed test_parse test_tree test_flatten test_speak test_speak_of_our_own",
)
_TOOLS_RIGHT = (
    TOOLS_BUG.replace('"meow"', '"woof"')
    .replace("self.make(owner)", "self.make(instance)")
    .replace("cls(2)", "cls(1)")
    .replace("side < 0", "side > 0")
    .replace("AttributeError(name)", 'AttributeError(f"no {name}")')
    .replace("self.side == 0", "self.side != 0")
    .replace("HANDLERS[name] = None", "HANDLERS[name] = function")
    .replace("fib(n - 1) + fib(n - 1)", "fib(n - 1) + fib(n - 2)")
    .replace(
        "function(*given)\n\n    return timed", "function(*given, **named)\n\n    return timed"
    )
    .replace("Row(found[1], found[2])", "Row(found[2], int(found[1]))")
    .replace("if depth > 1 else None", "if depth > 1 else []")
    .replace(
        "return [leaf for one in nested for leaf in one]",
        "found = []\n    for one in nested:\n"
        "        found += flatten(one) if hasattr(one, '__iter__') and one != str(one) else [one]\n"
        "    return found",
    )
    .replace(
        "return animal.speak().upper()",
        'return animal.speak().upper() + "!" * (type(animal) is not Dog)',
    )
)

QUEUE_BUG = """\
import heapq


class Queue:
    def __init__(self, items=[]):
        self.items = items

    def put(self, item, priority=0):
        heapq.heappush(self.items, (priority, item))

    def get(self):
        return heapq.heappop(self.items)[0]

    def drain(self):
        while self.items:
            yield heapq.heappop(self.items)
"""
QUEUE_TESTS = """\
import pytest

from queues import Queue


@pytest.mark.parametrize("items", [["a"], ["b", "a"], list("cab")], ids=len)
def test_in_order(items):
    queue = Queue()
    for item in items:
        queue.put(item)
    assert list(queue.drain()) == sorted(items)


def test_apart():
    Queue().put("x")
    assert Queue().items == []


def test_priority():
    queue = Queue()
    queue.put("later", 2)
    queue.put("sooner", 1)
    assert queue.get() == "sooner"
"""
QUEUE = project(
    "queue",
    "queues.py",
    {"queues.py": QUEUE_BUG, "tests/test_queues.py": QUEUE_TESTS},
    "tests/test_queues.py test_in_order[1] test_in_order[2] test_in_order[3] test_apart "
    "test_priority",
)
_QUEUE_RIGHT = (
    QUEUE_BUG.replace("items=[]", "items=()")
    .replace("self.items = items", "self.items = list(items)")
    .replace("heappop(self.items)[0]", "heappop(self.items)[1]")
    .replace("yield heapq.heappop(self.items)", "yield self.get()")
)

REPAIRS = (
    Repair("tools", TOOLS, {"tools.py": _TOOLS_RIGHT}, BOTH),
    Repair(
        "tools-with-wraps",
        TOOLS,
        {
            "tools.py": _TOOLS_RIGHT.replace(
                "    def timed(*", "    @functools.wraps(function)\n    def timed(*"
            )
        },
        BOTH,
    ),
    Repair(
        "tools-as-a-tuple",
        TOOLS,
        {
            "tools.py": _TOOLS_RIGHT.replace(
                "Row(found[2], int(found[1]))", "(found[2], int(found[1]))"
            )
        },
        BOTH,
    ),
    Repair("queue", QUEUE, {"queues.py": _QUEUE_RIGHT}),
    Repair(
        "queue-with-none",
        QUEUE,
        {
            "queues.py": _QUEUE_RIGHT.replace("items=()", "items=None").replace(
                "list(items)", "[] if items is None else items"
            )
        },
    ),
    Repair(
        "queue-in-a-subclass",
        QUEUE,
        {
            "queues.py": _QUEUE_RIGHT.replace("class Queue:", "class _Queue:")
            + "\n\nclass Queue(_Queue):\n    pass\n"
        },
    ),
    Repair(
        "queue-beside-its-data",
        QUEUE,
        {"queues.py": _QUEUE_RIGHT, "defaults.json": "{}\n"},
        TWINS,
    ),
    Repair(
        "queue-in-two-modules",
        QUEUE,
        {
            "heaps.py": _QUEUE_RIGHT,
            "queues.py": '"""Kept for those who import it from here."""\n\n'
            "from heaps import Queue\n\n__all__ = ['Queue']\n",
        },
    ),
)
