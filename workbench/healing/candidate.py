"""Candidates: small changes of source that might be a repair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.splice import Edit


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One exchange in one file; offsets count bytes of UTF-8, without a byte order mark."""

    path: str
    edit: Edit


@dataclass(frozen=True, slots=True)
class Candidate:
    """Changes that do not overlap, and how likely they are a repair before anything is run."""

    changes: tuple[Change, ...]
    operator: str
    """Which rule made it: the name of its generator, a colon, and the rule."""
    prior: float
    """Between 0 and 1; what the place is suspected of is not in it."""
    why: str = ""
    """For a person: what is changed, in a few words."""

    @property
    def by_path(self) -> Mapping[str, tuple[Edit, ...]]:
        found: defaultdict[str, list[Edit]] = defaultdict(list)
        for change in sorted(self.changes):
            found[change.path].append(change.edit)
        return {path: tuple(edits) for path, edits in found.items()}


def candidate(
    path: str, edits: Iterable[Edit], operator: str, prior: float, why: str = ""
) -> Candidate:
    """Return a candidate that changes one file."""
    changes = tuple(sorted(Change(path, edit) for edit in edits))
    return Candidate(changes, operator, prior, why)
