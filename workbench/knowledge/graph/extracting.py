"""From a file to what it tells of, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import PurePosixPath

from msgspec.structs import replace

from workbench.knowledge.graph import python, texts
from workbench.knowledge.graph.values import Defined, Found, Said, found
from workbench.knowledge.reading.decoding import decode
from workbench.knowledge.reading.opening import read_below
from workbench.knowledge.reading.parsing import parse
from workbench.knowledge.reading.values import Ask, Parsed, Unreadable
from workbench.knowledge.reading_pass import pieces
from workbench.knowledge.values import Piece

_LARGEST = 16 << 20
_LONGEST = 2_000
"""Lines of a piece, of which none has so many."""
_PYTHON = (".py", ".pyi")
_SHIPPED = ("pyproject.toml", "requirements")


def extract(ask: Ask, shown: str, source: str = "") -> Found:
    """Read one file; `shown` is the path that entities and relations have."""
    try:
        content = _content(ask)
        parsed = parse(Ask("", ask.name, ask.kind, ask.module, content=content))
        defined, said = _read(ask, shown, content, parsed)
        at = _Places(pieces(source, shown, parsed))
        defined = [replace(one, passage=at.piece_of(one.first)) for one in defined]
        said = [replace(one, passage=at.piece_of(one.first)) for one in said]
    except (Unreadable, MemoryError, RecursionError) as error:
        return Found(reason=str(error) or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - whatever a parser meets costs this file alone
        return Found(reason=f"it is damaged ({type(error).__name__})")
    return found(sha256(content).hexdigest(), defined, said)


def _content(ask: Ask) -> bytes:
    if ask.content is not None:
        return ask.content
    content, _ = read_below(ask.root, ask.name, _LARGEST)
    return content


def _read(ask: Ask, shown: str, content: bytes, parsed: Parsed) -> tuple[list[Defined], list[Said]]:
    name = PurePosixPath(ask.name).name
    if name.endswith(_PYTHON):
        return python.read(shown, decode(content), ask.module)
    if name.startswith(_SHIPPED):
        return texts.requirements(shown, decode(content))
    return texts.read(shown, parsed.parts)


class _Places:
    """Which piece a line lies in: the shortest of those that have it."""

    def __init__(self, every: Iterable[Piece]) -> None:
        self._by_line: dict[int, str] = {}
        for piece in sorted(every, key=lambda one: (one.first - one.last, -one.at)):
            for line in range(piece.first, min(piece.last, piece.first + _LONGEST) + 1):
                self._by_line[line] = piece.id

    def piece_of(self, line: int) -> str:
        return self._by_line.get(line, "")
