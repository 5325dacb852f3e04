"""What is odd about code, and what is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import workbench
from workbench.healing.facts import WEIGHTS, facts
from workbench.healing.ground import Module

ODD: dict[str, list[str]] = {
    "undefined-name": [
        "def f(a):\n    return a + b\n",
        "def f(a):\n    return [x for y in a]\n",
        "def f(a):\n    return lambda b: c\n",
        "class A:\n    def go(self):\n        return helper()\n    def helper(self): pass\n",
    ],
    "undefined-attribute": [
        (
            "class A:\n    def __init__(self):\n        self.size = 1\n    def go(self):\n"
            "        return self.sise\n"
        ),
    ],
    "used-before-set": ["def f(a):\n    total += a\n    return total\n"],
    "never-filled": [
        "def f(a):\n    out = []\n    for one in a:\n        print(one)\n    return out\n",
        "def f(a):\n    seen = set()\n    return [one for one in a if one not in seen]\n",
        "def f(a):\n    seen: dict = {}\n    return a if a in seen else None\n",
    ],
    "never-read": [
        "def f(a):\n    out = []\n    for one in a:\n        out.append(one)\n    return a\n"
    ],
    "unused-variable": ["def f(a):\n    best = a\n    besst = a + 1\n    return best\n"],
    "unused-argument": ["def f(a, b):\n    return a + a\n"],
    "unused-loop-variable": ["def f(a):\n    for one in a:\n        print(a)\n"],
    "overwritten": ["def f(a):\n    b = a\n    b = 2\n    return b\n"],
    "shadowed-builtin": ["def f(a):\n    list = [a]\n    return list(a)\n"],
    "unreachable": [
        "def f(a):\n    return a\n    a = 1\n",
        "def f(a):\n    while True:\n        a()\n    return a\n",
        "def f(a):\n    if a:\n        return 1\n    else:\n        return 2\n    a = 1\n",
    ],
    "missing-return": [
        "def f(a):\n    if a:\n        return 1\n",
        "def f(a):\n    for b in a:\n        return b\n",
        "def f(a):\n    try:\n        return a()\n    except ValueError:\n        print(a)\n",
    ],
    "bare-return": ["def f(a):\n    if a:\n        return\n    return 1\n"],
    "constant-condition": [
        "def f(a):\n    if a == 1 or 2:\n        return a\n",
        "def f(a):\n    if len(a) >= 0:\n        return a\n",
        "def f(a):\n    return 1 if (a, 1) else 2\n",
    ],
    "same-operands": [
        "def f(a):\n    return a.b == a.b\n",
        "def f(a):\n    return a - a\n",
        "def f(a, b):\n    return a and b and a\n",
    ],
    "idle-operand": [
        "def f(a):\n    return a + 0\n",
        "def f(a):\n    a *= 1\n    return a\n",
        "def f(a):\n    return 0 + a\n",
    ],
    "same-condition": [
        "def f(a):\n    if a > 1:\n        a()\n    elif a > 1:\n        a(1)\n",
    ],
    "same-branches": ["def f(a):\n    if a:\n        a()\n    else:\n        a()\n"],
    "runs-once": ["def f(a):\n    for b in a:\n        print(b)\n        return b\n    return a\n"],
    "endless": ["def f(a):\n    b = 0\n    while a > 0:\n        b += 1\n    return b\n"],
    "self-assignment": ["def f(self, a):\n    self.a = self.a\n    a = a\n    return a\n"],
    "changed-while-read": [
        "def f(a):\n    for b in a:\n        if b:\n            a.remove(b)\n",
        "def f(a):\n    for b in a:\n        del a[b]\n",
    ],
    "swallowed": ["def f(a):\n    try:\n        a()\n    except Exception:\n        pass\n"],
    "dropped-result": [
        "def f(a):\n    a.strip()\n    return a\n",
        "def f(a):\n    a.replace('x', 'y')\n    return a\n",
        "def f(a):\n    sorted(a)\n    return a\n",
    ],
    "no-effect": ["def f(a):\n    a == 1\n    return a\n", "def f(a):\n    a\n    return a\n"],
    "none-result": [
        "def f(a):\n    a = a.append(1)\n    return a\n",
        "def f(a):\n    return a.sort()\n",
        "def f(a):\n    for b in a.reverse():\n        print(b)\n",
    ],
    "is-literal": ["def f(a):\n    return a is 'x'\n", "def f(a):\n    return a is not 1000\n"],
    "mutable-default": ["def f(a=[]):\n    return a + a\n"],
    "mutated-default": [
        "def f(b, a=[]):\n    a.append(b)\n    return a\n",
        "def f(b, *, a={}):\n    a[b] = 1\n    return a\n",
    ],
    "duplicate-key": ["A = {'x': 1, 'x': 2}\n"],
    "missing-f": ["def f(name):\n    return 'hello {name}' + name\n"],
    "missing-self": [
        "class A:\n    def go():\n        return 1\n",
        "class A:\n    def go(other):\n        return self.a + other\n",
    ],
    "same-recursion": ["def f(a, b):\n    if a:\n        return f(a, b)\n    return b\n"],
    "not-called": [
        (
            "class A:\n    def empty(self): return 1\n    def go(self):\n"
            "        if self.empty:\n            return 1\n        return 2\n"
        ),
        "def size(): return 1\n\n\ndef f(a):\n    return a + size\n",
    ],
    "wrong-arguments": [
        "def g(a, b=1): return a\n\n\ndef f():\n    return g()\n",
        "def g(a, b=1): return a\n\n\ndef f():\n    return g(1, c=2)\n",
        "class A:\n    def g(self, a): return a\n    def f(self):\n        return self.g(1, 2)\n",
    ],
    "true-assertion": ["def f(a):\n    assert (a, 'no')\n"],
}

EVEN = {
    "a name bound by a pattern": (
        "def f(a):\n    match a:\n        case {'x': b, **rest}:\n            return b, rest\n"
        "        case [c, *d] as e:\n            return c, d, e\n"
        "        case _:\n            return a\n"
    ),
    "a generator's marker": "def f(a):\n    raise a\n    yield\n",
    "names of others": "def f(a):\n    global B\n    B = a\n\n\ndef g():\n    return B\n",
    "a closure": "def f(a):\n    def g():\n        return a\n    return g\n",
    "a collection that others fill": "def f(fill):\n    out = []\n    fill(out)\n    return out\n",
    "a collection filled in part": "def f(a):\n    out = {}\n    out[a] = 1\n    return out\n",
    "a loop that is left": (
        "def f(a):\n    while True:\n        if a():\n            break\n    return a\n"
    ),
    "a loop over a copy": "def f(a):\n    for b in list(a):\n        a.remove(b)\n",
    "a change, and then out": (
        "def f(a):\n    for b in a:\n        if b:\n            a.remove(b)\n            break\n"
    ),
    "every way returns": (
        "def f(a):\n    try:\n        return a()\n    except ValueError:\n        return 1\n"
        "    finally:\n        print(a)\n"
    ),
    "a walrus": "def f(a):\n    while (b := a()):\n        print(b)\n",
    "a comprehension's names": "def f(a):\n    return {b: c for b, c in a if b} | {d for d in a}\n",
    "an interface": "class A:\n    def go(self, a, b):\n        raise NotImplementedError\n",
    "a static method": "class A:\n    @staticmethod\n    def go(a):\n        return a\n",
    "recursion that gets on": "def f(a, b):\n    a = a - 1\n    return f(a, b) if a else b\n",
    "a format": "def f(name):\n    return '{name}'.format(name=name)\n",
    "a star import": "from os import *\n\n\ndef f():\n    return getcwd()\n",
    "a method by another name": (
        "class A:\n    def a(self): return 1\n    b = a\n"
        "    def c(self):\n        return self.b()\n"
    ),
    "a base from elsewhere": (
        "from x import B\n\n\nclass A(B):\n    def __init__(self): self.a = 1\n"
        "    def f(self): return self.c\n"
    ),
    "classes that are each other's base": (
        "class A(B):\n    def __init__(self): self.a = 1\n    def f(self): return self.a\n\n\n"
        "class B(A):\n    pass\n"
    ),
    "a property": (
        "class A:\n    @property\n    def empty(self): return 1\n    def go(self):\n"
        "        return 1 if self.empty else 2\n"
    ),
    "the end of a loop's else": (
        "def f(a):\n    for b in a:\n        if b:\n            return b\n"
        "    else:\n        return a\n"
    ),
}


@pytest.mark.parametrize(
    ("code", "source"), [(code, source) for code, sources in ODD.items() for source in sources]
)
def test_what_is_odd_is_found(code: str, source: str) -> None:
    found = facts(Module(source))
    assert code in {one.code for one in found}
    for one in found:
        assert one.sentence.endswith(".")
        assert 1 <= one.line <= source.count("\n")


@pytest.mark.parametrize("what", EVEN)
def test_what_is_usual_is_not(what: str) -> None:
    assert [(one.code, one.names) for one in facts(Module(EVEN[what]))] == []


def test_every_fact_has_a_weight_and_is_tried() -> None:
    assert ODD.keys() == WEIGHTS.keys()
    assert all(0 < weight <= 1 for weight in WEIGHTS.values())


def test_good_code_has_few_facts() -> None:
    paths = sorted(Path(workbench.__file__).parent.glob("journal/*.py"))
    found = Counter(one.code for path in paths for one in facts(Module(path.read_text())))
    assert paths
    assert sum(WEIGHTS[code] * count for code, count in found.items()) < 3


def test_facts_stand_at_their_lines() -> None:
    source = "def f(a):\n    '''Text.'''\n    a.strip()\n    return a\n"
    assert [(one.code, one.line) for one in facts(Module(source))] == [("dropped-result", 3)]
