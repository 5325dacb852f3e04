"""The colours of source code, found for a few lines at a time when they are first seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any


class Colour(Enum):
    """What a piece of source is."""

    PLAIN = "plain"
    KEYWORD = "keyword"
    LITERAL = "literal"
    COMMENT = "comment"
    NAME = "name"


Inked = Sequence[tuple[int, Colour]]
"""Where each piece of a line ends, and what it is."""

_LONGEST_LINE = 300
_MOST_CHARACTERS = 8_000
"""More than that, in the few lines that are read at a time, stays without colours."""
_lexers: dict[str, Any] = {}


def load(paths: Iterable[str]) -> None:
    """Find what reads these kinds of files; that takes a while, so not where a person waits."""
    for kind in {_kind(path): path for path in paths}.items():
        if kind[0] not in _lexers:
            _lexers[kind[0]] = _lexer(kind[1])


def is_loaded(path: str) -> bool:
    return _kind(path) in _lexers


def coloured(path: str, lines: Sequence[str]) -> list[Inked]:
    """Return the colours of lines that follow each other; none before they can be found."""
    lexer = _lexers.get(_kind(path))
    if lexer is None or sum(map(len, lines)) > _MOST_CHARACTERS:
        return [()] * len(lines)
    short = [line if len(line) <= _LONGEST_LINE else "" for line in lines]
    return _by_line(lexer.get_tokens_unprocessed("\n".join(short)), short)


def _by_line(tokens: Iterable[tuple[int, Any, str]], lines: Sequence[str]) -> list[Inked]:
    """Give each line the pieces that lie on it."""
    found: list[list[tuple[int, Colour]]] = [[] for _ in lines]
    row = column = 0
    for _, kind, text in tokens:
        colour = _colour(kind)
        for number, part in enumerate(text.split("\n")):
            if number:
                row, column = row + 1, 0
            column += len(part)
            if part and row < len(found):
                if found[row] and found[row][-1][1] is colour:
                    found[row].pop()
                found[row].append((column, colour))
    return list(found)


def _colour(kind: Any) -> Colour:  # noqa: ANN401 - pygments' own
    if kind not in _known:
        _known[kind] = next((c for name, c in _KINDS if name in f"{kind}."), Colour.PLAIN)
    return _known[kind]


_known: dict[Any, Colour] = {}
_KINDS = (
    ("Token.Comment.Preproc.", Colour.KEYWORD),
    ("Token.Comment.", Colour.COMMENT),
    ("Token.Literal.String.Doc.", Colour.COMMENT),
    ("Token.Literal.", Colour.LITERAL),
    ("Token.Keyword.Constant.", Colour.LITERAL),
    ("Token.Keyword.", Colour.KEYWORD),
    ("Token.Operator.Word.", Colour.KEYWORD),
    ("Token.Name.Function.", Colour.NAME),
    ("Token.Name.Class.", Colour.NAME),
    ("Token.Name.Decorator.", Colour.NAME),
    ("Token.Name.Tag.", Colour.NAME),
)


@lru_cache(maxsize=4096)
def _kind(path: str) -> str:
    name = PurePosixPath(path)
    return name.suffix.lower() or name.name.lower()


def _lexer(path: str) -> Any:  # noqa: ANN401 - pygments' own
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        return get_lexer_for_filename(PurePosixPath(path).name)
    except ClassNotFound:
        return None
