"""Small programs with a bug in one statement, each with the line of the repair."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Bug:
    name: str
    program: str
    at: str
    """The line that is wrong."""
    instead: str
    """What it should be."""
    within: int
    """As which candidate the repair comes, at the latest."""

    @property
    def source(self) -> str:
        return dedent(self.program).lstrip("\n")

    @property
    def repaired(self) -> str:
        assert self.source.count(self.at) == 1
        return self.source.replace(self.at, self.instead)


BINARY_SEARCH = """
def find_in_sorted(values, wanted):
    low, high = 0, len(values)
    while low <= high:
        middle = (low + high) // 2
        if wanted < values[middle]:
            high = middle
        elif wanted > values[middle]:
            low = middle + 1
        else:
            return middle
    return -1
"""
GCD = """
def gcd(a, b):
    if b == 0:
        return a
    return gcd(a % b, b)
"""
FLATTEN = """
def flatten(values):
    for one in values:
        if isinstance(one, list):
            for inner in flatten(one):
                yield inner
        else:
            yield flatten(one)
"""
BITCOUNT = """
def bitcount(n):
    count = 0
    while n:
        n ^= n - 1
        count += 1
    return count
"""
LIS = """
def lis(values):
    ends = {}
    longest = 0
    for i, value in enumerate(values):
        prefix = [j for j in range(1, longest + 1) if values[ends[j]] < value]
        length = max(prefix) if prefix else 0
        if length == longest or value < values[ends[length + 1]]:
            ends[length + 1] = i
            longest = length + 1
    return longest
"""
PASCAL = """
def pascal(n):
    rows = [[1]]
    for r in range(1, n):
        row = []
        for c in range(0, r):
            left = rows[r - 1][c - 1] if c > 0 else 0
            right = rows[r - 1][c] if c < r else 0
            row.append(left + right)
        rows.append(row)
    return rows
"""
ACCOUNT = """
class Account:
    limit = 100

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.history = []

    def deposit(self, amount):
        balance += amount
        self.history.append(amount)

    def withdraw(self, amount):
        if amount > self.balance and amount > self.limit:
            raise ValueError("too much")
        self.balance -= self.limit
        self.history.append(amount)
        return self.owner
"""
MERGE = """
def merge(a, b):
    result = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] <= b[j]:
            result.append(a[i])
            i += 1
        else:
            result.append(a[j])
            j += 1
    result.extend(a[i:] or b[j:])
    return result
"""
WORDS = """
import math

def count(text, wanted, step=1):
    found = {}
    for word in text.split():
        if word.startswith(wanted):
            found[word] = found.get(word, 1) + step
    return sorted(found, key=len)

def area(radius):
    return math.pi * radius * 2

def mean(values):
    return sum(values) // len(values)

def is_leap(year):
    return year % 4 == 0 and year % 100 != 0 and year % 400 == 0

def initials(name):
    return "".join(part[0] for part in name.split())

def last(values):
    return values[len(values)]

def clean(text):
    return text.strip().lower()

def longest(words):
    return max(words)

def rows(n, m):
    return [[0] * m] * n

def evens(values):
    for value in values:
        if value % 2:
            values.remove(value)
    return values

def add(item, items=[]):
    items.append(item)
    return items

def percent(part, whole):
    return part / whole * 10

def spread(low, high):
    return low - high

def label(kind, name):
    return f"{name}: {kind}"

def top(scores, n):
    return sorted(scores)[:n]

def distance(x, y):
    return x - y
"""

AT_SITE = (
    Bug("bound", BINARY_SEARCH, "while low <= high:", "while low < high:", 3),
    Bug("division", BINARY_SEARCH, "(low + high) // 2", "(low + high) / 2", 6),
    Bug("off by one", BINARY_SEARCH, "low = middle + 1", "low = middle", 25),
    Bug("arguments", GCD, "gcd(a % b, b)", "gcd(b, a % b)", 15),
    Bug("call dropped", FLATTEN, "yield flatten(one)", "yield one", 6),
    Bug("bits", BITCOUNT, "n ^= n - 1", "n &= n - 1", 4),
    Bug("max of", LIS, "longest = length + 1", "longest = max(longest, length + 1)", 40),
    Bug("range", PASCAL, "range(0, r)", "range(0, r + 1)", 8),
    Bug("or", ACCOUNT, "self.balance and amount", "self.balance or amount", 6),
    Bug("attribute", ACCOUNT, "-= self.limit", "-= amount", 8),
    Bug("self", ACCOUNT, "        balance += amount", "        self.balance += amount", 5),
    Bug("member", ACCOUNT, "return self.owner", "return self.balance", 6),
    Bug("variable", MERGE, "result.append(a[j])", "result.append(b[j])", 10),
    Bug("constant", WORDS, "get(word, 1)", "get(word, 0)", 6),
    Bug("method", WORDS, "word.startswith(wanted)", "word.endswith(wanted)", 4),
    Bug("power", WORDS, "radius * 2", "radius ** 2", 8),
    Bug("true division", WORDS, "sum(values) // len", "sum(values) / len", 3),
    Bug("grouping", WORDS, "!= 0 and year % 400", "!= 0 or year % 400", 8),
    Bug("case", WORDS, "part[0] for", "part[0].upper() for", 140),
    Bug("last", WORDS, "values[len(values)]", "values[len(values) - 1]", 6),
    Bug("unwrapped", WORDS, "text.strip().lower()", "text.lower()", 20),
    Bug("key", WORDS, "return max(words)", "return max(words, key=len)", 25),
    Bug("rows", WORDS, "[[0] * m] * n", "[[0] * m for _ in range(n)]", 4),
    Bug("copied", WORDS, "for value in values:", "for value in list(values):", 3),
    Bug("scale", WORDS, "whole * 10", "whole * 100", 50),
    Bug("turned", WORDS, "return low - high", "return high - low", 6),
    Bug("absolute", WORDS, "return x - y", "return abs(x - y)", 8),
    Bug("reverse", WORDS, "sorted(scores)[:n]", "sorted(scores, reverse=True)[:n]", 25),
)
