"""Paths behind an `@` in a text: what is being typed, and what is meant to be attached."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from widgets.prompt import Typed
from workbench.api.chats import Attached

MENTION = re.compile(
    r'(?<!\S)@(?:"(?P<quoted>[^"\n]+)"|(?P<path>[^\s":]+))(?::(?P<first>\d+)(?:-(?P<last>\d+))?)?'
)
"""A path with the lines that are meant of it; one with blanks stands in quotes."""
_TYPED = re.compile(r'(?<!\S)@(?:"(?P<quoted>[^"\n]*)|(?P<path>[^\s":]*))\Z')


@dataclass(frozen=True)
class Mention:
    """A path that is being typed."""

    start: int
    """Where its `@` stands."""
    path: str

    def filled(self, typed: Typed, path: str, ends: str) -> Typed:
        """Put a whole path in its place."""
        quoted = f'"{path}"' if any(each in path for each in ' ":\t') else path
        before, after = typed.text[: self.start], typed.text[typed.at :]
        put = f"@{quoted}{ends}"
        return Typed(before + put + after, len(before) + len(put))


def mention_at(typed: Typed) -> Mention | None:
    """Return the path that ends at the cursor."""
    found = _TYPED.search(typed.text, 0, typed.at)
    return Mention(found.start(), found["quoted"] or found["path"] or "") if found else None


def mentioned(text: str, known: Collection[str]) -> tuple[Attached, ...]:
    """Return what a text attaches: paths that there are, each once."""
    found = (_attached(one) for one in MENTION.finditer(text))
    return tuple(dict.fromkeys(one for one in found if one.path in known))


def _attached(found: re.Match[str]) -> Attached:
    first = int(found["first"] or 0)
    return Attached(found["quoted"] or found["path"], first, int(found["last"] or first))
