"""What would have to be at a place: asked in a sandbox, and what the search makes of it."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest

from tests.sandbox.interpreters import SUPPORTED, interpreter_of
from tests.sandbox.screened import lane_of, tried
from workbench.healing.candidate import Candidate
from workbench.healing.dossier import Dossier
from workbench.healing.ground import Ground
from workbench.healing.searching.lane import Lane
from workbench.healing.searching.limits import Limits
from workbench.healing.searching.oracle import Oracle
from workbench.healing.searching.search import Search
from workbench.healing.suspicion.suspects import suspects

BUGS = {
    "a condition asks for too little": (
        """
        def grade(score, bonus, late):
            total = score + bonus
            if total > 50:
                return "pass"
            return "fail"
        """,
        """
        def test_a(): assert grade(40, 20, False) == "pass"
        def test_b(): assert grade(60, 0, True) == "fail"
        def test_c(): assert grade(10, 0, False) == "fail"
        def test_d(): assert grade(90, 0, False) == "pass"
        """,
        "and not late",
    ),
    "a call of itself never ends": (
        """
        def power(base, n):
            half = power(base, n // 2)
            if n % 2 == 0:
                return half * half
            return base * half * half
        """,
        """
        def test_a(): assert power(2, 3) == 8
        def test_b(): assert power(3, 2) == 9
        def test_c(): assert power(5, 0) == 1
        """,
        "return 1 if n == 0",
    ),
    "something is done too often": (
        """
        def total(items, skip):
            result = 0
            for index, item in enumerate(items):
                result += item
            return result
        """,
        """
        def test_a(): assert total([1, 2, 3], 1) == 4
        def test_b(): assert total([5, 2, 3], 0) == 5
        def test_c(): assert total([5, 2, 3], 7) == 10
        """,
        "only if index != skip",
    ),
    "a filter leaves out an entry": (
        """
        class Shelf:
            def __init__(self, books): self.books = books
            def long(self, least):
                return [b["title"] for b in self.books if b["pages"] >= least]
        """,
        """
        def book(title, pages, there): return {"title": title, "pages": pages, "there": there}
        BOOKS = [book("a", 3, True), book("b", 30, True), book("c", 30, False)]
        def test_a(): assert Shelf(BOOKS).long(10) == ["b"]
        def test_b(): assert Shelf(BOOKS[:2]).long(10) == ["b"]
        """,
        'and b["there"]',
    ),
    "an attribute is not asked for": (
        """
        class Timer:
            def __init__(self):
                self.running, self.ticks = False, 0
            def start(self):
                self.running = True
            def tick(self):
                self.ticks += 1
        """,
        """
        def test_a():
            timer = Timer()
            timer.tick()
            timer.start()
            timer.tick()
            timer.tick()
            assert timer.ticks == 2
        """,
        "only if self.running",
    ),
}


def _ground(lane: Lane, files: dict[str, str]) -> Ground:
    dossier = Dossier(lane.runs, {"m.py": files["m.py"]}, {"test_m.py": files["test_m.py"]})
    return Ground(dossier)


def _files(code: str, tests: str) -> dict[str, str]:
    tests = "from m import *\n" + textwrap.dedent(tests)
    return {"m.py": textwrap.dedent(code), "test_m.py": tests}


def _consulted(lane: Lane, ground: Ground) -> list[Candidate]:
    """Return what the oracle makes of all that it asks."""
    oracle, sites, found = Oracle(ground, lane, 5.0), suspects(ground), list[Candidate]()
    until = time.monotonic() + 60
    while (made := oracle.consult(sites)) or oracle.is_waiting:
        assert time.monotonic() < until
        found += [one for _, some in made for one in some()]
        lane.collect(0.05)
    return found


@pytest.mark.parametrize("name", BUGS)
def test_conditions_follow_from_what_would_have_to_be(name: str, tmp_path: Path) -> None:
    code, tests, wanted = BUGS[name]
    files = _files(code, tests)
    with lane_of(tmp_path, files) as lane:
        found = _consulted(lane, _ground(lane, files))
        assert wanted in [one.why for one in found]
        repair = next(one for one in found if one.why == wanted)
        assert repair.operator.startswith("synthesis:")
        assert tried(lane, repair)[0].state == "passed"


@pytest.mark.parametrize("version", SUPPORTED)
def test_asks_in_every_python(version: str, tmp_path: Path) -> None:
    interpreter = interpreter_of(version, tmp_path)
    if interpreter is None:
        pytest.skip(f"this machine has no Python {version}")
    code, tests, wanted = BUGS["a filter leaves out an entry"]
    files = _files(code, tests)
    with lane_of(tmp_path, files, python=interpreter.executable) as lane:
        assert wanted in [one.why for one in _consulted(lane, _ground(lane, files))]


def test_what_hangs_or_ends_the_process_costs_little(tmp_path: Path) -> None:
    """Forcing a loop to go on may hang, and leaving something out may do anything."""
    code = """
        import os
        def wait(n, ready):
            while n > 0:
                n -= 1
                ready = True
            if not ready:
                os._exit(3)
            return n
    """
    tests = """
        def test_a(): assert wait(3, False) == 1
        def test_b(): assert wait(2, False) == 0
    """
    files = _files(code, tests)
    with lane_of(tmp_path, files) as lane:
        began = time.monotonic()
        _consulted(lane, _ground(lane, files))
        assert lane.runs[1].outcome == "passed"
        repair = Candidate((), "test:none", 0.1)
        assert tried(lane, repair)[0].state == "same"
    assert time.monotonic() - began < 60


def test_a_search_goes_on_with_what_it_learned(tmp_path: Path) -> None:
    """Two conditions on entries of a dict are nothing that a plain search would write."""
    code = """
        def bill(order):
            total = order["price"] * order["count"]
            return total
    """
    tests = """
        def order(price, count, member, paid):
            return {"price": price, "count": count, "member": member, "paid": paid}
        def test_a(): assert bill(order(2, 3, False, False)) == 6
        def test_b(): assert bill(order(2, 4, True, True)) == 0
        def test_c(): assert bill(order(2, 5, True, False)) == 10
        def test_d(): assert bill(order(2, 0, False, True)) == 0
    """
    files = _files(code, tests)
    with lane_of(tmp_path, files) as lane:
        ground = _ground(lane, files)
        search = Search(ground, suspects, lane, oracle=Oracle(ground, lane, 5.0))
        found = search.run(Limits(20.0))
    assert 'return 0 if order["paid"]' in [one.step.candidate.why for one in found]


def test_nothing_is_asked_of_a_lane_that_has_ended(tmp_path: Path) -> None:
    code, tests, _ = BUGS["a condition asks for too little"]
    files = _files(code, tests)
    with lane_of(tmp_path, files) as lane:
        ground = _ground(lane, files)
        oracle = Oracle(ground, lane, 5.0)
        lane.close()
        assert oracle.consult(suspects(ground)) == []
        assert not oracle.is_waiting
