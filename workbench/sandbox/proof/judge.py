"""The verdict on a repair: the records of its runs, held against those of the base.

Everything here fails closed. What is not understood, does not fit or was not there before is a
reason to refuse, and one reason is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import Literal

from workbench.sandbox.proof.outcomes import (
    BAD,
    Outcome,
    Reading,
    Reason,
    Run,
    Unreadable,
    listed,
    read,
)
from workbench.sandbox.proof.records import Refusal
from workbench.sandbox.proof.tested import function_of

Expected = Literal["pass", "fail"]
_NO_FUNCTIONS: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a repair is accepted, and if not, why."""

    reasons: tuple[Reason, ...]
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """What became of each test, if the run could be understood."""

    @property
    def accepted(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class _Case:
    """What is compared; all ids are those of tests, collectors are files, classes or folders."""

    base: Reading
    now: Reading
    failing: frozenset[str]
    known: Mapping[str, bool]
    shuffled: bool

    @property
    def reopened(self) -> frozenset[str]:
        """Return the collectors that failed on the base and do not any more."""
        return self.base.uncollected - self.now.uncollected

    @property
    def new(self) -> tuple[str, ...]:
        """Return the ids that the base could not know."""
        known = set(self.base.ids)
        return tuple(
            name for name in self.now.ids if name not in known and _under(name, self.reopened)
        )


def judge(
    base: Run,
    candidate: Run,
    failing: Collection[str],
    known: Mapping[str, bool] = _NO_FUNCTIONS,
) -> Judgement:
    """Judge one run of a repair.

    `failing` are ids of tests that the base must fail, or of collectors (files, say) that it could
    not collect. `known` are the test functions that the pristine sources define, each with whether
    it is marked as one that may be skipped: they must appear where the base could not collect.
    """
    before, now = read(base, "The base"), read(candidate, "The repair")
    if isinstance(before, Unreadable) or isinstance(now, Unreadable):
        return _unreadable(before, now)
    case = _Case(before, now, frozenset(failing), known, candidate.shuffled)
    return Judgement(tuple(chain.from_iterable(rule(case) for rule in _RULES)), now.outcomes)


def _unreadable(*found: Reading | Unreadable) -> Judgement:
    return Judgement(tuple(chain(*(one.reasons for one in found if isinstance(one, Unreadable)))))


def judge_all(
    base: Run,
    runs: Sequence[Run],
    failing: Collection[str],
    known: Mapping[str, bool] = _NO_FUNCTIONS,
) -> Judgement:
    """Judge several runs of one repair: each must be accepted, and all must agree."""
    if not runs:
        return Judgement((Reason("no-runs", "The repair was never run."),))
    found = [judge(base, run, failing, known) for run in runs]
    reasons = dict.fromkeys(chain.from_iterable(one.reasons for one in found))
    if not reasons:
        reasons = dict.fromkeys((*_differences(found), *_replays((base, *runs))))
    return Judgement(tuple(reasons), found[0].outcomes)


def judge_round(reference: Run, run: Run, expected: Mapping[str, Expected]) -> Judgement:
    """Judge a run with twins: every outcome must be what the coins say.

    `reference` is the accepted run of the same repair on the pristine tests. A test that `expected`
    does not name has no twin, and must end as it did there.
    """
    before, now = read(reference, "The pristine run"), read(run, "The run with twins")
    if isinstance(before, Unreadable) or isinstance(now, Unreadable):
        return _unreadable(before, now)
    case = _Case(before, now, frozenset(), _NO_FUNCTIONS, run.shuffled)
    rules = (_same_harness(case), _same_ids(case), _as_the_coins(case, expected))
    return Judgement(tuple(chain.from_iterable(rules)), now.outcomes)


def _same_harness(case: _Case) -> Iterator[Reason]:
    if case.base.harness != case.now.harness:
        yield Reason("harness", "The runs were made with other versions of Python or pytest.")
    if case.base.nonce == case.now.nonce:
        yield Reason("nonce", "The records of one run are shown as those of another.")


def _base_fails(case: _Case) -> Iterator[Reason]:
    if not case.failing:
        yield Reason("not-failing", "No failing test was named.")
    passing = [name for name in case.failing if not _fails(case.base, name)]
    if passing:
        yield Reason("not-failing", f"The base does not fail {listed(sorted(passing))}.")


def _fails(reading: Reading, name: str) -> bool:
    return reading.outcomes.get(name) in BAD or _under(name, reading.uncollected)


def _under(name: str, collectors: Collection[str]) -> bool:
    """Tell whether the test or collector `name` is, or is below, one of `collectors`."""
    return any(
        collector in {name, "", "."} or name.startswith((f"{collector}::", f"{collector}/"))
        for collector in collectors
    )


def _same_ids(case: _Case) -> Iterator[Reason]:
    new = set(case.new)
    ids = tuple(name for name in case.now.ids if name not in new)
    due, there = set(case.base.ids), set(ids)
    if missing := [name for name in case.base.ids if name not in there]:
        yield Reason("ids-missing", f"Not collected any more: {listed(missing)}.")
    if extra := [name for name in ids if name not in due]:
        yield Reason("ids-extra", f"Collected, but not on the base: {listed(extra)}.")
    if due == there and ids != case.base.ids and not case.shuffled:
        yield Reason("ids-order", "The tests were collected in another order.")
    if broken := case.now.uncollected - case.base.uncollected:
        yield Reason("uncollected", f"Cannot be collected any more: {listed(sorted(broken))}.")


def _reopened_whole(case: _Case) -> Iterator[Reason]:
    """Look at what the base could not collect: all its tests must be there, and hold."""
    mended = frozenset(name for name in case.reopened if _asked(name, case.failing))
    new = [name for name in case.new if _under(name, mended)]
    outcomes = case.now.outcomes
    for collector in sorted(mended):
        if not any(outcomes[name] == "passed" for name in new if _under(name, {collector})):
            yield Reason("empty", f"No test of {listed([collector])} passes.")
    functions = {function_of(name) for name in case.now.ids}
    gone = [name for name in case.known if _under(name, mended) and name not in functions]
    if gone:
        yield Reason("ids-missing", f"Not collected: {listed(sorted(gone))}.")
    if bad := [name for name in new if not _allowed(outcomes[name], name, case.known)]:
        yield Reason("unfixed", f"Do not pass: {listed(bad)}.")


def _asked(collector: str, failing: Collection[str]) -> bool:
    return any(_under(name, {collector}) or _under(collector, {name}) for name in failing)


def _allowed(outcome: Outcome, name: str, known: Mapping[str, bool]) -> bool:
    marked = outcome in {"skipped", "xfailed", "xpassed"} and known.get(function_of(name), False)
    return outcome == "passed" or marked


def _nothing_broken(case: _Case) -> Iterator[Reason]:
    """Compare each test with what it was on the base."""
    for code, verb, broken in _CHANGES:
        names = [
            name
            for name, outcome in case.now.outcomes.items()
            if name in case.base.outcomes and broken(case.base.outcomes[name], outcome)
        ]
        if names:
            yield Reason(code, f"{verb}: {listed(names)}.")


_Broken = Callable[[Outcome, Outcome], bool]
_CHANGES: tuple[tuple[str, str, _Broken], ...] = (
    ("broken", "Failed, but not on the base", lambda old, new: new in BAD and old not in BAD),
    ("skip", "Skipped, but not on the base", lambda old, new: new == "skipped" != old),
    ("xfail", "An xfail that the base has not", lambda old, new: new == "xfailed" != old),
    (
        "xfail",
        "An xpass where the base has no xfail",
        lambda old, new: new == "xpassed" and old not in {"xfailed", "xpassed"},
    ),
)


def _failing_fixed(case: _Case) -> Iterator[Reason]:
    named = case.failing - case.base.uncollected
    unfixed = [name for name in named if case.now.outcomes.get(name) != "passed"]
    unfixed += case.failing & case.now.uncollected
    if unfixed:
        yield Reason("unfixed", f"Do not pass: {listed(sorted(unfixed))}.")


def _as_the_coins(case: _Case, expected: Mapping[str, Expected]) -> Iterator[Reason]:
    wrong = [
        name
        for name, outcome in case.now.outcomes.items()
        if outcome != _due(expected.get(name), case.base.outcomes.get(name))
    ]
    if wrong:
        yield Reason("twins", f"Ended otherwise than an honest program's: {listed(wrong)}.")
    if absent := [name for name in expected if name not in case.now.outcomes]:
        yield Reason("missing", f"No verdict on {listed(absent)}.")


def _due(expected: Expected | None, before: Outcome | None) -> Outcome | None:
    if expected is None:
        return before
    return "passed" if expected == "pass" else "failed"


def _differences(found: Sequence[Judgement]) -> Iterator[Reason]:
    first = found[0].outcomes
    differing = {
        name for one in found for name in first if one.outcomes.get(name) != first[name]
    } | {name for one in found for name in one.outcomes if name not in first}
    if differing:
        yield Reason("disagree", f"The runs disagree about {listed(sorted(differing))}.")


def _replays(runs: Sequence[Run]) -> Iterator[Reason]:
    nonces = [run.stream.nonce for run in runs if not isinstance(run.stream, Refusal)]
    if len(set(nonces)) != len(runs):
        yield Reason("nonce", "The records of one run are shown as those of another.")


_RULES: tuple[Callable[[_Case], Iterator[Reason]], ...] = (
    _same_harness,
    _base_fails,
    _same_ids,
    _reopened_whole,
    _nothing_broken,
    _failing_fixed,
)
