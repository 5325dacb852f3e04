"""Whether subjects hold what they say that they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from workbench.errors import WorkbenchError
from workbench.knowledge.subjects.catalogue import Catalogue, Topic, Version
from workbench.knowledge.subjects.contents import checksum_of_subject
from workbench.knowledge.subjects.shown import Read


def check(topics: Iterable[Topic], known: Catalogue, read: Read) -> tuple[str, ...]:
    """Return what is wrong with versions, in sentences."""
    return tuple(
        f"{topic.id}, version {version.number}: {problem}"
        for topic in topics
        for version in topic.versions
        for problem in _problems(version, known, read)
    )


def _problems(version: Version, known: Catalogue, read: Read) -> Iterator[str]:
    fact = version.fact
    if checksum_of_subject(fact) != fact.checksum:
        yield "its checksum is not that of what it says."
    for part in fact.parts:
        try:
            data = read(part.digest)
        except WorkbenchError as error:
            yield f"{part.path}: {error.sentence}"
            continue
        if len(data) != part.bytes or sha256(data).hexdigest() != part.digest:
            yield f"{part.path} is not what was learned."
    for needed in fact.needs:
        if needed not in known.topics:
            yield f"it rests on {needed}, which is not known."
