"""What happened and how it ended, read out of the journal's facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from workbench.api.deciding import ReviewActed, TransactionBegan, TransactionEnded
from workbench.api.events import (
    CrashSeen,
    FailureFound,
    HostStarted,
    HostStopped,
    NoteWritten,
    ProposalMade,
    SearchEnded,
)
from workbench.api.facts import Event, Fact
from workbench.api.talking import (
    AnswerBegan,
    AnswerEnded,
    MessageSaid,
    StepsPlanned,
)
from workbench.memory.record import LONGEST, Record, in_a_line, tokens_of

_MOST_EVENTS = 20
_CUT_SHORT = {"running": "interrupted", "open": "killed"}
Records = dict[str, Record]
_Rule = Callable[[Any, Event, Records], Record | None]


def told(fact: Fact, event: Event, known: Records) -> Record | None:
    """Return the episode that a fact begins or goes on with, if it is worth remembering."""
    rule = _RULES.get(type(fact))
    return rule(fact, event, known) if rule else None


def _new(event: Event, name: str, kind: str, text: str, **more: Any) -> Record:  # noqa: ANN401 - fields
    line = in_a_line(text)
    return Record(name, "episodic", kind, line, event.time, event.time, events=(event.seq,), **more)


def _again(record: Record, event: Event, **more: Any) -> Record:  # noqa: ANN401 - fields
    """Return an episode that goes on, or happened once more."""
    events = (*record.events, event.seq)[-_MOST_EVENTS:]
    return replace(record, used=event.time, events=events, **more)


def cut_short(known: Records) -> Records:
    """Return the sessions and answers that ended with a host which could not say so any more."""
    return {
        name: replace(one, outcome=_CUT_SHORT[one.outcome])
        for name, one in known.items()
        if one.outcome == "running" or (one.outcome == "open" and one.kind == "session")
    }


def _session(_fact: HostStarted, event: Event, _known: Records) -> Record:
    return _new(event, f"s{event.seq}", "session", "A session.", outcome="open", topic="session")


def _session_ended(fact: HostStopped, event: Event, known: Records) -> Record | None:
    """End the session that began last."""
    last = next((one for one in reversed(known.values()) if one.topic == "session"), None)
    if last is None or last.outcome != "open":
        return None
    minutes = max(0, event.time - last.time) // 60_000_000
    return _again(last, event, text=f"A session of {minutes} minutes.", outcome=fact.reason)


def _note(fact: NoteWritten, event: Event, _known: Records) -> Record:
    return _new(event, f"e{event.seq}", "note", fact.text, detail=fact.text[:LONGEST])


def _failure(fact: FailureFound, event: Event, known: Records) -> Record:
    name = f"f-{fact.failure}"
    text = f"{fact.test} failed: {fact.kind}: {fact.message}"
    if before := known.get(name):
        return _again(before, event, uses=before.uses + 1)
    place = f"{fact.path}:{fact.line} {fact.function}"
    return _new(event, name, "failure", text, detail=place, uses=1, topic=fact.failure)


def _crash(fact: CrashSeen, event: Event, known: Records) -> Record:
    name = f"x-{fact.crash}"
    if before := known.get(name):
        return _again(before, event, uses=before.uses + 1)
    text = f"{' '.join(fact.command) or fact.path} crashed: {fact.kind}: {fact.message}"
    return _new(event, name, "crash", text, detail=f"{fact.path}:{fact.line}", uses=1)


def _search(fact: SearchEnded, event: Event, _known: Records) -> Record:
    depends = tuple(f"f-{name}" for name in fact.failures)
    detail = " ".join(fact.failing)[:LONGEST]
    return _new(
        event,
        f"e{event.seq}",
        "search",
        fact.sentence,
        outcome=fact.outcome,
        depends=depends,
        detail=detail,
    )


def _proposal(fact: ProposalMade, event: Event, known: Records) -> Record | None:
    name = f"p-{fact.proposal}"
    if before := known.get(name):
        return _again(before, event)
    text = f"Proposed: {fact.why or fact.operator}"
    detail = f"{fact.operator} in {', '.join(sorted(fact.change))}"
    return _new(
        event, name, "decision", text, detail=detail, outcome="waiting", topic=fact.operator
    )


def _decision(fact: ReviewActed, event: Event, known: Records) -> Record | None:
    before = known.get(f"p-{fact.proposal}")
    if before is None:
        return None
    return _again(before, event, outcome=fact.standing, reason=fact.reason)


def _writing(fact: TransactionBegan, event: Event, _known: Records) -> Record:
    files = ", ".join(file.path for file in fact.files)
    depends = tuple(f"p-{name}" for name in fact.proposals)
    name = f"t-{fact.transaction}"
    text = f"{fact.kind}: {files}"
    return _new(event, name, "writing", text, outcome="open", depends=depends)


def _written(fact: TransactionEnded, event: Event, known: Records) -> Record | None:
    before = known.get(f"t-{fact.transaction}")
    return _again(before, event, outcome=fact.outcome, detail=fact.sentence) if before else None


def _message(fact: MessageSaid, event: Event, _known: Records) -> Record | None:
    if not fact.text.strip():
        return None
    return _new(
        event,
        f"m-{fact.message}",
        f"{fact.author} message",
        fact.text,
        detail=fact.text[:LONGEST],
        tokens=tokens_of(fact.text),
        topic=fact.conversation,
    )


def _answer(fact: AnswerBegan, event: Event, _known: Records) -> Record:
    kind = "task" if fact.wanted.kind == "task" else f"{fact.author} message"
    return _new(
        event,
        f"m-{fact.message}",
        kind,
        fact.text,
        outcome="running",
        depends=(f"m-{fact.after}",) if fact.after else (),
        topic=fact.conversation,
    )


def _steps(fact: StepsPlanned, event: Event, known: Records) -> Record | None:
    before = known.get(f"m-{fact.message}")
    if before is None:
        return None
    steps = "\n".join(f"{step.state}: {step.what}" for step in fact.steps)
    return _again(before, event, detail=steps[:LONGEST])


def _answered(fact: AnswerEnded, event: Event, known: Records) -> Record | None:
    before = known.get(f"m-{fact.message}")
    if before is None:
        return None
    paths = {one.path for one in fact.sources}
    detail = before.detail if before.kind == "task" else fact.text[:LONGEST]
    text = in_a_line(fact.text) or before.text
    outcome = fact.kind if fact.kind == "passages" and fact.state == "whole" else fact.state
    rests = f"\nfrom {', '.join(sorted(paths))}" if paths else ""
    return _again(
        before,
        event,
        text=text,
        detail=detail + rests,
        outcome=outcome,
        tokens=tokens_of(fact.text),
    )


_RULES: dict[type[Fact], _Rule] = {
    HostStarted: _session,
    HostStopped: _session_ended,
    NoteWritten: _note,
    FailureFound: _failure,
    CrashSeen: _crash,
    SearchEnded: _search,
    ProposalMade: _proposal,
    ReviewActed: _decision,
    TransactionBegan: _writing,
    TransactionEnded: _written,
    MessageSaid: _message,
    AnswerBegan: _answer,
    StepsPlanned: _steps,
    AnswerEnded: _answered,
}
TYPES = tuple(kind.type for kind in _RULES)
