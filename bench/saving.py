"""From saving a file that makes tests crash to the first proposal of a repair."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.harness import Row, sample, told, under
from bench.home import Unmeasured
from workbench.api import owner
from workbench.workspace import name_workspace

_PATIENCE = 90.0
_RIGHT = '''\
"""A small shop."""

import math


class Cart:
    def __init__(self, owner=None):
        self.owner = owner
        self.lines = []

    def add(self, name, price, count=1):
        self.lines.append((name, price, count))

    def total(self):
        return sum(price * count for _, price, count in self.lines)

    def greeting(self):
        if self.owner is None:
            return "Hello!"
        return "Hello, " + self.owner.title() + "!"


def mean(values):
    if not values:
        return 0.0
    return sum(values) / len(values)


def last_word(text):
    words = text.split()
    return words[-1] if words else ""


def prices(rows):
    table = {}
    for row in rows:
        name, _, price = row.partition(";")
        table[name] = int(price)
    return table


def cheapest(table):
    return min(table, key=table.get)


def boxes(count, size):
    return math.ceil(count / size)


def label(name, price):
    return name + ": " + str(price)
'''
_TESTS = """\
from shop import Cart, boxes, cheapest, label, last_word, mean, prices


def test_total():
    cart = Cart()
    cart.add("pen", 3)
    cart.add("book", 10, 2)
    assert cart.total() == 23


def test_greeting():
    assert Cart("ann").greeting() == "Hello, Ann!"
    assert Cart().greeting() == "Hello!"


def test_mean():
    assert mean([1, 2, 6]) == 3
    assert mean([]) == 0


def test_last_word():
    assert last_word("one two") == "two"
    assert last_word("") == ""


def test_prices():
    assert prices(["pen;3", "book;10"]) == {"pen": 3, "book": 10}
    assert cheapest(prices(["pen;3", "book;10"])) == "pen"


def test_boxes():
    assert boxes(7, 3) == 3
    assert label("pen", 3) == "pen: 3"
"""
_CRASHES = (
    ("self.lines.append", "self.line.append"),
    ("        self.lines = []\n", ""),
    ('        if self.owner is None:\n            return "Hello!"\n', ""),
    ("    if not values:\n        return 0.0\n", ""),
    ('words[-1] if words else ""', "words[-1]"),
    ("table[name] = int(price)", "tabel[name] = int(price)"),
    ("import math\n", ""),
    ("str(price)", "price"),
    ("row.partition", "row.partion"),
    ("min(table, key=table.get)", "min(table, key=table.fetch)"),
)
Event = dict[str, Any]


def measure() -> list[Row]:
    """Follow a project, break it in several ways, and wait for what is proposed each time."""
    with tempfile.TemporaryDirectory(prefix="bench-saving-") as folder:
        project = Path(folder) / "shop"
        project.mkdir()
        (project / "test_shop.py").write_text(_TESTS, encoding="utf-8")
        (project / "shop.py").write_text(_RIGHT, encoding="utf-8")
        with _followed(project) as events:
            found = [_broken(project, events, *crash) for crash in _CRASHES]
    repaired = [seconds for seconds in found if seconds is not None]
    count = f"{len(repaired)} of {len(found)}"
    return [
        under("From saving a crash to its first proposal", sample(repaired, "s"), 2.0),
        told("Crashes for which there was one, of 10", sample([len(repaired)], count)),
    ]


@contextmanager
def _followed(project: Path) -> Iterator[Iterator[Event]]:
    command = [sys.executable, "-m", "workbench", "watch", "--json", "--budget", "20"]
    child = subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True)
    try:
        events = _events(child)
        _await(events, "search.ended", "green")
        yield events
    finally:
        child.terminate()
        child.wait()
        owner.stop(name_workspace(project), force=True)


def _events(child: subprocess.Popen[str]) -> Iterator[Event]:
    for line in child.stdout or ():
        told_of = json.loads(line).get("event")
        if told_of:
            yield told_of


def _broken(project: Path, events: Iterator[Event], old: str, new: str) -> float | None:
    """Save a crash; return the seconds until a proposal came, if one did."""
    file = project / "shop.py"
    began = time.monotonic()
    file.write_text(_RIGHT.replace(old, new, 1), encoding="utf-8")
    proposed = _first(events, began)
    file.write_text(_RIGHT, encoding="utf-8")
    _await(events, "search.ended", "green")
    return proposed


def _first(events: Iterator[Event], began: float) -> float | None:
    seconds = None
    for event in events:
        if event["type"] == "proposal.made" and seconds is None:
            seconds = time.monotonic() - began
        if event["type"] == "search.ended" and event["fact"]["outcome"] != "green":
            return seconds
    raise Unmeasured("the watch ended")


def _await(events: Iterator[Event], kind: str, outcome: str) -> None:
    began = time.monotonic()
    for event in events:
        if event["type"] == kind and event["fact"]["outcome"] == outcome:
            return
        if time.monotonic() - began > _PATIENCE:
            break
    raise Unmeasured(f"no {kind} was told")
