"""All that is remembered: episodes from the journal, what was kept of them, and what is hidden."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from workbench.api.events import HostStarted, read_fact
from workbench.api.facts import Event, Fact
from workbench.api.remembering import (
    Advice,
    ConsolidationDecided,
    ConsolidationProposed,
    MemoryHidden,
    MemoryKept,
    MemoryShown,
    MemoryUsed,
)
from workbench.errors import UsageError
from workbench.memory import episodes
from workbench.memory.record import Record, in_a_line
from workbench.visible import visible_line

_OWN = (
    MemoryKept,
    MemoryHidden,
    MemoryShown,
    MemoryUsed,
    ConsolidationProposed,
    ConsolidationDecided,
)
TYPES = (*episodes.TYPES, *(kind.type for kind in _OWN))
OUTDATED = "outdated"


class Proposal(msgspec.Struct, frozen=True):
    """What a consolidation proposed, and what was decided about it."""

    advice: Advice
    time: int
    decided: ConsolidationDecided | None = None
    by: str = ""


class Recollection(msgspec.Struct, frozen=True):
    """Everything up to an event."""

    records: Mapping[str, Record] = msgspec.field(default_factory=dict)
    proposals: Mapping[str, Proposal] = msgspec.field(default_factory=dict)
    upto: int = 0
    consolidated: int = 0
    """When a consolidation looked last."""
    others: Mapping[str, tuple[str, str]] = msgspec.field(default_factory=dict)
    """State and reason of what is remembered elsewhere, such as skills."""

    def beside(self, record: Record) -> Record:
        """Return what is remembered elsewhere as a person wants it here."""
        if record.is_kept and record.id in self.others:
            state, reason = self.others[record.id]
            return replace(record, state=state, reason=reason)
        return record

    def after(self, events: Iterable[Event]) -> Recollection:
        folding = _Folding(
            dict(self.records),
            dict(self.proposals),
            dict(self.others),
            self.upto,
            self.consolidated,
        )
        for event in events:
            folding.take(event)
        return Recollection(
            folding.records, folding.proposals, folding.upto, folding.consolidated, folding.others
        )

    def find(self, wanted: str) -> Record:
        """Return what an id names, of which the first letters are enough."""
        if wanted in self.records:
            return self.records[wanted]
        near = [one for name, one in self.records.items() if wanted and name.startswith(wanted)]
        if len(near) != 1:
            raise UsageError(
                f"{visible_line(wanted)} names {len(near)} memories.",
                "`workbench memory list` shows their names.",
            )
        return near[0]

    def dependents(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return all that was made of some memories, however far, in the order of their making."""
        made = defaultdict[str, list[str]](list)
        for record in self.records.values():
            for name in record.depends:
                made[name].append(record.id)
        found: dict[str, None] = {}
        asked = list(names)
        for name in asked:  # It grows while it is gone through.
            for one in made[name]:
                if one not in found:
                    found[one] = None
                    asked.append(one)
        return tuple(one for one in found if one not in set(names))

    def depends(self, name: str) -> tuple[Record, ...]:
        """Return all that a memory was made of, however far, as far as that is known."""
        asked, found = list(self.records[name].depends), dict[str, Record]()
        for one in asked:  # It grows while it is gone through.
            if one in self.records and one not in found:
                found[one] = self.records[one]
                asked.extend(self.records[one].depends)
        return tuple(found.values())

    def state_of(self, proposal: Proposal) -> str:
        """Tell how a proposal stands; one about what is hidden by now is outdated."""
        if proposal.decided:
            return proposal.decided.decision
        about = [self.records.get(name) for name in proposal.advice.about]
        stands = all(one is not None and one.is_kept for one in about)
        return "waiting" if stands else OUTDATED

    @property
    def waiting(self) -> tuple[Proposal, ...]:
        every = self.proposals.values()
        return tuple(one for one in every if self.state_of(one) == "waiting")


@dataclass
class _Folding:
    """The dictionaries of a fold under way."""

    records: dict[str, Record]
    proposals: dict[str, Proposal]
    others: dict[str, tuple[str, str]]
    upto: int
    consolidated: int

    def take(self, event: Event) -> None:
        self.upto = max(self.upto, event.seq)
        fact = read_fact(event)
        if not self._take_own(fact, event):
            if isinstance(fact, HostStarted):
                self.records |= episodes.cut_short(self.records)
            record = episodes.told(fact, event, self.records)
            if record:
                self.records[record.id] = record

    def _take_own(self, fact: Fact, event: Event) -> bool:
        match fact:
            case MemoryKept():
                self._keep(fact, event)
            case MemoryHidden():
                self._change(fact.memories, state=fact.how, reason=fact.reason)
            case MemoryShown():
                self._change(fact.memories, state="kept", reason=fact.reason)
            case MemoryUsed():
                self._use(fact, event)
            case ConsolidationProposed():
                self.consolidated = event.time
                for advice in fact.advice:
                    self.proposals.setdefault(advice.proposal, Proposal(advice, event.time))
            case ConsolidationDecided():
                self._decide(fact, event)
            case _:
                return False
        return True

    def _keep(self, fact: MemoryKept, event: Event) -> None:
        self.records[fact.memory] = Record(
            id=fact.memory,
            layer=fact.layer,
            kind=fact.kind,
            text=in_a_line(fact.text),
            time=event.time,
            used=event.time,
            detail=fact.text,
            confidence=fact.confidence,
            depends=fact.depends,
            events=(event.seq,),
        )
        self._change(fact.replaces, state="merged", reason=f"It is part of {fact.memory}.")

    def _change(self, names: Iterable[str], *, state: str, reason: str) -> None:
        for name in names:
            if name in self.records:
                self.records[name] = replace(self.records[name], state=state, reason=reason)
            else:
                self.others[name] = (state, reason)

    def _use(self, fact: MemoryUsed, event: Event) -> None:
        for name in fact.memories:
            if one := self.records.get(name):
                self.records[name] = replace(one, used=event.time, uses=one.uses + 1)

    def _decide(self, fact: ConsolidationDecided, event: Event) -> None:
        """Do what was proposed and accepted: one fact says both, so they never come apart."""
        proposal = self.proposals.get(fact.proposal)
        if proposal is None or proposal.decided:
            return
        self.proposals[fact.proposal] = replace(proposal, decided=fact, by=event.actor)
        if fact.decision == "accepted":
            for kept in _made(proposal.advice, fact):
                self._keep(kept, event)
            if proposal.advice.what == "forget":
                reason = fact.reason or proposal.advice.why
                self._change(proposal.advice.about, state="forgotten", reason=reason)


def _made(advice: Advice, fact: ConsolidationDecided) -> Iterator[MemoryKept]:
    """Yield what is remembered because a proposal was accepted."""
    text = fact.text or advice.text
    if advice.layer and advice.what in ("keep", "merge"):
        is_merge = advice.what == "merge"
        yield MemoryKept(
            memory=fact.memory,
            layer=advice.layer,
            kind=advice.kind,
            text=text,
            depends=() if is_merge else advice.about,
            replaces=advice.about if is_merge else (),
            confidence=advice.confidence,
            proposal=advice.proposal,
        )
