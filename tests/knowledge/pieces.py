"""Pieces as reading makes them, for what finds them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from workbench.api import knowing
from workbench.api.passages import Hit
from workbench.knowledge.finding.index import FoundIndex
from workbench.knowledge.values import Piece


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def piece(text: str, path: str = "a.md", at: int = 0, **more: object) -> Piece:
    """Return a piece of a file, whose digest here is that of its name."""
    given: dict[str, object] = {
        "id": digest(f"{path}{at}{text}")[:16],
        "source": "s",
        "path": path,
        "file": digest(path),
        "at": at,
        "first": 10 * at + 1,
        "last": 10 * at + 10,
        "heading": (),
        "kind": "prose",
        "language": "",
        "symbol": "",
        "text": text,
        "digest": digest(text),
        "mtime": 1_000,
    }
    return Piece(**(given | more))  # type: ignore[arg-type]


async def fill(index: FoundIndex, files: Mapping[str, Sequence[str]], **more: object) -> None:
    """Put files of one piece a text, and have them on the disk."""
    for path, texts in files.items():
        pieces = [piece(text, path, at, **more) for at, text in enumerate(texts)]
        await index.put(pieces[0].source, path, pieces)
    await index.flush()


async def find(index: FoundIndex, text: str, **more: object) -> tuple[Hit, ...]:
    found = await index.search(knowing.Search(text, **({"sources": ("s",)} | more)))  # type: ignore[arg-type]
    return found.hits


async def paths(index: FoundIndex, text: str, **more: object) -> list[str]:
    return [hit.passage.path for hit in await find(index, text, **more)]
