"""Small programs with logic that is missing or misplaced: the repair is among the candidates."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from workbench.healing.candidate import Candidate
from workbench.healing.dossier import Dossier
from workbench.healing.generators import AT_SITE
from workbench.healing.ground import Ground, Site


@dataclass(frozen=True)
class Bug:
    name: str
    broken: str
    mended: str
    within: int
    """Among how many candidates of the whole program, by prior alone, the repair is."""


def bug(name: str, mended: str, out: str, into: str, within: int) -> Bug:
    """Return the bug that a program has when `out` stands where `into` does in the mended one."""
    text = textwrap.dedent(mended).lstrip("\n")
    assert text.count(into) == 1, (name, text.count(into))
    return Bug(name, text.replace(into, out), text, within)


SEARCH = """
def search(x, seq):
    for i in range(len(seq)):
        if x <= seq[i]:
            return i
    return len(seq)
"""
UNIQUE = """
def unique(items):
    seen = set()
    result = []
    for item in items:
        if item not in seen:
            seen.add(item)
            result.append(item)
    return result
"""
FIBONACCI = """
def fib(n):
    if n <= 1:
        return n
    return fib(n - 1) + fib(n - 2)
"""
DEPTH = """
def depth(node):
    if node is None:
        return 0
    left = depth(node.left)
    right = depth(node.right)
    return 1 + max(left, right)
"""
BREADTH = """
def breadth_first(start, goal, graph):
    queue = [start]
    visited = {start}
    while queue:
        node = queue.pop(0)
        if node == goal:
            return True
        for other in graph[node]:
            if other not in visited:
                visited.add(other)
                queue.append(other)
    return False
"""
MERGE = """
def merge(left, right):
    merged = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    merged.extend(left[i:])
    merged.extend(right[j:])
    return merged
"""
INSERTION = """
def insertion_sort(values):
    for i in range(1, len(values)):
        key = values[i]
        j = i - 1
        while j >= 0 and values[j] > key:
            values[j + 1] = values[j]
            j -= 1
        values[j + 1] = key
    return values
"""
AVERAGE = """
def average(numbers):
    if not numbers:
        return 0
    total = 0
    for number in numbers:
        total += number
    return total / len(numbers)
"""
COUNT = """
def count_words(text):
    counts = {}
    for word in text.split():
        word = word.lower()
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts
"""
PRIME = """
def is_prime(n):
    if n < 2:
        return False
    for d in range(2, n):
        if n % d == 0:
            return False
    return True
"""
ACCOUNT = '''
class Account:
    """Money and who owns it."""

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.history = []

    def withdraw(self, amount):
        if amount > self.balance:
            raise ValueError("not enough")
        self.balance -= amount
        self.history.append(amount)
        return self.balance
'''
FLATTEN = """
def flatten(items):
    result = []
    for item in items:
        if isinstance(item, list):
            result.extend(flatten(item))
        else:
            result.append(item)
    return result
"""
CLEAN = """
def clean(line):
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    key, value = line.split("=", 1)
    return key.strip(), value
"""
SUBSETS = """
def subsets(items):
    if not items:
        return [[]]
    rest = subsets(items[1:])
    return rest + [[items[0]] + one for one in rest]
"""
INORDER = """
def inorder(node):
    if node is not None:
        yield from inorder(node.left)
        yield node.value
        yield from inorder(node.right)
"""
MAXIMUM = """
def largest(values):
    best = None
    for value in values:
        if best is None or value > best:
            best = value
    return best
"""
GROUP = """
def group(records):
    groups = {}
    for record in records:
        key = record["kind"]
        if key not in groups:
            groups[key] = []
        groups[key].append(record)
    return groups
"""
STACK = """
def balanced(text):
    stack = []
    for char in text:
        if char in "([":
            stack.append(char)
        elif char in ")]":
            if not stack:
                return False
            stack.pop()
    return not stack
"""
BUBBLE = """
def bubble(values):
    swapped = True
    while swapped:
        swapped = False
        for i in range(len(values) - 1):
            if values[i] > values[i + 1]:
                values[i], values[i + 1] = values[i + 1], values[i]
                swapped = True
    return values
"""
EVENS = """
def drop_evens(values):
    for value in list(values):
        if value % 2 == 0:
            values.remove(value)
    return values
"""
SPLIT = """
def chunks(values, size):
    result = []
    current = []
    for value in values:
        current.append(value)
        if len(current) == size:
            result.append(current)
            current = []
    if current:
        result.append(current)
    return result
"""
SHAPES = """
class Shape:
    def __init__(self, name):
        self.name = name

class Circle(Shape):
    def __init__(self, name, radius):
        super().__init__(name)
        self.radius = radius
"""
COLLATZ = """
def collatz(n):
    steps = 0
    while n != 1:
        if n % 2 == 0:
            n = n // 2
        else:
            n = 3 * n + 1
        steps += 1
    return steps
"""
GET = """
def lookup(table, key, default=None):
    if key is None:
        return default
    value = table.get(key)
    if value is None:
        return default
    return value
"""
TOP = """
def top(values, k):
    result = []
    pool = list(values)
    while pool and len(result) < k:
        best = max(pool)
        result.append(best)
        pool.remove(best)
    return result
"""
FETCH = """
async def fetch(url):
    return url

