"""Priors of candidates: what one rule can do at a place shares what the rule is worth there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.ground import Site
from workbench.splice import Edit


@dataclass(frozen=True, slots=True)
class Option:
    """One way to follow a rule: its edits, how natural it is (1 is usual), what it changes."""

    edits: tuple[Edit, ...]
    weight: float
    why: str


def option(edits: Edit | Iterable[Edit | None] | None, weight: float, why: str) -> Iterator[Option]:
    """Yield the one option, or none where one of its edits cannot be made."""
    made = (edits,) if isinstance(edits, Edit) or edits is None else tuple(edits)
    sound = tuple(edit for edit in made if edit is not None)
    if sound and len(sound) == len(made):
        yield Option(sound, weight, why)


def shared(site: Site, rule: str, share: float, options: Iterable[Option]) -> list[Candidate]:
    """Return a candidate for each option; together they have `share`, however many they are.

    `share` is how often the rule repairs a statement that is truly faulty. A rule with few, unusual
    options does not get all of it.
    """
    found = _distinct(site, options)
    total = max(1.0, sum(one.weight for one in found))
    return [
        candidate(site.path, one.edits, rule, max(share * one.weight / total, 1e-9), one.why)
        for one in found
    ]


def _distinct(site: Site, options: Iterable[Option]) -> list[Option]:
    best: dict[tuple[Edit, ...], Option] = {}
    for one in options:
        known = best.get(one.edits)
        if _changes(site, one) and (known is None or known.weight < one.weight):
            best[one.edits] = one
    return list(best.values())


def _changes(site: Site, one: Option) -> bool:
    return any(site.module.piece(edit.start, edit.end) != edit.text for edit in one.edits)


def ranked(*groups: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield the candidates of some rules, the likeliest first, none twice."""
    seen = set()
    everything = [one for group in groups for one in group]
    for one in sorted(everything, key=lambda one: -one.prior):
        if one.changes not in seen:
            seen.add(one.changes)
            yield one
