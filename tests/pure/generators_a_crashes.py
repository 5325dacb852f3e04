"""Small programs that raise, what is run of them, and the line of a repair."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Crashing:
    name: str
    program: str
    run: str
    """What fails, in the names that the program defines."""
    at: str
    """What is wrong in the program."""
    instead: str
    """What stands there after the repair, with its lines indented as they are."""
    within: int = 3

    @property
    def source(self) -> str:
        return dedent(self.program).lstrip("\n")

    @property
    def repaired(self) -> str:
        assert self.source.count(self.at) == 1, self.name
        return self.source.replace(self.at, self.instead)


NAMES = """
import os


def total(values):
    result = 0
    for value in values:
        result += vlaue
    return result


def group(words):
    found = defaultdict(list)
    for word in words:
        found[len(word)].append(word)
    return found


def root(n):
    return math.sqrt(n)


def biggest(values):
    for value in values:
        if value > best:
            best = value
    return best


counter = 0


def bump():
    counter += 1
    return counter


def counting():
    count = 0

    def more():
        count += 1
        return count

    return more


class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        items.append(item)

    def both(self, a, b):
        push(a)
        self.push(b)

    def size():
        return len(self.items)


def flag():
    return true


def old():
    return [i for i in xrange(3)]
"""
ATTRIBUTES = """
class Node:
    def __init__(self, value, next=None):
        self.value = value
        next_node = next
        self.after = next

    def describe(self):
        return f"{self.valeu}"

    @property
    def double(self):
        return self.value * 2


class Base:
    def __init__(self, name):
        self.name = name


class Child(Base):
    def __init__(self, name, age):
        self.age = age

    def show(self):
        return f"{self.name} {self.age}"


class Box:
    def __init__(self, width, height):
        self.width = width

    def area(self):
        return self.width * self.height


def pushed(values, item):
    values.push(item)
    return values


def size(values):
    return values.length


def clean(text):
    return text.trim()


def last(node):
    while node.after.after:
        node = node.after
    return node


def ordered(values):
    result = values.sort()
    return result[0]


def entry(record):
    return record.name


def doubled(node):
    return node.double() + 1


def sized(text):
    return text.length()
"""
TYPES = """
def label(count):
    return "items: " + count


def total(values):
    return sum(values) + "0"


def seen(rows):
    found = set()
    for row in rows:
        found.add(row)
    return len(found)


def each(n):
    return [i for i in n]


def joined(values):
    return ", ".join(values)


def middle(values):
    return values[len(values) / 2]


def first(values):
    return values.copy[0]


def keys(d):
    return d.keys()[0]


def older(a, b):
    return a > b


def scale(width, height, factor):
    return width * height * factor


def scaled(width, height):
    factor = 2
    return scale(width, height)


def wide(width, height):
    return scale(width, height, factr=2)


class Shape:
    def area():
        return 4

    def grow(self, amount, speed):
        return amount * speed


def call_all(shape):
    return shape.grow(1, 2, 3)


def pairs(values):
    for i, value in values:
        yield i, value


def count(values):
    return len(v for v in values)


def optional(text):
    return len(text)


def make(items):
    total = 3
    return total(items)


class Point:
    def _init_(self, x):
        self.x = x
"""
VALUES = """
def tally(words):
    found = {}
    for word in words:
        found[word] += 1
    return found


def grouped(words):
    found = {}
    for word in words:
        found[len(word)].append(word)
    return found


def price(table, name):
    return table[name]


def setting():
    options = {"colour": 1, "size": 2}
    return options["color"]


def neighbours(values):
    found = []
    for i in range(len(values)):
        found.append(values[i] + values[i + 1])
    return found


def first(values):
    return values[0]


def run(values):
    i = 0
    while values[i] > 0 and i < len(values):
        i += 1
    return i


def mean(values):
    return sum(values) / len(values)


def ratio(a, b):
    return a / b


def largest(values):
    return max(values)


def where(text, part):
    return text.index(part)


def drop(values, one):
    values.remove(one)
    return values


def inverted(d):
    return {value: key for key, value in d}


