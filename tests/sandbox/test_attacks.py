"""Attacks from inside of boxes of every engine, as root and as an ordinary user, and honest work.

Each engine runs the whole list once; each attack is then judged by itself.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.sandbox.attacks.every import ATTACKS
from tests.sandbox.bare import HARMLESS
from tests.sandbox.cases import Attack, Control
from tests.sandbox.controls.every import CONTROLS
from tests.sandbox.course import Report
from tests.sandbox.judging import breaches, objections, stopped
from tests.sandbox.users import PAIRS, own_python, run_as, together
from workbench.visible import visible

pytestmark = pytest.mark.timeout(300)


def each(cases: tuple[Any, ...]) -> list[Any]:
    return [together(pair, case, name=case.name) for pair in PAIRS for case in cases]


@pytest.mark.parametrize(("pair", "attack"), each(ATTACKS))
def test_attack_is_held(report: Report, attack: Attack) -> None:
    seen = next(one for one in report.attacks if one.name == attack.name)
    if attack.machine not in ("", report.machine):
        pytest.skip(f"it is written for {attack.machine}")
    if report.engine in attack.open_on:
        assert list(breaches(seen)), f"it is held now, so say no more: {attack.open_on}"
        return
    assert objections(attack, seen) == (), seen.told.output


@pytest.mark.parametrize(("pair", "control"), each(CONTROLS))
def test_honest_work_is_not_stopped(report: Report, control: Control) -> None:
    seen = next(one for one in report.controls if one.name == control.name)
    if report.engine in control.stopped_on:
        assert stopped(control, seen), f"it is possible now, so say no more: {control.stopped_on}"
        return
    assert stopped(control, seen) == (), seen.told.output


@pytest.mark.parametrize("pair", map(together, PAIRS))
def test_other_boxes_answer_meanwhile(report: Report, record_property: Any) -> None:
    record_property("longest answer", report.longest_answer)
    assert len(report.neighbour) > 5
    assert {(told.status, told.output) for told in report.neighbour} == {("ok", "fine\n")}


@pytest.mark.parametrize("pair", map(together, PAIRS))
def test_a_job_is_cancelled_from_another_thread(report: Report, record_property: Any) -> None:
    record_property("seconds", report.cancelled_after)
    assert report.cancelled is not None
    assert (report.cancelled.status, report.cancelled.reason) == ("killed", "it was cancelled")


@pytest.mark.parametrize("pair", map(together, PAIRS))
def test_nothing_is_left_on_the_machine(report: Report) -> None:
    assert report.remains == ()
    assert not report.tree_changed


@pytest.mark.parametrize("pair", map(together, PAIRS))
def test_what_a_job_prints_can_be_shown(report: Report) -> None:
    told = next(one.told.output for one in report.attacks if one.name == "terminal sequences")
    assert "\x1b]52" in told
    assert not set("\x1b\x07\x9b\u202e") & set(visible(told))


@pytest.fixture(scope="module")
def got_through() -> dict[str, list[str]]:
    printed = run_as("root", own_python(), "tests.sandbox.bare")
    return msgspec.json.decode(printed, type=dict[str, list[str]])


@pytest.mark.xdist_group("bare")
@pytest.mark.parametrize("name", [attack.name for attack in HARMLESS])
def test_attack_gets_through_where_nothing_holds_it(
    got_through: dict[str, list[str]], name: str
) -> None:
    assert got_through[name]
