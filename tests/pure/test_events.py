"""Events are read for ever: a fact written by an older release is lifted to today's shape."""

from __future__ import annotations

from types import MappingProxyType

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from workbench.api.events import FACTS, NoteWritten, read_fact
from workbench.api.facts import Event, Fact, UnknownFact
from workbench.journal.chain import GENESIS, Draft, chained, draft


class Moved(Fact, frozen=True):
    """A fact that changed twice: `x` became `left`, then `unit` came."""

    type = "moved"
    version = 3
    upcasts = MappingProxyType(
        {
            1: lambda old: {"left": old["x"]},
            2: lambda old: {**old, "unit": "mm"},
        }
    )
    left: int
    unit: str


KNOWN = {Moved.type: Moved}


def event(kind: str, version: int, payload: object) -> Event:
    text = msgspec.json.encode(payload).decode()
    return Event(1, 0, "me", "", kind, version, "", text, "")


@given(st.integers(-(2**53), 2**53))
def test_every_old_version_is_lifted_to_the_newest(left: int) -> None:
    written = {1: {"x": left}, 2: {"left": left}, 3: {"left": left, "unit": "mm"}}
    for version, payload in written.items():
        assert read_fact(event("moved", version, payload), KNOWN) == Moved(left, "mm")


def test_a_newer_version_or_type_is_kept_as_it_is() -> None:
    for unknown in (event("moved", 4, {"far": 1}), event("unheard.of", 1, {"far": 1})):
        assert read_fact(unknown, KNOWN) == UnknownFact({"far": 1})


def test_every_fact_can_be_lifted_from_each_version_it_had() -> None:
    for fact in FACTS.values():
        assert set(fact.upcasts) == set(range(1, fact.version))


def holds(event: Event, previous: str) -> bool:
    """Tell whether an event is as it was chained to the one before."""
    fields = (event.actor, event.subject, event.type, event.version, event.key, event.payload)
    return chained(Draft(*fields), seq=event.seq, time=event.time, previous=previous) == event


@given(st.text(), st.integers(1, 2**40), st.integers(0, 2**50))
def test_what_is_chained_holds_and_any_change_shows(text: str, seq: int, time: int) -> None:
    made = chained(draft(NoteWritten(text), actor="me"), seq=seq, time=time, previous=GENESIS)
    assert holds(made, GENESIS)
    assert read_fact(made) == NoteWritten(text)
    for changed in (
        msgspec.structs.replace(made, payload=made.payload + " "),
        msgspec.structs.replace(made, seq=seq + 1),
        msgspec.structs.replace(made, actor="you"),
    ):
        assert not holds(changed, GENESIS)
    assert not holds(made, made.hash)
