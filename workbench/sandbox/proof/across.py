"""What a split run says of a repair: who passes it, and whom it gives away.

A split run cannot do everything that one process can. So a test that fails it counts against a
repair only where the split run of the base said exactly what the base itself says, by the same
assertion, and where it is an assertion that fails now. All else is left to the twins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbench.sandbox.proof.outcomes import Reading, Reason, Run, listed, read
from workbench.sandbox.proof.records import Refusal, Sub
from workbench.sandbox.proof.tested import function_of
from workbench.sandbox.runner.remote import STRAY


@dataclass(frozen=True, slots=True)
class Pair:
    """The same state of the project, run in one process and in two."""

    whole: Run
    split: Run


@dataclass(frozen=True, slots=True)
class Across:
    """What came of it."""

    passed: frozenset[str] = frozenset()
    """The tests that pass between two processes, by nothing but what can be done there."""
    open: bool = True
    """Some test that passes in one process does not pass so."""
    reasons: tuple[Reason, ...] = ()


def compare(base: Pair, repair: Pair) -> Across:
    """Hold what the repair does in two processes against what it does in one."""
    whole, split = read(repair.whole, "The repair"), read(repair.split, "The split run")
    if not isinstance(whole, Reading):
        return Across()
    due = [name for name, outcome in whole.outcomes.items() if outcome == "passed"]
    if not isinstance(split, Reading):
        return Across(reasons=tuple(_left(due, base, repair)))
    strange = _strays(repair.split)
    passed = {name for name in due if split.outcomes.get(name) == "passed"} - strange
    reasons = (*_hidden(whole, split), *_given_away(due, base, repair.split))
    return Across(frozenset(passed), not passed.issuperset(due), reasons)


def _left(due: list[str], base: Pair, repair: Pair) -> Iterator[Reason]:
    """Refuse a repair that ends the other process, where the base does not."""
    agreed = _agreed(base)
    if repair.split.status == "crash" and any(name in agreed for name in due):
        yield Reason("split", "The repair ends the process that it is asked in.")


def _hidden(whole: Reading, split: Reading) -> Iterator[Reason]:
    """Refuse a repair with which pytest does not see what it sees without it."""
    there = set(map(function_of, whole.ids))
    gone = [name for name in map(function_of, split.ids) if name not in there]
    if gone:
        yield Reason("ids-missing", f"Not collected beside the repair: {listed(gone)}.")


def _given_away(due: list[str], base: Pair, split: Run) -> Iterator[Reason]:
    agreed, crashes = _agreed(base), _crashes(split)
    found = [name for name in due if name in agreed and _is_assertion(crashes.get(name, ""))]
    if found:
        sentence = f"They pass only in one process with the repair: {listed(found)}."
        yield Reason("split", sentence)


def _agreed(base: Pair) -> frozenset[str]:
    """Return the tests of which the split run of the base tells what is so."""
    whole, split = read(base.whole, "The base"), read(base.split, "The base, split")
    if not isinstance(whole, Reading) or not isinstance(split, Reading):
        return frozenset()
    plain, crossed = _crashes(base.whole), _crashes(base.split)
    same = {
        name for name in plain if _is_assertion(plain[name]) and plain[name] == crossed.get(name)
    }
    fine = {name for name in whole.ids if whole.outcomes[name] == "passed"}
    fine &= {name for name in split.ids if split.outcomes[name] == "passed"}
    return frozenset(same | fine) - _strays(base.split)


def _is_assertion(crash: str) -> bool:
    return crash.startswith(("assert ", "AssertionError"))


def _texts(run: Run) -> Mapping[str, str]:
    """Return all that was told of each test beside its outcomes."""
    found: dict[str, str] = {}
    for report in () if isinstance(run.stream, Refusal) else run.stream.reports:
        said = "" if isinstance(report, Sub) else report.crash
        found[report.id] = found.get(report.id) or said
    return found


def _strays(run: Run) -> frozenset[str]:
    return frozenset(name for name, text in _texts(run).items() if text.startswith(STRAY))


def _crashes(run: Run) -> Mapping[str, str]:
    """Return what each failing test failed with, without the place and other addresses."""
    texts = {name: text for name, text in _texts(run).items() if not text.startswith(STRAY)}
    return {name: _message(text) for name, text in texts.items() if text}


def _message(text: str) -> str:
    first, *_ = text.partition(": ")[2].splitlines() or [""]
    return re.sub("0x[0-9a-f]+", "0x", first)
