"""From what passed when it was screened to contenders for the first place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from workbench.healing.candidate import Candidate, Change
from workbench.healing.compose import applied
from workbench.healing.dossier import CUT, FAILED, PASSED, Dossier, TestRun
from workbench.healing.ground import Ground
from workbench.healing.judging.behaviour import Behaviours
from workbench.healing.judging.idle import idle
from workbench.healing.ranking.features import Contender
from workbench.healing.ranking.order import Ranked, Weights, rank
from workbench.healing.searching.asking import Asking
from workbench.healing.searching.search import Plausible, Search
from workbench.splice import Edit, Source

_MOST = 60
_DOUBTED = 12
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LEAST_SURE, _LEAST_SHOWN = 0.42, 0.05
"""Of what is less sure than the first, hardly any was right; of the second, none beside others."""
_OF_UNREAD = 0.7
"""How likely the first of what makes a file readable is right, if it is the only one."""


def passing(search: Search, dossier: Dossier) -> Sequence[Plausible]:
    """Return what turns all failing tests, or else all that can be hoped for; no text twice."""
    files = dossier.files
    found = sorted(
        search.plausible or search.apart or search.beyond, key=lambda one: -one.step.score
    )
    unique: dict[object, Plausible] = {}
    for one in found:
        unique.setdefault(frozenset(applied(files, one.step.candidate).items()), one)
        if len(unique) == _MOST:
            break
    return tuple(unique.values())


def in_order(found: Sequence[Contender], ground: Ground, weights: Weights) -> tuple[Ranked, ...]:
    """Rank contenders; those for files that do not parse keep the order that they were found in."""
    readable = [one for one in found if set(one.candidate.by_path) <= set(ground.modules)]
    others = [one for one in found if one not in readable]
    return (*rank(readable, ground, weights), *(_unread(one, at) for at, one in enumerate(others)))


def worth_showing(ranked: Sequence[Ranked]) -> tuple[Ranked, ...]:
    """Return what may be shown, behind something that is sure enough: a wrong repair costs most."""
    sure = [one for one in ranked if one.confidence >= _LEAST_SURE]
    rest = [one for one in ranked if _LEAST_SHOWN <= one.confidence < _LEAST_SURE]
    return (*sure, *rest) if sure else ()


def doubted(
    found: Sequence[Contender], ground: Ground, asking: Asking, weights: Weights
) -> list[Contender]:
    """Note which of them may as well put a constant for a condition, or another number."""
    files, count = ground.dossier.files, len(ground.dossier.failing)
    best = [one.contender for one in in_order(found, ground, weights)[:_DOUBTED]]
    asked = [one.candidate for one in best if one.passes == count]
    known = idle(asked, files, asking)
    alike = {one.behaviour for one in best if one.candidate in known} - {""}
    numbers = any_number([one.candidate for one in found])
    return [
        replace(
            one,
            is_idle=one.candidate in known or one.behaviour in alike,
            is_any_number=one.candidate in numbers,
        )
        for one in found
    ]


def any_number(some: Sequence[Candidate]) -> frozenset[Candidate]:
    """Return those that put one number where others pass as well: its value is not told."""
    places: defaultdict[object, list[Candidate]] = defaultdict(list)
    for one in some:
        match one.changes:
            case (Change(path, Edit(start, end, text)),) if _NUMBER.fullmatch(text):
                places[path, start, end].append(one)
    return frozenset(one for found in places.values() if len(found) > 1 for one in found)


def _unread(one: Contender, at: int) -> Ranked:
    return Ranked(one, 0.0, _OF_UNREAD / 2**at, ("The file can be read again.",), (), {})


def contender(one: Plausible, dossier: Dossier, alike: Behaviours) -> Contender:
    return Contender(
        behaviour=alike.name(one.step.candidate),
        agreement=alike.agreement(one.step.candidate),
        candidate=one.step.candidate,
        weight=one.step.weight,
        passes=len(one.verdict.passes) or len(dossier.failing),
        covering=covering(one.step.candidate, dossier),
    )


def turned(one: Plausible, dossier: Dossier) -> tuple[str, ...]:
    """Return the failing tests that pass now."""
    failing = dossier.failing
    if one.verdict.state == "passed":
        return tuple(run.id for run in failing)
    return tuple(failing[index].id for index in one.verdict.passes)


def covering(candidate: Candidate, dossier: Dossier) -> int:
    """Count the tests that run what a candidate changes."""
    return sum(1 for _ in _running(candidate, dossier))


def uncovered(candidate: Candidate, dossier: Dossier) -> tuple[str, ...]:
    """Return where a candidate changes what no test runs, by the first line of each place."""
    found: list[str] = []
    for path, spans in _spans(candidate):
        seen = {line for run in dossier.runs for line in run.lines.get(path, ())}
        places = (_lines(dossier.files[path], [span]) for span in spans)
        found += [f"{path}:{min(lines)}" for lines in places if seen.isdisjoint(lines)]
    return tuple(dict.fromkeys(found))


def _running(candidate: Candidate, dossier: Dossier) -> Iterator[TestRun]:
    changed = {path: _lines(dossier.files[path], edits) for path, edits in _spans(candidate)}
    for run in dossier.runs:
        if any(not lines.isdisjoint(run.lines.get(path, ())) for path, lines in changed.items()):
            yield run


def is_apart(one: Plausible, dossier: Dossier) -> bool:
    """Tell whether the causes of the others are their own, so that this is all there is to do.

    They share no line with what it turns, or run none that can be changed in its place. What nobody
    traced may share all.
    """
    done = set(turned(one, dossier))
    mine = [run.lines for run in dossier.failing if run.id in done]
    others = [run for run in dossier.failing if run.id not in done]
    is_in_bodies = one.step.is_cheap and _is_traced(dossier)
    return bool(mine and others) and all(
        (is_in_bodies and _runs_nothing(run))
        or (run.lines and all(lines and not _shared(lines, run.lines) for lines in mine))
        for run in others
    )


def _is_traced(dossier: Dossier) -> bool:
    """Tell whether what failing tests run is known: they are traced before those that pass."""
    return any(run.lines for run in dossier.runs if run.outcome == PASSED)


def _runs_nothing(run: TestRun) -> bool:
    """Tell whether a traced test fails before a function of the project is run."""
    return not run.lines and not run.spawns and run.outcome == FAILED and "::" in run.id


def is_beyond(one: Plausible, dossier: Dossier) -> bool:
    """Tell whether it turns all failing tests but those of which nobody sees why they fail."""
    done = set(turned(one, dossier))
    left = [run for run in dossier.failing if run.id not in done]
    ends = any(run.outcome == FAILED for run in dossier.failing if run.id in done)
    return bool(ends and left and not one.verdict.broke) and all(map(_is_out_of_sight, left))


def _is_out_of_sight(run: TestRun) -> bool:
    """Tell whether nothing of the project is seen to fail: it is slow, elsewhere, or never begun.

    The latter is a test that asks for a fixture which is not there, or cannot be made.
    """
    frames = run.raised.frames if run.raised else ()
    is_not_begun = run.raised is not None and all(_is_of_fixtures(one.path) for one in frames)
    return run.outcome == CUT or is_not_begun or (run.spawns and not run.lines)


def _is_of_fixtures(path: str) -> bool:
    return path.rpartition("/")[2] == "conftest.py"


def _shared(one: Mapping[str, Sequence[int]], other: Mapping[str, Sequence[int]]) -> bool:
    return any(not set(lines).isdisjoint(other.get(path, ())) for path, lines in one.items())


def _spans(candidate: Candidate) -> Iterable[tuple[str, list[tuple[int, int]]]]:
    for path, edits in candidate.by_path.items():
        yield path, [(edit.start, edit.end) for edit in edits]


def _lines(text: str, spans: Iterable[tuple[int, int]]) -> frozenset[int]:
    """Return the numbers of the lines that spans touch, and of the lines before insertions."""
    data = Source(text).data
    found: set[int] = set()
    for start, end in spans:
        first = data.count(b"\n", 0, start) + 1
        last = first + data.count(b"\n", start, end)
        found |= set(range(first - (start == end), last + 1))
    return frozenset(found)
