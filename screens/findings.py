"""What the Evolution screen lists: searches, proposals, failures, crashes, logs; as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from workbench.api.events import SearchEnded
from workbench.api.views import Crashed, Found, Proposed, Searching, Sighted, Watching

Kept = Proposed | Found | Crashed | Sighted
Finding = Searching | Kept


def identity(finding: Finding) -> str:
    """Name a finding so that it is known again after the next reading."""
    match finding:
        case Searching(job=job):
            return f"search {job}"
        case Proposed(proposal=proposal):
            return f"proposal {proposal.proposal}"
        case Found(failure=failure):
            return f"failure {failure.failure}"
        case Crashed(crash=crash):
            return f"crash {crash.crash}"
        case Sighted(sighting=sighting):
            return f"sighting {sighting.sighting}"


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
    crashes: tuple[Crashed, ...] = ()
    sightings: tuple[Sighted, ...] = ()
    """What logs tell of."""
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
        """Searches first, then what waits, then what went wrong; each the newest first."""
        wrong: tuple[Kept, ...] = (*self.failures, *self.crashes, *self.sightings)
        found: tuple[Kept, ...] = (*self.proposals, *wrong)
        wanted = self.text.casefold()
        return (*self.searches, *(one for one in found if wanted in _text(one).casefold()))

    @property
    def is_empty(self) -> bool:
        wrong = self.failures or self.crashes or self.sightings
        return not (self.searches or self.proposals or wrong)

    def narrowed(self, text: str) -> Findings:
        return replace(self, text=text.strip())

    def proposals_for(self, found: Found | Crashed) -> tuple[Proposed, ...]:
        """Return the proposals for a failure or a crash."""
        if isinstance(found, Crashed):
            named = found.proposals
            return tuple(one for one in self.proposals if one.proposal.proposal in named)
        return tuple(one for one in self.proposals if is_for(one, found))

    def failures_of(self, proposed: Proposed) -> tuple[Found, ...]:
        """Return the failures that a proposal is for."""
        return tuple(one for one in self.failures if is_for(proposed, one))


def place_of(findings: Iterable[Finding], name: str) -> int | None:
    """Return where the finding of that identity stands."""
    places = (at for at, one in enumerate(findings) if identity(one) == name)
    return next(places, None)


def _text(finding: Kept) -> str:
    match finding:
        case Found(failure=failure):
            told = f"{failure.test} {failure.kind} {failure.message}"
            place = f"{failure.path}:{failure.line} {failure.function}"
        case Crashed(crash=crash):
            told = f"{crash.kind} {crash.message} {' '.join(crash.command)}"
            place = f"{crash.path}:{crash.line} {crash.function}"
        case Sighted(sighting=sighting):
            told = f"log {sighting.log} {sighting.what} {sighting.line}"
            place = f"{sighting.path}:{sighting.at} {sighting.function}"
        case Proposed(proposal=made):
            told = f"{finding.state} {finding.reason} {made.why} {made.operator} {made.search}"
            place = f"{' '.join(made.evidence.turned)} {' '.join(made.change)}"
    return f"{identity(finding)} {told} {place}"
