"""What the Evolution screen lists: searches, proposals, failures, crashes, logs; as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from workbench.api.events import SearchEnded
from workbench.api.reviews import Transaction
from workbench.api.views import Crashed, Found, Proposed, Searching, Sighted, Watching

STATES = ("", "waiting", "accepted", "applied", "rejected")
_MOST_TEXTS = 50_000

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


class Texts:
    """What findings can be searched for; each is put together once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Kept, str]] = {}

    def of(self, finding: Kept) -> str:
        known = self._known.get(id(finding))
        if known is None or known[0] is not finding:
            if len(self._known) > _MOST_TEXTS:
                self._known.clear()
            known = self._known[id(finding)] = (finding, _text(finding).casefold())
        return known[1]


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
    transactions: tuple[Transaction, ...] = ()
    """What was written into the project."""
    text: str = ""
    """Only findings that have this are listed, and searches under way."""
    state: str = ""
    """Only proposals in this state are listed."""
    texts: Texts = field(default_factory=Texts, compare=False, repr=False)

    @cached_property
    def listed(self) -> tuple[Finding, ...]:
        """Searches first, then what waits, then what went wrong; each the newest first."""
        wanted, text_of = self.text.casefold(), self.texts.of
        if self.state:
            found: Iterable[Kept] = (
                one for one in self.proposals if self.state_of(one) == self.state
            )
        else:
            found = (*self.proposals, *self.failures, *self.crashes, *self.sightings)
        if wanted:
            states = {state for state in STATES if wanted in state}
            found = (
                one
                for one in found
                if wanted in text_of(one) or (states and self.state_of(one) in states)
            )
        return (*(() if self.state else self.searches), *found)

    @cached_property
    def applied(self) -> Mapping[str, Transaction]:
        """Return by proposal the transaction that wrote it and still stands, the newest one."""
        standing = [one for one in self.transactions if one.state == "standing"]
        written = [one for one in standing if one.kind in {"apply", "redo"}]
        return {name: one for one in reversed(written) for name in one.proposals}

    def state_of(self, finding: Kept) -> str:
        """Say how a proposal stands; nothing for what is none."""
        if not isinstance(finding, Proposed):
            return ""
        return "applied" if finding.proposal.proposal in self.applied else finding.state

    @cached_property
    def _by_test(self) -> Mapping[str, tuple[Proposed, ...]]:
        found: dict[str, list[Proposed]] = {}
        for one in self.proposals:
            for test in one.proposal.evidence.turned:
                found.setdefault(test, []).append(one)
        return {test: tuple(some) for test, some in found.items()}

    @property
    def is_empty(self) -> bool:
        wrong = self.failures or self.crashes or self.sightings
        return not (self.searches or self.proposals or wrong)

    def narrowed(self, text: str, state: str) -> Findings:
        return replace(self, text=text.strip(), state=state)

    def proposals_for(self, found: Found | Crashed) -> tuple[Proposed, ...]:
        """Return the proposals for a failure or a crash."""
        if isinstance(found, Crashed):
            named = found.proposals
            return tuple(one for one in self.proposals if one.proposal.proposal in named)
        likely = self._by_test.get(found.failure.test, ())
        return tuple(one for one in likely if is_for(one, found))

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
            told = f"{finding.reason} {made.why} {made.operator} {made.search}"
            place = f"{' '.join(made.evidence.turned)} {' '.join(made.change)}"
    return f"{identity(finding)} {told} {place}"
