"""A repair that holds, as a proposal with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from workbench.api.events import Evidence, ProposalMade
from workbench.healing.candidate import Candidate
from workbench.healing.choosing import Chosen
from workbench.healing.compose import applied
from workbench.healing.reproduce import Case
from workbench.healing.texts import unified
from workbench.sandbox.plan import Level
from workbench.sandbox.proof.prove import Verdict


def contents(case: Case, candidate: Candidate) -> dict[str, bytes | None]:
    """Return the bytes of the files that a candidate changes."""
    texts = _texts(case, candidate).items()
    return {path: case.written[path].encoded(after) for path, (_, after) in texts}


def _texts(case: Case, candidate: Candidate) -> Mapping[str, tuple[str, str]]:
    files = case.dossier.files
    return {path: (files[path], text) for path, text in applied(files, candidate).items()}


def proposal(case: Case, one: Chosen, verdict: Verdict, place: tuple[str, int]) -> ProposalMade:
    """Return the fact that a repair holds; `place` is the search that found it, and its rank."""
    search, rank = place
    candidate, ranked = one.candidate, one.ranked
    return ProposalMade(
        proposal=_name(verdict),
        search=search,
        rank=rank,
        confidence=round(ranked.confidence, 3),
        diff=unified(_texts(case, candidate)),
        change=dict(verdict.change),
        base=verdict.base,
        result=verdict.result,
        operator=candidate.operator,
        why=candidate.why,
        evidence=_evidence(verdict, one),
        reasons=ranked.reasons,
        doubts=ranked.doubts,
    )


def _evidence(verdict: Verdict, one: Chosen) -> Evidence:
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
        covering=one.ranked.contender.covering,
        differs=one.differs,
    )


def _name(verdict: Verdict) -> str:
    """Name a proposal by what it changes to what."""
    return sha256(f"{verdict.base}\0{verdict.result}".encode()).hexdigest()[:12]