def purge(d):
    for key in d:
        if d[key] is None:
            del d[key]
    return d


def factorial(n):
    if n == 1:
        return 1
    return n * factorial(n - 1)


def forever(n):
    if n <= 0:
        return 0
    return n + forever(n)


class Person:
    def __init__(self, name):
        self._name = name

    @property
    def name(self):
        return self.name


def head(values):
    return next(v for v in values if v > 0)


def split(line):
    key, value = line.split("=")
    return key, value


def number(text):
    return int(text)
"""

CRASHES = (
    Crashing("typo", NAMES, "total([1])", "vlaue", "value", 1),
    Crashing(
        "member import",
        NAMES,
        "group(['a'])",
        "import os",
        "import os\nfrom collections import defaultdict",
        1,
    ),
    Crashing("module import", NAMES, "root(4)", "import os", "import os\nimport math", 1),
    Crashing(
        "not bound",
        NAMES,
        "biggest([1, 2])",
        "    for value in values:\n        if",
        "    best = 0\n    for value in values:\n        if",
        4,
    ),
    Crashing(
        "global", NAMES, "bump()", "    counter += 1", "    global counter\n    counter += 1", 2
    ),
    Crashing(
        "nonlocal",
        NAMES,
        "counting()()",
        "        count += 1",
        "        nonlocal count\n        count += 1",
        1,
    ),
    Crashing(
        "self attribute",
        NAMES,
        "Stack().push(1)",
        "        items.append",
        "        self.items.append",
        1,
    ),
    Crashing(
        "self method", NAMES, "Stack().both(1, 2)", "        push(a)", "        self.push(a)", 2
    ),
    Crashing("no self", NAMES, "Stack().size()", "def size():", "def size(self):", 1),
    Crashing("true", NAMES, "flag()", "true", "True", 1),
    Crashing("xrange", NAMES, "old()", "xrange", "range", 1),
    Crashing("near attribute", ATTRIBUTES, "Node(1).describe()", "valeu", "value", 1),
    Crashing(
        "base not called",
        ATTRIBUTES,
        "Child('a', 2).show()",
        "        self.age = age",
        "        super().__init__(name)\n        self.age = age",
        2,
    ),
    Crashing(
        "never set",
        ATTRIBUTES,
        "Box(1, 2).area()",
        "        self.width = width",
        "        self.width = width\n        self.height = height",
        2,
    ),
    Crashing("push", ATTRIBUTES, "pushed([], 1)", "values.push", "values.append", 1),
    Crashing("length", ATTRIBUTES, "size([])", "values.length", "len(values)", 1),
    Crashing("length()", ATTRIBUTES, "sized('')", "text.length()", "len(text)", 1),
    Crashing("trim", ATTRIBUTES, "clean('')", "trim", "strip", 1),
    Crashing(
        "none in loop",
        ATTRIBUTES,
        "last(Node(1))",
        "while node.after.after:",
        "while node.after is not None and node.after.after:",
        2,
    ),
    Crashing(
        "in place", ATTRIBUTES, "ordered([2, 1])", "result = values.sort()", "values.sort()", 4
    ),
    Crashing(
        "dict attribute", ATTRIBUTES, "entry({'name': 1})", "record.name", 'record["name"]', 2
    ),
    Crashing("property called", ATTRIBUTES, "doubled(Node(1))", "node.double()", "node.double", 1),
    Crashing("str", TYPES, "label(1)", '"items: " + count', '"items: " + str(count)', 1),
    Crashing("int", TYPES, "total([1])", '+ "0"', '+ int("0")', 2),
    Crashing("unhashable", TYPES, "seen([[1]])", "found.add(row)", "found.add(tuple(row))", 1),
    Crashing("range", TYPES, "each(3)", "in n]", "in range(n)]", 1),
    Crashing("join", TYPES, "joined([1])", "join(values)", "join(map(str, values))", 1),
    Crashing("whole index", TYPES, "middle([1, 2])", "/ 2", "// 2", 1),
    Crashing("not called", TYPES, "first([1])", "values.copy[0]", "values.copy()[0]", 3),
    Crashing("keys", TYPES, "keys({1: 2})", "d.keys()[0]", "list(d.keys())[0]", 1),
    Crashing("compared", TYPES, "older('1', 2)", "a > b", "int(a) > b", 3),
    Crashing(
        "argument missing",
        TYPES,
        "scaled(1, 2)",
        "scale(width, height)\n",
        "scale(width, height, factor)\n",
        1,
    ),
    Crashing("keyword", TYPES, "wide(1, 2)", "factr=2", "factor=2", 1),
    Crashing("self missing", TYPES, "Shape().area()", "def area():", "def area(self):", 1),
    Crashing("too many", TYPES, "call_all(Shape())", "grow(1, 2, 3)", "grow(1, 2)", 2),
    Crashing(
        "enumerate",
        TYPES,
        "list(pairs([1]))",
        "in values:\n        yield",
        "in enumerate(values):\n        yield",
        2,
    ),
    Crashing(
        "generator length",
        TYPES,
        "count([1])",
        "len(v for v in values)",
        "len(list(v for v in values))",
        2,
    ),
    Crashing("none", TYPES, "optional(None)", "len(text)", 'len(text or "")', 12),
    Crashing("times", TYPES, "make(2)", "total(items)", "total * items", 4),
    Crashing("init", TYPES, "Point(1)", "_init_", "__init__", 1),
    Crashing(
        "counted",
        VALUES,
        "tally(['a'])",
        "found[word] += 1",
        "found[word] = found.get(word, 0) + 1",
        1,
    ),
    Crashing(
        "set before",
        VALUES,
        "grouped(['a'])",
        "found[len(word)].append",
        "found.setdefault(len(word), []).append",
        1,
    ),
    Crashing("get", VALUES, "price({}, 'a')", "table[name]", "table.get(name)", 2),
    Crashing("near key", VALUES, "setting()", '["color"]', '["colour"]', 1),
    Crashing(
        "one less", VALUES, "neighbours([1, 2])", "range(len(values))", "range(len(values) - 1)", 2
    ),
    Crashing(
        "empty",
        VALUES,
        "first([])",
        "    return values[0]",
        "    if not values:\n        return None\n    return values[0]",
        6,
    ),
    Crashing(
        "order",
        VALUES,
        "run([1, 2])",
        "values[i] > 0 and i < len(values)",
        "i < len(values) and values[i] > 0",
        4,
    ),
    Crashing(
        "mean of nothing",
        VALUES,
        "mean([])",
        "    return sum(values)",
        "    if not values:\n        return 0\n    return sum(values)",
        4,
    ),
    Crashing(
        "ratio",
        VALUES,
        "ratio(1, 0)",
        "    return a / b",
        "    if b == 0:\n        return 0\n    return a / b",
        4,
    ),
    Crashing(
        "largest of nothing", VALUES, "largest([])", "max(values)", "max(values, default=0)", 2
    ),
    Crashing("find", VALUES, "where('a', 'b')", "text.index", "text.find", 1),
    Crashing(
        "remove",
        VALUES,
        "drop([], 1)",
        "    values.remove(one)",
        "    if one in values:\n        values.remove(one)",
        1,
    ),
    Crashing("items", VALUES, "inverted({'abc': 1})", "in d}", "in d.items()}", 1),
    Crashing(
        "changed", VALUES, "purge({1: None, 2: 3})", "for key in d:", "for key in list(d):", 1
    ),
    Crashing("base case", VALUES, "factorial(0)", "n == 1", "n <= 1", 4),
    Crashing("nearer", VALUES, "forever(3)", "forever(n)\n", "forever(n - 1)\n", 4),
    Crashing("property", VALUES, "Person('a').name", "return self.name", "return self._name", 1),
    Crashing(
        "next",
        VALUES,
        "head([])",
        "next(v for v in values if v > 0)",
        "next((v for v in values if v > 0), None)",
        1,
    ),
    Crashing("split once", VALUES, "split('a=b=c')", 'split("=")', 'split("=", 1)', 2),
    Crashing("strip", VALUES, "number('a')", "int(text)", "int(text.strip())", 8),
)
