"""Rounds of twins where the base does not come to an end with them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.pure.judge_streams import lines, of, run
from workbench.sandbox.proof.outcomes import Run
from workbench.sandbox.proof.trial import Trial, twin_rounds

_TEST = "t.py::test_it"
_TRIAL = Trial(
    {"t.py": b"def test_it():\n    assert 1 + 1 == 2\n"}, [_TEST], run({_TEST: "passed"})
)
_CUT_OFF = of(lines({_TEST: "passed"})[:2], "n", 0)


class Asked:
    """Counts how often it is asked to run, and never ends."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, tests: Mapping[str, str]) -> Run:
        assert tests
        self.times += 1
        return _CUT_OFF


def test_where_that_is_doubtful_the_base_is_asked_first_and_the_repair_not_at_all() -> None:
    repair, base = Asked(), Asked()
    found = twin_rounds(_TRIAL, repair, base, is_doubtful=True)
    assert (found.names, found.reasons, found.is_barren) == ((), (), True)
    assert (repair.times, base.times) == (0, 1)


def test_else_the_base_is_asked_only_if_the_repair_does_not_end() -> None:
    repair, base = Asked(), Asked()
    assert twin_rounds(_TRIAL, repair, base).is_barren
    assert (repair.times, base.times) == (1, 1)


def test_a_repair_that_does_not_end_where_the_base_does_is_refused() -> None:
    repair = Asked()
    found = twin_rounds(_TRIAL, repair, lambda _: run({_TEST: "failed"}), is_doubtful=True)
    assert found.reasons
    assert not found.is_barren
