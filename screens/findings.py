"""What the Evolution screen lists: searches under way, proposals, failures; as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from workbench.api.events import SearchEnded
from workbench.api.views import Found, Proposed, Searching, Watching

Finding = Searching | Proposed | Found


def identity(finding: Finding) -> str:
    """Name a finding so that it is known again after the next reading."""
    match finding:
        case Searching(job=job):
            return f"search {job}"
        case Proposed(proposal=proposal):
            return f"proposal {proposal.proposal}"
        case Found(failure=failure):
            return f"failure {failure.failure}"


def is_for(proposed: Proposed, found: Found) -> bool:
    """Tell whether a proposal makes the test of a failure pass that was there before it."""
    turned = proposed.proposal.evidence.turned
    return found.failure.test in turned and proposed.time >= found.first


def best_first(proposals: Iterable[Proposed]) -> tuple[Proposed, ...]:
    """Put those of the newest search first, and of each search the best."""
    newest: dict[str, int] = {}
    every = tuple(proposals)
    for one in every:
        search = one.proposal.search
        newest[search] = max(one.seq, newest.get(search, 0))
    return tuple(sorted(every, key=lambda one: (-newest[one.proposal.search], one.proposal.rank)))


@dataclass(frozen=True)
class Findings:
    """All that was found, and which of it is listed."""

    searches: tuple[Searching, ...] = ()
    proposals: tuple[Proposed, ...] = ()
    failures: tuple[Found, ...] = ()
    ended: SearchEnded | None = None
    """The search that ended last."""
    watching: Watching | None = None
    """How the project is followed, if it is."""
    unfollowed: str = ""
    """Why it is not, though it should be."""
    text: str = ""
    """Only findings that have this are listed, and searches under way."""

    @cached_property
    def listed(self) -> tuple[Finding, ...]:
        """Searches first, then what waits, then what failed; each the newest first."""
        found: tuple[Proposed | Found, ...] = (*self.proposals, *self.failures)
        wanted = self.text.casefold()
        return (*self.searches, *(one for one in found if wanted in _text(one).casefold()))

    @property
    def is_empty(self) -> bool:
        return not (self.searches or self.proposals or self.failures)

    def narrowed(self, text: str) -> Findings:
        return replace(self, text=text.strip())

    def proposals_for(self, found: Found) -> tuple[Proposed, ...]:
        """Return the proposals for a failure."""
        return tuple(one for one in self.proposals if is_for(one, found))

    def failures_of(self, proposed: Proposed) -> tuple[Found, ...]:
        """Return the failures that a proposal is for."""
        return tuple(one for one in self.failures if is_for(proposed, one))


def place_of(findings: Iterable[Finding], name: str) -> int | None:
    """Return where the finding of that identity stands."""
    places = (at for at, one in enumerate(findings) if identity(one) == name)
    return next(places, None)


def _text(finding: Proposed | Found) -> str:
    if isinstance(finding, Found):
        failure = finding.failure
        place = f"{failure.path}:{failure.line} {failure.function}"
        return f"failure {failure.failure} {failure.test} {failure.kind} {failure.message} {place}"
    made = finding.proposal
    told = f"proposal {made.proposal} {made.why} {made.operator} {made.search}"
    return f"{told} {' '.join(made.evidence.turned)} {' '.join(made.change)}"
