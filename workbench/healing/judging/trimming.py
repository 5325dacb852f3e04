"""What of a patch is needed, and what the tests notice of mutants of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.healing.candidate import Candidate, Change
from workbench.healing.dossier import Dossier
from workbench.healing.judging.ablation import Ablation, Came, Parts, ablation, sound
from workbench.healing.judging.mutants import Killed, mutants
from workbench.healing.searching.asking import Asking
from workbench.healing.verdict import Verdict
from workbench.splice import Source

_NOTICED = frozenset({"failed", "cut", "invalid"})


@dataclass(frozen=True)
class Trimmed:
    """The smallest patch that does what the whole does, and what was learned on the way."""

    candidate: Candidate
    needed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each part, by its place, the tests that fail without it."""
    killed: Killed = field(default_factory=lambda: Killed(0, 0))


def trimmed(candidate: Candidate, dossier: Dossier, asking: Asking) -> Trimmed:
    """Leave out what a patch does not need, and see what the tests notice of mutants of it."""
    files, failing = dossier.files, [run.id for run in dossier.failing]
    parted = ablation(candidate, files, Came(frozenset(failing)))
    known = _known(parted, files, failing, asking)
    smallest = parted.candidate_of(parted.smallest(known))
    needed = {
        _where(parted.parts[part], files): tuple(sorted(tests))
        for part, tests in parted.needed_for(known).items()
    }
    return Trimmed(smallest, needed, _killed(smallest, files, asking))


def _where(part: Change, files: Mapping[str, str]) -> str:
    line = Source(files[part.path]).data.count(b"\n", 0, part.edit.start) + 1
    return f"{part.path}:{line}"


def _known(
    parted: Ablation, files: Mapping[str, str], failing: Sequence[str], asking: Asking
) -> Mapping[Parts, Came]:
    known: dict[Parts, Came] = {}
    while questions := parted.questions(known):
        wanted = {parts: parted.candidate_of(parts) for parts in questions}
        whole = set(sound(wanted.values(), files))
        asked = [parts for parts, one in wanted.items() if one in whole]
        came = dict(zip(asked, asking.ask([wanted[parts] for parts in asked]), strict=True))
        known |= {parts: _came(came.get(parts), failing) for parts in questions}
    return known


def _came(verdict: Verdict | None, failing: Sequence[str]) -> Came:
    if verdict is None:
        return Came(frozenset(), broke=True)
    if verdict.state == "passed":
        return Came(frozenset(failing))
    passes = (failing[index] for index in verdict.passes)
    return Came(frozenset(passes), broke=bool(verdict.broke))


def _killed(candidate: Candidate, files: Mapping[str, str], asking: Asking) -> Killed:
    verdicts = asking.ask(mutants(candidate, files))
    told = [one.state for one in verdicts if one and one.state not in {"same", "lost"}]
    return Killed(sum(state in _NOTICED for state in told), len(told))
