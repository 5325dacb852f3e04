"""An index of very many passages, written as the index writes it but many at a time.

Put one by one, a million passages take an hour; what lies on the disk afterwards is the same.
`python -m bench.bulk PROJECT PASSAGES [VECTORS]` does it, so that the memory it takes is its own.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.found import MadeUp
from local_models.embedder.files import default_folder
from workbench.knowledge.finding import open_index, sealing
from workbench.knowledge.finding.closeness import Closeness
from workbench.knowledge.finding.postings import MOST, TERM, Sheaf
from workbench.knowledge.finding.table import Table
from workbench.knowledge.finding.texts import Texts
from workbench.knowledge.finding.words import terms
from workbench.knowledge.values import Piece
from workbench.workspace import Workspace, name_workspace

_AT_ONCE = 50_000
_ROOT = Path(__file__).resolve().parent.parent
Numbers = NDArray[np.uint32]


@dataclass(frozen=True)
class _Vocabulary:
    """The terms of each word that texts are made of: `found[starts[w]:starts[w + 1]]`."""

    terms: NDArray[np.bytes_]
    found: Numbers
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, words: list[str]) -> _Vocabulary:
        each = [[term.encode() for term in terms(word)] for word in words]
        every = sorted({term for found in each for term in found})
        places = {term: at for at, term in enumerate(every)}
        return cls(
            np.array(every, TERM),
            np.array([places[term] for found in each for term in found], np.uint32),
            np.concatenate([[0], np.cumsum([len(found) for found in each])]),
        )

    def sheaf(self, words: NDArray[np.int64], first: int) -> Sheaf:
        """Return the postings of texts, each of which is a row of words."""
        sizes = np.diff(self.starts)[words]
        flat, counts = words.reshape(-1), sizes.reshape(-1)
        ends = np.cumsum(counts)
        at = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
        found = self.found[np.repeat(self.starts[flat], counts) + at].astype(np.uint64)
        pieces = np.repeat(np.arange(len(words)), sizes.sum(axis=1)).astype(np.uint64)
        return self._gathered(found << np.uint64(32) | pieces, words, first)

    def _gathered(self, pairs: NDArray[np.uint64], words: NDArray[np.int64], first: int) -> Sheaf:
        pairs.sort()
        firsts = np.flatnonzero(np.concatenate([[True], np.diff(pairs) > 0]))
        often = np.diff(np.concatenate([firsts, [len(pairs)]]))
        term = (pairs[firsts] >> np.uint64(32)).astype(np.int64)
        used, starts = np.unique(term, return_index=True)
        return Sheaf(
            terms=self.terms[used],
            starts=np.concatenate([starts, [len(term)]]).astype(np.uint64),
            pieces=(pairs[firsts] & np.uint64(0xFFFFFFFF)).astype(np.uint32) + np.uint32(first),
            counts=np.minimum(often, MOST).astype(np.uint8),
            numbers=np.arange(first, first + len(words), dtype=np.uint32),
            lengths=np.full(len(words), words.shape[1], np.uint16),
        )


def write(project: Path, passages: int, vectors: Path | None = None) -> None:
    """Write an index of so many passages in a process of its own; nobody may have it open."""
    given = [str(project), str(passages), *([str(vectors)] if vectors else [])]
    subprocess.run([sys.executable, "-m", "bench.bulk", *given], check=True, cwd=_ROOT)


async def _write(workspace: Workspace, made_up: MadeUp, passages: int) -> None:
    index = await open_index(workspace, default_folder())
    await index.close()
    folder = workspace.folder / "knowledge" / "index"
    await _write_rows(folder, made_up, passages)
    sheaves = sealing.found(folder / "words")
    sheaves.sort(key=lambda one: int(one.numbers[0]))
    if len(sheaves) > 1:
        sealing.merge(sheaves, np.ones(passages + 1, np.bool_), folder / "words")


async def _write_rows(folder: Path, made_up: MadeUp, passages: int) -> None:
    vocabulary = _Vocabulary.of(made_up.words)
    table = await Table.open(folder / "lance")
    texts, closeness = Texts(folder / "texts"), Closeness(folder / "vectors.f16")
    for first, words in _texts(made_up, passages):
        pieces = dict(enumerate(_pieces(made_up, words, first), first))
        vectors = made_up.vectors(len(words))
        await table.add(pieces, vectors)
        texts.put(pieces)
        closeness.put(np.array([*pieces], np.uint32), vectors)
        sealing.write(vocabulary.sheaf(words, first), folder / "words")
    for one in (texts, closeness):
        one.flush()
        one.close()
    table.close()


def _texts(made_up: MadeUp, passages: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    for first in range(1, passages + 1, _AT_ONCE):
        yield first, made_up.choose(min(_AT_ONCE, passages + 1 - first))


def _pieces(made_up: MadeUp, words: NDArray[np.int64], first: int) -> Iterator[Piece]:
    for at, row in enumerate(words.tolist()):
        yield made_up.piece(first - 1 + at, " ".join(made_up.words[word] for word in row))


def main(project: str, passages: str, vectors: str = "") -> None:
    real = np.load(vectors) if vectors else None
    workspace = name_workspace(Path(project))
    workspace.make()
    asyncio.run(_write(workspace, MadeUp(1, real), int(passages)))


if __name__ == "__main__":
    main(*sys.argv[1:])
