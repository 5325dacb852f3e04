"""What is run of small programs that raise, and the line of a repair."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

from tests.pure.generators_a_programs import ATTRIBUTES, HANDED, NAMES, ORIGINS, TYPES, VALUES


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
    Crashing(
        "turned",
        HANDED,
        "drawn(Pen(1, 2), 'ab')",
        "line(len(text), text)",
        "line(text, len(text))",
        2,
    ),
    Crashing("asked beside", HANDED, "Pen(1, 2).state()", "self.nib)", "self.width)", 3),
    Crashing(
        "a class is kept",
        ORIGINS,
        "runs([1])",
        "run = collections.deque",
        "run = collections.deque()",
    ),
    Crashing("a class is kept by another", ORIGINS, "seen([1])", '"seen": set,', '"seen": set(),'),
    Crashing(
        "lengths are compared",
        ORIGINS,
        "widest([['a'], []])",
        '" ".join(row) if',
        'len(" ".join(row)) if',
    ),
    Crashing("one of two is converted", ORIGINS, "sum_of('12')", "text[1]", "int(text[1])", 5),
)
