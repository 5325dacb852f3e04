"""The journal as a list of which only a part is in memory, newest event first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from screens.wording import summary
from workbench.api.commands import ReadEvents
from workbench.api.facts import Event
from workbench.visible import visible_line

PAGE = 100
PAGES_KEPT = 20
MOST_FOUND = 2_000
_LONGEST_SUMMARY = 240


@dataclass(frozen=True, slots=True)
class Entry:
    """As much of an event as a row shows."""

    seq: int
    time: int
    type: str
    actor: str
    subject: str
    summary: str


def entry_of(event: Event) -> Entry:
    said = visible_line(summary(event)[:_LONGEST_SUMMARY])
    return Entry(event.seq, event.time, event.type, event.actor, event.subject, said)


class Rows(Protocol):
    """Events that a list can show by index; more of them can be asked for."""

    @property
    def count(self) -> int: ...
    def entry(self, index: int) -> Entry | None: ...
    def wanted(self, in_sight: range) -> ReadEvents | None: ...
    def take(self, events: Iterable[Event], *, more: bool) -> None: ...
    def append(self, events: Iterable[Event]) -> None: ...


class Whole:
    """All events: row and sequence number tell each other, so pages come in any order."""

    def __init__(self, head: int) -> None:
        self.count = head
        self._pages: OrderedDict[int, dict[int, Entry]] = OrderedDict()

    def entry(self, index: int) -> Entry | None:
        seq = self.count - index
        return self._pages.get((seq - 1) // PAGE, {}).get(seq)

    def wanted(self, in_sight: range) -> ReadEvents | None:
        """Return the command that reads the first page in sight that is not there."""
        for index in in_sight:
            if self.entry(index) is None:
                page = (self.count - index - 1) // PAGE
                return ReadEvents(before=(page + 1) * PAGE + 1, limit=PAGE)
        return None

    def take(self, events: Iterable[Event], *, more: bool) -> None:  # noqa: ARG002 - as in Rows
        """Keep what was read, and let go of the pages unused for longest."""
        for event in events:
            number = (event.seq - 1) // PAGE
            self._pages.setdefault(number, {})[event.seq] = entry_of(event)
            self._pages.move_to_end(number)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)

    def append(self, events: Iterable[Event]) -> None:
        """Take events that just happened."""
        new = [event for event in events if event.seq > self.count]
        self.take(new, more=False)
        self.count += len(new)


class Found:
    """The events that match a text, read from the newest on."""

    def __init__(self, text: str, head: int) -> None:
        self.text = text
        self._head = head
        self._entries: list[Entry] = []
        self._more = True

    @property
    def count(self) -> int:
        return len(self._entries)

    @property
    def complete(self) -> bool:
        return not self._more

    def entry(self, index: int) -> Entry | None:
        return self._entries[index] if index < len(self._entries) else None

    def wanted(self, in_sight: range) -> ReadEvents | None:
        """Return the command that reads on, when the end of what was found comes near."""
        if not self._more or in_sight.stop + PAGE // 2 < self.count or self.count >= MOST_FOUND:
            return None
        before = self._entries[-1].seq if self._entries else self._head + 1
        return ReadEvents(before=before, limit=PAGE, text=self.text)

    def take(self, events: Iterable[Event], *, more: bool) -> None:
        self._entries += [entry_of(event) for event in events]
        self._more = more

    def append(self, events: Iterable[Event]) -> None:
        """Take those of the new events that match, as the host would have found them."""
        found = [entry_of(event) for event in events if self._matches(event)]
        self._entries[:0] = reversed(found)
        if self.count > MOST_FOUND:
            del self._entries[MOST_FOUND:]
            self._more = True

    def _matches(self, event: Event) -> bool:
        wanted = self.text.casefold()
        texts = (event.subject, event.actor, event.type, event.payload)
        return any(wanted in text.casefold() for text in texts)
