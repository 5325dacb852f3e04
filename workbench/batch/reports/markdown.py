"""A summary for people, as Markdown in which nothing from outside is markup."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from workbench.batch.reports.patches import patch
from workbench.batch.reports.text import block, code, prose
from workbench.batch.result import Ended, Figures, Repair, Result

T = TypeVar("T")
_MOST_TESTS, _MOST_REPAIRS, _MOST_FILES = 50, 10, 30
_LONGEST_PATCH = 20_000


def markdown(result: Result) -> bytes:
    """Return what came of the batch, the most important first."""
    return ("\n".join(_lines(result)).rstrip("\n") + "\n").encode("utf-8", "backslashreplace")


def _lines(result: Result) -> Iterator[str]:
    yield f"## Workbench: {prose(result.sentence)}\n"
    yield "| Step | Outcome | |\n| :-- | :-- | --: |"
    yield from map(_step, result.steps)
    yield ""
    for step in result.steps:
        yield f"- Step {step.number}, {step.do}: {prose(f'{step.sentence} {step.hint}'.strip())}"
    yield ""
    yield from _tests(result)
    yield from _repairs(result)
    yield from _quality(result)


def _step(step: Ended) -> str:
    took = "" if step.seconds is None else f"{step.seconds:,.1f} s"
    return f"| {step.number}. {step.do} | {step.outcome} | {took} |"


def _tests(result: Result) -> Iterator[str]:
    if not result.cases:
        return
    counts = Counter(case.outcome for case in result.cases)
    yield f"### Tests: {', '.join(f'{count:,} {name}' for name, count in counts.items())}\n"
    shown, more = _first(result.red, _MOST_TESTS)
    for case in shown:
        said = case.message.partition("\n")[0]
        yield f"- {code(case.id)}" + (f": {code(said[:500])}" if said else "")
    yield from _more("- and {} more", more)
    yield ""


def _repairs(result: Result) -> Iterator[str]:
    if not result.repairs:
        return
    yield f"### Repairs: {len(result.repairs)}\n"
    shown, more = _first(result.repairs, _MOST_REPAIRS)
    for repair in shown:
        yield from _repair(repair)
    yield from _more("And {} more.", more)
    yield ""


def _repair(repair: Repair) -> Iterator[str]:
    made = repair.made
    stands = "applied" if repair.is_applied else repair.standing
    yield f"#### {made.rank}. {code(made.proposal)}, {stands}, {made.confidence:.0%} likely right\n"
    yield f"{prose(made.why or made.operator)}\n"
    tests, more = _first(made.evidence.turned, _MOST_TESTS)
    yield from (f"- turns {code(test)}" for test in tests)
    yield from _more("- turns {} more", more)
    yield from (f"- {prose(reason)}" for reason in made.reasons)
    yield from (f"- doubt: {prose(doubt)}" for doubt in made.doubts)
    text = patch(repair.changes).decode("utf-8", "backslashreplace")
    yield f"\n{block(text[:_LONGEST_PATCH], 'diff')}\n"


def _quality(result: Result) -> Iterator[str]:
    if not result.figures:
        return
    yield "### Quality\n"
    changed = [one for one in result.figures if _differs(one)] or list(result.figures)
    worst = sorted(changed, key=lambda one: (-(_last(one.complexity) or 0), one.path))
    shown, more = _first(worst, _MOST_FILES)
    for one in shown:
        yield (
            f"- {code(one.path)}: complexity {_pair(one.complexity)}, "
            f"maintainability {_pair(one.maintainability)}, findings {_pair(one.findings)}"
        )
    yield from _more("- and {} more files", more)
    found, more = _first(result.found, _MOST_FILES)
    yield from (
        f"- {code(f'{one.path}:{one.line}')} {prose(one.rule)}: {prose(one.message)}"
        for one in found
    )
    yield from _more("- and {} more findings", more)


def _differs(one: Figures) -> bool:
    pairs: Iterable[tuple[float | None, float | None]]
    pairs = (one.complexity, one.maintainability, one.findings)
    return any(before != after for before, after in pairs)


def _last(pair: tuple[T | None, T | None]) -> T | None:
    before, after = pair
    return before if after is None else after


def _pair(pair: tuple[float | None, float | None]) -> str:
    before, after = ("none" if value is None else f"{value:g}" for value in pair)
    return after if before == after else f"{before} → {after}"


def _first(values: Sequence[T], most: int) -> tuple[Sequence[T], int]:
    """Return the first of many, and how many are left out."""
    return values[:most], max(0, len(values) - most)


def _more(text: str, count: int) -> Iterator[str]:
    if count:
        yield text.format(f"{count:,}")
