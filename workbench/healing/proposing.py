"""A repair that holds, as a proposal with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from workbench.api.events import Evidence, ProposalMade
from workbench.healing.candidate import Candidate
from workbench.healing.compose import applied
from workbench.healing.dossier import Dossier
from workbench.healing.ground import Module
from workbench.healing.judging.choosing import Chosen
from workbench.healing.judging.contending import uncovered
from workbench.healing.judging.quality import compared, qualified, quality
from workbench.healing.judging.security import findings, new
from workbench.healing.reproduce import Case
from workbench.healing.texts import unified
from workbench.journal.contents import Contents
from workbench.sandbox.plan import Level
from workbench.sandbox.proof.prove import Verdict
from workbench.splice import parses

Texts = Mapping[str, tuple[str, str]]
"""Files before and after."""


@dataclass(frozen=True)
class Place:
    """Which search found a proposal, as which one, and after how long."""

    search: str
    rank: int
    seconds: float


def contents(case: Case, candidate: Candidate) -> dict[str, bytes | None]:
    """Return the bytes of the files that a candidate changes."""
    texts = _texts(case, candidate).items()
    return {path: case.written[path].encoded(after) for path, (_, after) in texts}


def both_contents(case: Case, candidate: Candidate) -> dict[str, tuple[bytes, bytes | None]]:
    """Return the bytes of the files that a candidate changes, without it and with it."""
    return {path: (_before(case, path), one) for path, one in contents(case, candidate).items()}


def keep(kept: Contents, case: Case, candidate: Candidate) -> None:
    """Keep what the files hold without a candidate and with it, before anybody is told of it."""
    for before, after in both_contents(case, candidate).values():
        kept.keep(before)
        if after is not None:
            kept.keep(after)


def _before(case: Case, path: str) -> bytes:
    return case.written[path].encoded(case.dossier.files[path])


def _texts(case: Case, candidate: Candidate) -> Texts:
    files = case.dossier.files
    return {path: (files[path], text) for path, text in applied(files, candidate).items()}


def proposal(case: Case, one: Chosen, verdict: Verdict, place: Place) -> ProposalMade:
    """Return the fact that a repair holds; `place` is the search that found it, and its rank."""
    candidate, ranked = one.candidate, one.ranked
    return ProposalMade(
        proposal=_name(verdict),
        search=place.search,
        rank=place.rank,
        confidence=round(ranked.confidence, 3),
        diff=unified(_texts(case, candidate)),
        change=dict(verdict.change),
        before={path: sha256(_before(case, path)).hexdigest() for path in verdict.change},
        base=verdict.base,
        result=verdict.result,
        operator=candidate.operator,
        why=candidate.why,
        evidence=_evidence(verdict, one, _texts(case, candidate), case.dossier),
        reasons=ranked.reasons,
        doubts=(*ranked.doubts, *_dangers(_texts(case, candidate))),
        seconds=round(place.seconds, 3),
        numbers={name: round(much, 4) for name, much in ranked.numbers.items()},
    )


def _evidence(verdict: Verdict, one: Chosen, texts: Texts, dossier: Dossier) -> Evidence:
    killed = one.trimmed.killed
    return Evidence(
        turned=one.turned,
        others=sum(1 for test in verdict.outcomes if test not in one.turned),
        guards=dict(verdict.guards),
        circumstances=verdict.circumstances,
        engine=verdict.engine,
        level=Level(verdict.level).name.lower(),
        proof=verdict.digest,
        needed=dict(one.trimmed.needed),
        mutants=(killed.tried, killed.noticed) if killed.tried else None,
        quality=dict(_qualities(texts)),
        covering=one.ranked.contender.covering,
        uncovered=uncovered(one.candidate, dossier),
        differs=one.differs.sentence if one.differs else "",
        decides=one.differs.test if one.differs else "",
    )


def _qualities(texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield what becomes simpler or more complicated, by file."""
    for path, (before, after) in texts.items():
        names = list(_changed_functions(before, after)) if parses(after) else []
        if names and (told := compared(quality(before, names), quality(after, names))):
            yield path, " ".join(told)


def _changed_functions(before: str, after: str) -> Iterator[str]:
    module = Module(after)
    for name, node in qualified(module.tree):
        if module.of(node) not in before:
            yield name


def _dangers(texts: Texts) -> Iterator[str]:
    """Say what becomes open to attack."""
    for path, (before, after) in texts.items():
        for found in new(findings(before, path), findings(after, path)):
            yield f"{path}:{found.line}: {found.message} ({found.code})"


def _name(verdict: Verdict) -> str:
    """Name a proposal by what it changes to what."""
    return sha256(f"{verdict.base}\0{verdict.result}".encode()).hexdigest()[:12]
