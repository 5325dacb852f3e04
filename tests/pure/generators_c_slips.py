"""Slips as they are made in programs of any kind: a broken program, and what is put right in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Slip:
    """A line of a program as it should be, and as it is."""

    name: str
    right: str
    wrong: str
    program: str
    """With `@` in the place of the line."""


def _in(head: str, *body: str) -> str:
    return "\n".join([head, *(f"    {line}" for line in body)]) + "\n"


PATHS = _in(
    "def paths(source, edges, nodes):",
    "best = {node: 99 for node in nodes}",
    "best[source] = 0",
    "for (u, v), weight in edges.items():",
    "    @ = min(best[u] + weight, best[v])",
    "return best",
)
QUEUES = _in(
    "def walk(first, graph):",
    "waiting, done = [first], []",
    "while waiting:",
    "    node = waiting.pop()",
    "    @",
    "    for other in graph[node]:",
    "        waiting.append(other)",
    "return done",
)
BEST = _in(
    "def best(values, limit):",
    "result = @",
    "for value in values:",
    "    if value > result:",
    "        result = value",
    "return result",
)
LOOP = _in(
    "def collect(rows, limit):",
    "found = []",
    "for row in rows:",
    "    if row is None:",
    "        @",
    "    found.append(row)",
    "return found",
)
GRID = _in(
    "def column(grid, other, row):",
    "total = 0",
    "for i in range(len(grid)):",
    "    total += @",
    "return total",
)
WORDS = _in(
    "def tidy(text, width, words):",
    "first = words[0]",
    "line = @",
    "return line",
)
CLASS = _in(
    "class Node:",
    "def __init__(self, name):",
    "    self.name = name",
    "    self.incoming = []",
    "    self.outgoing = []",
    "",
    "def link(self, other):",
    "    self.outgoing.append(other)",
    "    other.incoming.append(self)",
    "",
    "def sources(self, node):",
    "    return [one for one in @ if one is not self]",
)
CACHE = """
class Cache:
    def __init__(self, size):
        self.size = size
        self.entries = {}

    def get(self, key):
        if key not in self.entries:
            raise KeyError(key)
        return self.entries[key]

    def pop(self, key):
@        found = self.entries[key]
        del self.entries[key]
        return found

    def touch(self, name):
        if name not in self.entries:
            raise KeyError(name)
        self.entries[name] = self.entries.pop(name)
"""
CHAIN = """
def write(value):
    if isinstance(value, bool):
        return "true"
    elif isinstance(value, int):
        return str(value)
    elif isinstance(value, list):
        return "list"
    return "?"


def read(value):
    if isinstance(value, bool):
        return "true"
@    elif isinstance(value, list):
        return "list"
    return "?"
"""
SPLIT = """
def lines(words, width):
    found, current = [], []
    for word in words:
        if len(current) == width:
            found.append(" ".join(current))
            current = []
        current.append(word)
@    return found
"""
TOKENS = _in(
    "def parse(text, pairs):",
    "try:",
    "    return pairs[text]",
    "except @:",
    "    return None",
)
MATCHED = _in(
    "def matched(a, b, c):",
    "if @:",
    '    return "some"',
    'return "none"',
)

SLIPS = (
    Slip("base and index of a target", "best[v]", "edges[u, v]", PATHS),
    Slip("the index of a target", "best[v]", "best[u]", PATHS),
    Slip("what a method is called on", "done.append(node)", "waiting.append(node)", QUEUES),
    Slip("method and what it is called on", "waiting.append(node)", "graph.pop(node)", QUEUES),
    Slip("an argument", "done.append(node)", "done.append(first)", QUEUES),
    Slip("the first element to begin with", "values[0]", "0", BEST),
    Slip("infinity to begin with", 'float("-inf")', "0", BEST),
    Slip("zero to begin with", "0", "values", BEST),
    Slip("continue for return", "continue", "return found", LOOP),
    Slip("continue for break", "continue", "break", LOOP),
    Slip("indexes of two levels", "grid[i][row]", "grid[row][i]", GRID),
    Slip("both bases", "grid[i][row] * other[i]", "grid[i][row] * grid[i]", GRID),
    Slip("whole division", "grid[i] // 2", "grid[i] / 2", GRID),
    Slip("a length", "len(grid[i])", "grid[i]", GRID),
    Slip("the largest for the sum", "max(grid[i])", "sum(grid[i])", GRID),
    Slip("strip on one side", "text.rstrip()", "text.strip()", WORDS),
    Slip("other letters", "text.title()", "text.upper()", WORDS),
    Slip("split from the right", 'text.rsplit(",", 1)', 'text.split(",", 1)', WORDS),
    Slip("index for find", 'text.find(",")', 'text.index(",")', WORDS),
    Slip("a slice for an element", "text[:width]", "text[width]", WORDS),
    Slip("the end of a slice", "text[width:width + width]", "text[width:width]", WORDS),
    Slip("the lower end of a slice", "text[1:]", "text[:]", WORDS),
    Slip(
        "counted from the end",
        "words[-width:] + words[:-width]",
        "words[width:] + words[:width]",
        WORDS,
    ),
    Slip("a copy", "words.copy()", "words", WORDS),
    Slip("in order", "sorted(words)", "words", WORDS),
    Slip("as a set", "set(words)", "words", WORDS),
    Slip("as a list", "list(reversed(words))", "reversed(words)", WORDS),
    Slip("converted", "int(text)", "text", WORDS),
    Slip("as text", "str(width)", "width", WORDS),
    Slip("a minus", "-width", "width", WORDS),
    Slip("a choice turned round", "text if first else width", "width if first else text", WORDS),
    Slip("the other attribute", "node.incoming", "node.outgoing", CLASS),
    Slip(
        "a guard of the siblings",
        "        if key not in self.entries:\n            raise KeyError(key)\n",
        "",
        CACHE,
    ),
    Slip(
        "a branch of the sibling",
        "    elif isinstance(value, int):\n        return str(value)\n",
        "",
        CHAIN,
    ),
    Slip("the last part", '    if current:\n        found.append(" ".join(current))\n', "", SPLIT),
    Slip("what is caught", "KeyError", "ValueError", TOKENS),
    Slip("what is caught too", "(KeyError, TypeError)", "KeyError", TOKENS),
    Slip("compared as a whole", "len(a) > len(b)", "a > b", MATCHED),
    Slip("a part by analogy", "a == b or b == c or a == c", "a == b or b == c", MATCHED),
    Slip("equal, not the same", "a == b", "a is not b", MATCHED),
    Slip("a missing not", "not a", "a", MATCHED),
    Slip("any for all", "any(a)", "all(a)", MATCHED),
    Slip("two whole numbers", "a[1] == b[2]", "a[0] == b[1]", MATCHED),
    Slip("operator and index", "a <= b[1]", "a < b[0]", MATCHED),
    Slip("a sum first", "(a - 2) * b / c > 1", "a - 2 * b / c > 1", MATCHED),
)
