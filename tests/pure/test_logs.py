"""Reading logs as they grow, turn over and break, and what is worth telling of them."""

from __future__ import annotations

import json

import msgspec
import pytest

from tests.pure.logged import PROJECT, TRACEBACK
from workbench.healing.crashes.tracebacks import Tracebacks
from workbench.healing.crashes.values import Crash

CHAINED = """\
Traceback (most recent call last):
  File "/srv/app/a.py", line 2, in f
    int("x")
ValueError: invalid literal for int() with base 10: 'x'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/srv/app/a.py", line 4, in f
    raise pkg.errors.Bad("no") from error
pkg.errors.Bad: no
"""
GROUP = """\
  + Exception Group Traceback (most recent call last):
  |   File "/srv/app/a.py", line 3, in <module>
  |     raise ExceptionGroup("two", [ValueError(1)])
  | ExceptionGroup: two (1 sub-exception)
  +-+---------------- 1 ----------------
    | ValueError: 1
    +------------------------------------
"""


def found_in(text: str) -> list[Crash]:
    tracebacks, found = Tracebacks(PROJECT), list[Crash]()
    for line in text.splitlines():
        tracebacks.feed(line, found)
    tracebacks.flush(found)
    return found


def prefixed(text: str, before: str) -> str:
    return "".join(f"{before}{line}\n" for line in text.splitlines())


def assert_is_job(crash: Crash) -> None:
    assert crash.summary == "KeyError: 'x'"
    assert [(one.file, one.line, one.function, one.text) for one in crash.frames] == [
        ("main.py", 9, "<module>", "run()"),
        ("pkg/job.py", 4, "run", "return table[key]"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        TRACEBACK,
        "2026-11-21 08:00:00 ERROR it failed\n" + TRACEBACK + "2026-11-21 08:00:01 INFO on\n",
        prefixed(TRACEBACK, "web_1  | "),
        prefixed(TRACEBACK, "Nov 21 08:00:00 host app[123]: "),
        "ERROR:root:" + TRACEBACK,
        TRACEBACK.replace("\n", "\r\n"),
        json.dumps({"level": "error", "exc_info": TRACEBACK}),
        json.dumps({"log": {"stack": TRACEBACK.splitlines()}}),
        "2026-11-21 " + json.dumps({"message": "it failed\n" + TRACEBACK}),
        "it failed: " + repr(TRACEBACK),
    ],
    ids=range(10),
)
def test_a_traceback_is_found_whatever_is_around_it(text: str) -> None:
    (crash,) = found_in(text)
    assert_is_job(crash)


def test_times_in_prefixes_may_differ() -> None:
    lines = [f"08:00:0{n},12{n} ERROR {line}" for n, line in enumerate(TRACEBACK.splitlines())]
    (crash,) = found_in("\n".join(lines))
    assert_is_job(crash)


def test_a_chain_is_one_crash() -> None:
    (crash,) = found_in(CHAINED)
    assert [(one.kind, one.relation) for one in crash.raised] == [
        ("pkg.errors.Bad", ""),
        ("ValueError", "cause"),
    ]
    assert crash.raised[1].message == "invalid literal for int() with base 10: 'x'"


def test_a_group_is_found_by_its_outermost() -> None:
    (crash,) = found_in(GROUP)
    assert crash.summary == "ExceptionGroup: two (1 sub-exception)"


def test_two_in_a_row_are_two() -> None:
    assert len(found_in(TRACEBACK + TRACEBACK.replace("KeyError", "IndexError"))) == 2


def test_one_that_is_cut_short_is_none_and_hides_no_other() -> None:
    cut = "\n".join(TRACEBACK.splitlines()[:3])
    (crash,) = found_in(f"{cut}\n{TRACEBACK}")
    assert_is_job(crash)
    assert found_in(cut + "\nx\ny\nz\nmore\n") == []


def test_the_same_crash_has_the_same_print_wherever_its_lines_move() -> None:
    (one,) = found_in(TRACEBACK)
    (two,) = found_in(TRACEBACK.replace("line 4", "line 40").replace("'x'", "'y'"))
    (other,) = found_in(TRACEBACK.replace("in run", "in walk"))
    assert one.fingerprint == two.fingerprint != other.fingerprint


def test_secrets_in_a_traceback_are_redacted() -> None:
    (crash,) = found_in(TRACEBACK.replace("KeyError: 'x'", "KeyError: password=hunter2secret"))
    assert "hunter2" not in msgspec.json.encode(crash).decode()
