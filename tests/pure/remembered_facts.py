"""Events as the journal would give them, for folds."""

from __future__ import annotations

from itertools import count

import msgspec

from workbench.api.facts import Event, Fact
from workbench.api.remembering import Part, SubjectLearned
from workbench.knowledge.subjects.contents import checksum_of_subject, version_of

DAY = 86_400_000_000


class Writer:
    """Gives events numbers and times, one after another."""

    def __init__(self, began: int = 1_000_000_000_000_000, step: int = 1_000_000) -> None:
        self._numbers = count(1)
        self.time = began
        self.step = step
        self.events: list[Event] = []

    def write(self, *facts: Fact, actor: str = "ann") -> list[Event]:
        """Write facts, and return their events as they are after one another."""
        new = []
        for fact in facts:
            self.time += self.step
            payload = msgspec.json.encode(fact).decode()
            row = (next(self._numbers), self.time, actor, "", fact.type, fact.version, "", payload)
            new.append(Event(*row, ""))
        self.events += new
        return new


def learned(id_: str, salt: str, **fields: object) -> SubjectLearned:
    """Return a version of a subject that its own checksum fits."""
    fact = SubjectLearned(subject=id_, name=id_, kind="topic", edition="", checksum="")
    fact = msgspec.structs.replace(fact, **fields)
    fact = msgspec.structs.replace(fact, checksum=checksum_of_subject(fact))
    return msgspec.structs.replace(fact, edition=version_of(fact.checksum, salt))


def part(kind: str, path: str, digest: str, size: int = 1) -> Part:
    fields = {"kind": kind, "path": path, "digest": digest, "bytes": size}
    return msgspec.convert(fields, Part)
