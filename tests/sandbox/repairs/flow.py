"""Where control goes: generators, contexts, iterators, what is thrown in."""

from __future__ import annotations

from tests.sandbox.repairs.values import BOTH, Repair, project

FLOW_BUG = """\
import contextlib


def countdown(n):
    while n > 1:
        yield n
        n -= 1


def chunks(values, size):
    for at in range(0, len(values), size):
        yield values[at : at + size - 1]


class Numbers:
    def __init__(self, most):
        self.most = most

    def __iter__(self):
        self.at = 0
        return self

    def __next__(self):
        if self.at > self.most:
            raise StopIteration
        self.at += 1
        return self.at


def running():
    total = 0
    while True:
        given = yield total
        total = given


@contextlib.contextmanager
def noted(log):
    log.append("in")
    yield log


class Quiet:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, at):
        self.error = error
        return False


def apply(function, values):
    return [function(values[0]) for value in values]


def compose(*functions):
    def composed(value):
        for function in functions[1:]:
            value = function(value)
        return value

    return composed


def retry(times):
    def wrap(function):
        def again(*given):
            return function(*given)

        return again

    return wrap


def on(events, name, handler):
    events[name] = handler
    handler(name.upper())
"""
FLOW_TESTS = """\
import itertools

import pytest

from flow import Numbers, Quiet, apply, chunks, compose, countdown, noted, on, retry, running


def test_countdown():
    assert list(countdown(3)) == [3, 2, 1]


def test_countdown_by_hand():
    numbers = countdown(1)
    assert next(numbers) == 1
    with pytest.raises(StopIteration):
        next(numbers)


def test_chunks():
    assert [*chunks([1, 2, 3], 2)] == [[1, 2], [3]]


def test_numbers():
    found = []
    for number in Numbers(3):
        found.append(number)
    assert found == [1, 2, 3]


def test_running():
    sums = running()
    next(sums)
    assert [sums.send(n) for n in (1, 2, 3)] == [1, 3, 6]


def test_noted():
    log = []
    with noted(log) as inside:
        assert "in" in inside
    assert log == ["in", "out"]


def test_quiet():
    with Quiet() as quiet:
        raise ValueError("hush")
    assert isinstance(quiet.error, ValueError)


def test_quiet_only_about_values():
    with pytest.raises(KeyError):
        with Quiet():
            raise KeyError("loud")


def test_apply():
    assert apply(lambda value: value * 2, [1, 2]) == [2, 4]


def test_apply_counts():
    seen = []
    apply(seen.append, [1, 2])
    assert seen == [1, 2]


def test_compose():
    assert compose(str, len)(1234) == 4


def test_retry():
    tries = []

    @retry(3)
    def flaky(value):
        tries.append(value)
        if len(tries) < 3:
            raise OSError("again")
        return "done"

    assert flaky(1) == "done"
    assert tries == [1, 1, 1]


def test_on():
    heard = []
    events = {}
    on(events, "start", heard.append)
    assert heard == ["start"]


def test_endless():
    assert list(itertools.islice(countdown(10**9), 2)) == [10**9, 10**9 - 1]
"""
FLOW = project(
    "flow",
    "flow.py",
    {"flow.py": FLOW_BUG, "tests/test_flow.py": FLOW_TESTS},
    "tests/test_flow.py test_countdown test_countdown_by_hand test_chunks test_numbers "
    "test_running test_noted test_quiet test_apply test_apply_counts test_compose test_retry "
    "test_on",
)
_FLOW_RIGHT = (
    FLOW_BUG.replace("while n > 1:", "while n > 0:")
    .replace("at + size - 1", "at + size")
    .replace("self.at > self.most", "self.at >= self.most")
    .replace("        total = given", "        total += given")
    .replace(
        "    yield log\n", '    try:\n        yield log\n    finally:\n        log.append("out")\n'
    )
    .replace("        return False", "        return isinstance(error, ValueError)")
    .replace("function(values[0])", "function(value)")
    .replace("functions[1:]", "functions")
    .replace(
        "            return function(*given)",
        "            for _ in range(times - 1):\n"
        "                try:\n"
        "                    return function(*given)\n"
        "                except OSError:\n"
        "                    continue\n"
        "            return function(*given)",
    )
    .replace("name.upper()", "name")
)

REPAIRS = (
    Repair("flow", FLOW, {"flow.py": _FLOW_RIGHT}, BOTH),
    Repair(
        "flow-with-iterators",
        FLOW,
        {
            "flow.py": _FLOW_RIGHT.replace(
                "    while n > 0:\n        yield n\n        n -= 1\n",
                "    return iter(range(n, 0, -1))\n",
            )
        },
        BOTH,
    ),
)