async def fetch_all(urls):
    pages = []
    for url in urls:
        page = await fetch(url)
        pages.append(page)
    return pages
"""
SLUG = """
def slug(title, limit=None):
    words = [word.lower() for word in title.split() if word.isalnum()]
    text = "-".join(words)
    if limit is not None and len(text) > limit:
        text = text[:limit]
    return text
"""

BUGS = (
    bug("return-in-loop", SEARCH, "        return len(seq)\n", "    return len(seq)\n", 30),
    bug("no-return", UNIQUE, "", "    return result\n", 300),
    bug("not-visited", BREADTH, "", "                visited.add(other)\n", 2000),
    bug("queue-test", BREADTH, "while True:", "while queue:", 1000),
    bug("base-case", FIBONACCI, "", "    if n <= 1:\n        return n\n", 1000),
    bug("none-guard", DEPTH, "", "    if node is None:\n        return 0\n", 1000),
    bug("bound", MERGE, "while i < len(left):", "while i < len(left) and j < len(right):", 4000),
    bug("rest", MERGE, "", "    merged.extend(right[j:])\n", 4000),
    bug("counter", MERGE, "", "            j += 1\n", 1000),
    bug(
        "first-index",
        INSERTION,
        "while values[j] > key:",
        "while j >= 0 and values[j] > key:",
        4000,
    ),
    bug("lost-step", INSERTION, "", "            j -= 1\n", 1000),
    bug("empty", AVERAGE, "", "    if not numbers:\n        return 0\n", 300),
    bug("overwrites", AVERAGE, "total = number\n", "total += number\n", 30),
    bug("lost-lower", COUNT, "        word.lower()\n", "        word = word.lower()\n", 30),
    bug("small-numbers", PRIME, "", "    if n < 2:\n        return False\n", 2000),
    bug("too-early", PRIME, "        return True\n", "    return True\n", 30),
    bug("attribute", ACCOUNT, "", "        self.balance = balance\n", 4000),
    bug("not-raised", ACCOUNT, 'ValueError("not enough")', 'raise ValueError("not enough")', 30),
    bug("extend", FLATTEN, "append(flatten(item))", "extend(flatten(item))", 100),
    bug("lost-strip", CLEAN, "    line.strip()\n", "    line = line.strip()\n", 30),
    bug("blank-line", CLEAN, 'if line.startswith("#")', 'if not line or line.startswith("#")', 300),
    bug("nesting", SUBSETS, "return []\n", "return [[]]\n", 300),
    bug("level", SUBSETS, "[items[0] + one for", "[[items[0]] + one for", 300),
    bug(
        "not-from",
        INORDER,
        "        inorder(node.left)\n",
        "        yield from inorder(node.left)\n",
        30,
    ),
    bug("leaf", INORDER, "if node.left:", "if node is not None:", 1000),
    bug("first-value", MAXIMUM, "if value > best:", "if best is None or value > best:", 1000),
    bug(
        "setdefault",
        GROUP,
        "        groups[key] = []\n",
        "        if key not in groups:\n            groups[key] = []\n",
        4000,
    ),
    bug(
        "stack-empty", STACK, "", "            if not stack:\n                return False\n", 4000
    ),
    bug("left-open", STACK, "return True", "return not stack", 1000),
    bug("flag", BUBBLE, "", "        swapped = False\n", 1000),
    bug("copy", EVENS, "in values:", "in list(values):", 30),
    bug(
        "rest-of-chunk",
        SPLIT,
        "    result.append(current)\n    return",
        "    if current:\n        result.append(current)\n    return",
        2000,
    ),
    bug("fresh-chunk", SPLIT, "", "            current = []\n", 2000),
    bug("base-init", SHAPES, "", "        super().__init__(name)\n", 30),
    bug("steps", COLLATZ, "            steps += 1\n", "        steps += 1\n", 300),
    bug("no-default", GET, "", "    if value is None:\n        return default\n", 2000),
    bug("enough", TOP, "while pool:", "while pool and len(result) < k:", 4000),
    bug("await", FETCH, "page = fetch(url)", "page = await fetch(url)", 30),
    bug(
        "limit", SLUG, "if len(text) > limit:", "if limit is not None and len(text) > limit:", 1000
    ),
    bug("filter", SLUG, "title.split()]", "title.split() if word.isalnum()]", 4000),
    bug("swap", COUNT, "counts[word] = 0", "counts[word] = 1", 100),
)


@pytest.mark.parametrize("one", BUGS, ids=lambda one: one.name)
def test_the_repair_of_missing_logic_is_found(one: Bug) -> None:
    """Find the mended program among the candidates of the broken one, and not too late."""
    ground = Ground(Dossier(runs=(), files={"program.py": one.broken}))
    module, wanted = ground.modules["program.py"], ast.dump(ast.parse(one.mended))
    found = sorted(_candidates(ground), key=lambda candidate: -candidate.prior)
    results = (ast.parse(module.spliced(one.by_path["program.py"])) for one in found[: one.within])
    assert any(ast.dump(result) == wanted for result in results)


def _candidates(ground: Ground) -> Iterator[Candidate]:
    module = ground.modules["program.py"]
    for node in module.statements:
        for generator in AT_SITE:
            yield from generator(ground, Site("program.py", module, node, 1.0))
