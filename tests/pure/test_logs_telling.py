"""What logs tell, as facts: the worst first, named so that it is known again, without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import UsageError
from workbench.healing.crashes.values import Crash, Level, Thrown
from workbench.healing.logs.following import Told
from workbench.healing.logs.telling import MOST_AT_ONCE, checked, noticed
from workbench.healing.logs.watch import Findings, Kind, Traced

PROJECT = Path("/srv/app")
LOG = "/srv/app/logs/app.log"
FRAMES = (Level("pkg/a.py", 3, "f", ours=True), Level("/usr/lib/json.py", 9, "loads"))
CRASH = Crash("log-1", "f00", "log", raised=(Thrown("KeyError", "'x'", frames=FRAMES),))


def found(**findings: object) -> tuple[Told, ...]:
    return (Told(LOG, Findings(**findings)),)  # type: ignore[arg-type]


def kind(text: str, *, severe: bool = False, count: int = 1, expected: float = 0.0) -> Kind:
    return Kind(text, text, count, expected, severe)


def test_a_traceback_tells_its_place_in_the_project() -> None:
    (fact,) = noticed(found(tracebacks=(Traced(CRASH, 1, new=True),)), PROJECT)
    assert (fact.log, fact.what, fact.line) == ("logs/app.log", "traceback", "KeyError: 'x'")
    assert (fact.path, fact.at, fact.function) == ("pkg/a.py", 3, "f")


@pytest.mark.parametrize(("count", "told"), [(2, 0), (10, 1), (11, 0), (100, 1), (110, 0)])
def test_a_traceback_that_comes_again_is_told_each_time_ten_times_as_often(
    count: int, told: int
) -> None:
    assert len(noticed(found(tracebacks=(Traced(CRASH, count, new=False),)), PROJECT)) == told


def test_what_is_new_and_what_is_frequent_have_names_of_their_own() -> None:
    lines = kind("WARNING slow", count=300, expected=4.53)
    new, burst = noticed(found(new=(lines,), bursts=(lines,)), PROJECT)
    assert (new.what, burst.what) == ("new", "frequent")
    assert new.sighting != burst.sighting
    assert (burst.count, burst.expected) == (300, 4.5)
    assert noticed(found(new=(lines,)), PROJECT)[0].sighting == new.sighting


def test_of_a_flood_the_worst_is_told() -> None:
    kinds = (*(kind(f"INFO kind {n}") for n in range(100)), kind("ERROR it", severe=True))
    told = noticed(found(new=kinds), PROJECT)
    assert (len(told), told[0].line) == (MOST_AT_ONCE, "ERROR it")


def test_secrets_in_lines_are_not_told() -> None:
    line = "ERROR cannot log in: Authorization: Bearer Tm90QVJlYWxTZWNyZXQ"
    (fact,) = noticed(found(new=(kind(line),)), PROJECT)
    assert "Tm90" not in fact.line


@pytest.mark.parametrize("pattern", ["/var/log/*.log", "../*.log", "logs/../../x.log", "~/x.log"])
def test_patterns_that_lead_out_of_the_project_are_refused(pattern: str) -> None:
    with pytest.raises(UsageError):
        checked(["logs/*.log", pattern])


def test_patterns_of_the_project_are_taken() -> None:
    assert checked(["logs/*.log", "**/x..log"]) == ("logs/*.log", "**/x..log")
