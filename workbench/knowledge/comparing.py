"""Whether something still is what was read, and what stands in its place."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from workbench.api.passages import Passage
from workbench.knowledge.reading.languages import TEXT_LIMIT
from workbench.knowledge.reading.opening import read_below
from workbench.knowledge.reading.values import Part, Unreadable


def distance(part: Part, passage: Passage) -> tuple[bool, bool, int]:
    """Tell how unlikely a part is what a passage has become."""
    named = bool(passage.symbol) and part.symbol == passage.symbol
    return not named, part.heading != passage.heading, abs(part.first - passage.first)


def still_holds(path: Path, digest: str) -> bool:
    """Hash a file whose time is another; one that is large or no file any more is another."""
    try:
        content, _ = read_below(str(path.parent), path.name, TEXT_LIMIT)
    except Unreadable:
        return False
    return sha256(content).hexdigest() == digest
