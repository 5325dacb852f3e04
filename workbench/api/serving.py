"""What travels between two machines: questions about knowledge, a line of JSON each."""

from __future__ import annotations

import msgspec

from workbench.api.knowing import ReadPassage, Search
from workbench.api.passages import Hits, Surrounded

GREETING = b'{"workbench":"knowledge","protocol":1}'
LONGEST_LINE = 4 << 20


class Asked(msgspec.Struct, frozen=True):
    """A question: nothing that changes anything can be asked."""

    id: int
    command: Search | ReadPassage


class Answered(msgspec.Struct, frozen=True):
    """The answer to the question of that number, or why there is none."""

    id: int
    hits: Hits | None = None
    passage: Surrounded | None = None
    problem: str = ""
