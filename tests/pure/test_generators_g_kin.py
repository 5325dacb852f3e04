"""What is written like others beside it, and parts from them in one place, is made as they are."""

from __future__ import annotations

import pytest

from tests.pure.generators_a_ground import made_of
from workbench.healing.generators import kin

COPIES = [
    (
        """
        def width(w, ucs, narrow, zero, found):
            if w == 2 and narrow and found(ucs, narrow):
                w = 1
            elif w == 2 and zero:
                w = 0
            return w
        """,
        "elif w == 2 and zero and found(ucs, zero):",
    ),
    (
        """
        def wanted(events):
            do_add = not events or "add" in events
            do_del = "del" in events
            return do_add, do_del
        """,
        'do_del = not events or "del" in events',
    ),
    (
        """
        def literal(src, pos):
            if src.startswith("true", pos):
                return True
            if src.startswith("false"):
                return False
        """,
        'if src.startswith("false", pos):',
    ),
    (
        """
        def box(raw):
            left = raw.left * raw.scale
            right = raw.left * raw.scale
            return left, right
        """,
        "right = raw.right * raw.scale",
    ),
    (
        """
        def sides(side, raw):
            left = side(raw, left=1, wide=raw.wide)
            right = side(raw, right=1)
            return left, right
        """,
        "right = side(raw, right=1, wide=raw.wide)",
    ),
    (
        """
        class Flags:
            def clear(self):
                self.done = set()
                self.open = set
        """,
        "self.open = set()",
    ),
    (
        """
        def same(one, other):
            return one.name == other.name and one.size == one.size
        """,
        "return one.name == other.name and one.size == other.size",
    ),
]
NOTHING = [
    "def f(a, b):\n    x = a + 1\n    y = b + 1\n    return x\n",
    "def f(a):\n    x = one(a, 1)\n    y = other(gone, a, 1)\n    return x\n",
    "def f(a):\n    one = 1\n    return a\n",
    "def f(a):\n    one = a(..., 1e999)\n    two = a(0, 1.0)\n    return one\n",
]


def made(source: str) -> list[str]:
    """Return what a file may become, whatever of it is suspected."""
    texts = [text for _, text in made_of(source, kin.at_site)]
    for text in texts:
        compile(text, "m.py", "exec")
    return texts


@pytest.mark.parametrize(("source", "line"), COPIES)
def test_what_a_copy_lacks_or_forgot_to_exchange_is_mended(source: str, line: str) -> None:
    assert any(line in map(str.strip, text.splitlines()) for text in made(source))


@pytest.mark.parametrize("source", NOTHING)
def test_what_agrees_or_shares_too_little_is_left(source: str) -> None:
    assert made(source) == []
