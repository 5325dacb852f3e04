"""What a language model suggests becomes candidates where it fits, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.healing.candidate import Change
from workbench.healing.compose import applied
from workbench.healing.dossier import Dossier, Frame, Raised
from workbench.healing.dossier import TestRun as Run
from workbench.healing.drafting.inquiry import Inquiry
from workbench.healing.generators.advised import Advice, Exchange, Suggestion, candidates
from workbench.healing.ground import Ground, Site
from workbench.healing.searching.adviser import Adviser
from workbench.healing.searching.limits import Limits
from workbench.healing.searching.search import Numbered, Search
from workbench.healing.suspicion.suspects import suspects
from workbench.healing.verdict import Verdict

CODE = '''"""Ünïcode before it."""


class Box:
    def total(self, prices):
        result = 0
        for price in prices:
            result += 1
        return result


def total(prices):
    return len(prices)
'''
RAISED = Raised("AssertionError", "assert 2 == 30", (Frame("shop/sums.py", 8, "total"),))
RUN = Run("tests/test_sums.py::test_total", "failed", RAISED)
TESTS = {"tests/test_sums.py": "def test_total():\n    assert total([10, 20]) == 30\n"}
GROUND = Ground(Dossier((RUN,), {"shop/sums.py": CODE, "other.py": "x = 1\n"}, TESTS))


def made(*edits: Exchange, why: str = "sums up") -> list[str]:
    """Return the texts that a suggestion leads to."""
    advice = Advice((Suggestion(edits, why),), "a model")
    texts = [applied(GROUND.dossier.files, one) for one in candidates(GROUND, advice)]
    return ["".join(one.values()) for one in texts]


def test_a_text_is_exchanged_where_it_stands() -> None:
    (text,) = made(Exchange("shop/sums.py", "result += 1", "result += price"))
    assert text == CODE.replace("result += 1", "result += price")


def test_lines_are_found_in_another_indentation_and_keep_their_own() -> None:
    wanted = "for price in prices:\n    result += 1"
    (text,) = made(Exchange("sums.py", wanted, "for price in prices:\n    result += price\n"))
    assert text == CODE.replace("result += 1", "result += price")


def test_a_whole_function_is_exchanged_the_one_that_is_named_so() -> None:
    new = "def total(self, prices):\n    return sum(prices)\n"
    (box,) = made(Exchange("shop/sums.py", "", new, "Box.total"))
    assert "class Box:\n    def total(self, prices):\n        return sum(prices)\n" in box
    assert "len(prices)" in box
    (plain,) = made(Exchange("shop/sums.py", "", new, "total()"))
    assert plain.endswith("def total(self, prices):\n    return sum(prices)\n")
    assert len(made(Exchange("shop/sums.py", "", new, "Shop.total"))) == 2


def test_several_edits_are_one_candidate_with_one_reason() -> None:
    edits = (
        Exchange("shop/sums.py", "result += 1", "result += price"),
        Exchange("shop/sums.py", "return len(prices)", "return sum(prices)"),
    )
    advice = Advice((Suggestion(edits, "adds\nup"), Suggestion(edits, "again")), "tiny (abc)")
    (one,) = candidates(GROUND, advice)
    assert (len(one.changes), one.operator) == (2, "advised:edit")
    assert one.why == "suggested by tiny (abc): adds up"
    assert 0 < one.prior < 0.05


@pytest.mark.parametrize(
    "edit",
    [
        Exchange("shop/sums.py", "not there", "x"),
        Exchange("shop/sums.py", "result += 1", "result += ("),
        Exchange("shop/sums.py", "result += 1", "result += 1"),
        Exchange("shop/sums.py", "", "", "total"),
        Exchange("shop/sums.py", "", "def f(): ...", "nobody"),
        Exchange("tests/test_sums.py", "== 30", "== 2"),
        Exchange(),
    ],
)
def test_what_does_not_fit_or_parse_is_dropped(edit: Exchange) -> None:
    assert made(edit) == []


def test_edits_that_touch_each_other_are_no_candidate() -> None:
    both = Exchange("shop/sums.py", "result += 1\n        return result", "return 1")
    assert made(both, Exchange("shop/sums.py", "result += 1", "result += 2")) == []


def test_what_only_parses_is_no_candidate() -> None:
    assert made(Exchange("other.py", "x = 1", "return x")) == []


words = st.text(max_size=30) | st.sampled_from(["total", "result", "return len(prices)", "\n", " "])


@given(st.lists(st.builds(Exchange, words, words, words, words), max_size=3))
def test_whatever_is_suggested_leads_to_files_that_compile_or_to_nothing(
    edits: list[Exchange],
) -> None:
    for text in made(*edits):
        compile(text, "made", "exec")


def site() -> Site:
    module = GROUND.modules["shop/sums.py"]
    (function,) = [one for one in module.functions if one.col_offset == 0]
    return Site("shop/sums.py", module, function.body[0], 0.9)


def test_who_is_asked_sees_the_failure_and_the_code_as_data() -> None:
    asked: list[Inquiry] = []
    answer: Future[Advice | None] = Future()

    def ask(inquiry: Inquiry) -> Future[Advice | None]:
        asked.append(inquiry)
        return answer

    adviser = Adviser(GROUND, ask)
    assert adviser.consult([site()], ()) == []
    assert adviser.consult([site()], ()) == []
    assert adviser.is_waiting
    text = asked[0].text(len(asked[0].parts))
    assert "assert 2 == 30" in text
    assert "def total(prices):\n    return len(prices)" in text
    assert "assert total([10, 20]) == 30" in text
    edit = Exchange("shop/sums.py", "len(prices)", "sum(prices)")
    answer.set_result(Advice((Suggestion((edit,)),)))
    (found,) = adviser.consult([site()], ())
    assert [one.why for one in found()] == ["suggested by "]
    assert len(asked) == 2


def test_who_cannot_answer_is_asked_once() -> None:
    asked: list[Inquiry] = []

    def ask(inquiry: Inquiry) -> Future[Advice | None]:
        asked.append(inquiry)
        nothing: Future[Advice | None] = Future()
        nothing.set_result(None)
        return nothing

    adviser = Adviser(GROUND, ask)
    for _ in range(4):
        assert adviser.consult([site()], ()) == []
    assert (len(asked), adviser.is_waiting) == (1, False)


def test_a_failure_to_answer_is_kept_and_harms_nothing() -> None:
    broken: Future[Advice | None] = Future()
    broken.set_exception(RuntimeError("no luck"))
    adviser = Adviser(GROUND, lambda _: broken)
    for _ in range(3):
        assert adviser.consult([site()], ()) == []
    assert [str(one) for one in adviser.defects] == ["no luck"]


def test_nobody_waits_for_an_answer_once_the_search_is_over() -> None:
    open_: Future[Advice | None] = Future()
    adviser = Adviser(GROUND, lambda _: open_)
    adviser.consult([site()], ())
    adviser.close()
    assert open_.cancelled()
    assert adviser.consult([site()], ()) == []


BARE = Ground(Dossier((RUN,), {"shop/sums.py": "def total(prices):\n    pass\n"}, TESTS))


class Failing:
    """Fails whatever it is given, but what was advised."""

    def __init__(self) -> None:
        self.tried: list[tuple[Change, ...]] = []
        self._told: list[Verdict] = []

    def submit(self, candidates: Sequence[Numbered], **_: int) -> None:
        for number, one in candidates:
            self.tried.append(one.changes)
            state = "passed" if "filter(None" in one.changes[0].edit.text else "failed"
            self._told.append(Verdict(number, state, kinds=("E",)))

    def collect(self, timeout: float) -> list[Verdict]:
        told, self._told = self._told, []
        if not told:
            time.sleep(timeout)
        return told


def searched(adviser: Adviser | None, seconds: float) -> tuple[Search, Failing]:
    screen = Failing()
    search = Search(BARE, suspects, screen, adviser=adviser)
    search.run(Limits(seconds))
    return search, screen


def test_advice_is_waited_for_only_when_there_is_nothing_else_to_try() -> None:
    _, alone = searched(None, 60)
    edit = Exchange("shop/sums.py", "pass", "return sum(filter(None, prices))")

    def ask(_: Inquiry) -> Future[Advice | None]:
        answer: Future[Advice | None] = Future()
        threading.Timer(0.3, answer.set_result, [Advice((Suggestion((edit,)),))]).start()
        return answer

    search, screen = searched(Adviser(BARE, ask), 60)
    (found,) = search.plausible
    assert found.step.candidate.operator == "advised:edit"
    assert set(alone.tried) <= set(screen.tried[: screen.tried.index(found.step.candidate.changes)])


def test_a_search_ends_at_its_limit_though_nobody_answers() -> None:
    search, screen = searched(Adviser(BARE, lambda _: Future()), 1.5)
    assert not search.plausible
    assert screen.tried
