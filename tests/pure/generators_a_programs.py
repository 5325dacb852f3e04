"""Small programs that raise."""

from __future__ import annotations

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

HANDED = """
class Pen:
    def __init__(self, ink, width):
        self.ink, self.width = ink, width

    def line(self, text, times):
        return [text[at] for at in range(times)]

    def state(self):
        return (self.ink, self.nib)

    def thick(self):
        return self.width * 2


def drawn(pen, text):
    return pen.line(len(text), text)
"""

ORIGINS = """
    import collections

    def runs(values):
        run = collections.deque
        for value in values:
            if len(run) < 1:
                run.append(value)
        return list(run)

    def begun():
        return {"seen": set, "names": []}

    def seen(values):
        book = begun()
        for value in values:
            book["seen"].add(value)
        return book

    def widest(rows):
        widths = [" ".join(row) if row else 0 for row in rows]
        return max(widths)

    def sum_of(text):
        first, second = int(text[0]), text[1]
        return first + second
"""
