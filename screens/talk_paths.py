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
        before, after = typed.text[: self.start], typed.text[typed.at :]
        put = written(path) + ends
        return Typed(before + put + after, len(before) + len(put))


def written(path: str, first: int = 0, last: int = 0) -> str:
    """Return what stands for a path in a text."""
    quoted = f'"{path}"' if any(each in path for each in ' ":\t') else path
    lines = f":{first}-{last}" if first else ""
    return f"@{quoted}{lines}"


def mention_at(typed: Typed) -> Mention | None:
    """Return the path that ends at the cursor."""
    found = _TYPED.search(typed.text, 0, typed.at)
    return Mention(found.start(), found["quoted"] or found["path"] or "") if found else None


def mentioned(text: str, known: Collection[str]) -> tuple[Attached, ...]:
    """Return what a text attaches: paths that there are, each once."""
    found = (_attached(one, known) for one in MENTION.finditer(text))
    return tuple(dict.fromkeys(filter(None, found)))


def paths_of(text: str) -> set[str]:
    """Return the paths that a text may mean."""
    return {_named(one) for one in MENTION.finditer(text)}


def _attached(found: re.Match[str], known: Collection[str]) -> Attached | None:
    first = int(found["first"] or 0)
    last = int(found["last"] or first)
    whole = found["quoted"] or found["path"]
    path = next((one for one in (whole, _named(found)) if one in known), None)
    return Attached(path, min(first, last), max(first, last)) if path else None


def _named(found: re.Match[str]) -> str:
    """Return a path without the marks that end a sentence."""
    return str(found["quoted"] or found["path"].rstrip(".,;!?)"))
