"""What finding is measured on: passages that are made up, and peers that search them too."""

from __future__ import annotations

import asyncio
import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local_models.embedder.backend import DIMENSIONS
from workbench.knowledge.finding.index import FoundIndex
from workbench.knowledge.values import Piece
from workbench.visible import visible_line

Vectors = NDArray[np.float32]
_PER_FILE, _WORDS = 20, 60
_TOPICS, _VOCABULARY = 2_000, 40_000
_CHUNK = 1_024
"""Rows of a blob, as sqlite-vec keeps them."""
_RRF = 60
_WORD = re.compile(r"\w+")


class MadeUp:
    """Texts whose words are as unequal as words are, and vectors that lie in clouds."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        letters = np.random.default_rng(7).integers(97, 123, (_VOCABULARY, 9), np.uint8)
        lengths = np.random.default_rng(8).integers(2, 10, _VOCABULARY)
        self._words = [bytes(w[:n]).decode() for w, n in zip(letters, lengths, strict=True)]
        weights = 1 / np.arange(1, _VOCABULARY + 1)
        self._until = np.cumsum(weights / weights.sum())
        self._topics = np.random.default_rng(9).standard_normal((_TOPICS, DIMENSIONS), np.float32)

    def text(self, words: int = _WORDS) -> str:
        at = np.searchsorted(self._until, self._random.random(words))
        return " ".join(self._words[min(one, _VOCABULARY - 1)] for one in at.tolist())

    def vectors(self, count: int) -> Vectors:
        near = self._topics[self._random.integers(0, _TOPICS, count)]
        made = near + self._random.standard_normal((count, DIMENSIONS), np.float32)
        vectors: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
        return vectors.astype(np.float16).astype(np.float32)

    def files(self, passages: int) -> Iterator[list[Piece]]:
        for number in range(passages // _PER_FILE):
            yield [self._piece(f"docs/{number}.md", at) for at in range(_PER_FILE)]

    def _piece(self, path: str, at: int) -> Piece:
        text = self.text()
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Piece(
            *(digest[:16], "s", path, path, at, 10 * at + 1, 10 * at + 10),
            *((), "prose", "markdown", "", text, digest, 1),
        )


async def fill(index: FoundIndex, made_up: MadeUp, passages: int) -> None:
    """Put passages into an index, with vectors that nobody has to reckon."""

    async def passages_of(digests: Sequence[str], texts: Sequence[str]) -> Vectors:
        assert len(texts) == len(digests)
        return await asyncio.to_thread(made_up.vectors, len(digests))

    index._embedding.passages = passages_of  # type: ignore[method-assign]
    for pieces in made_up.files(passages):
        await index.put("s", pieces[0].path, pieces)
    await index.flush()


class Sqlite:
    """FTS5, vectors in blobs of a table as sqlite-vec keeps them, and reciprocal-rank fusion.

    sqlite-vec itself reads all its blobs for each question and compares in C; here SQLite reads
    them and numpy compares, which is no slower.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        self._database.execute("CREATE TABLE vectors (first INTEGER PRIMARY KEY, rows BLOB)")

    def fill(self, texts: Sequence[str], vectors: Vectors) -> None:
        rows = ((number, text) for number, text in enumerate(texts))
        self._database.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", rows)
        for first in range(0, len(vectors), _CHUNK):
            blob = vectors[first : first + _CHUNK].tobytes()
            self._database.execute("INSERT INTO vectors VALUES (?, ?)", (first, blob))
        self._database.commit()
        self._database.execute("INSERT INTO words (words) VALUES ('optimize')")

    def search(self, text: str, vector: Vectors, most: int = 10) -> list[tuple[int, str]]:
        ranks: dict[int, float] = {}
        for found in (self._by_words(text), self._by_vector(vector)):
            for rank, number in enumerate(found):
                ranks[number] = ranks.get(number, 0.0) + 1 / (_RRF + rank + 1)
        best = sorted(ranks, key=lambda number: -ranks[number])[:most]
        marks = ", ".join("?" * len(best))
        query = f"SELECT rowid, text FROM words WHERE rowid IN ({marks})"
        return [
            (number, visible_line(text)) for number, text in self._database.execute(query, best)
        ]

    def close(self) -> None:
        self._database.close()

    def _by_words(self, text: str) -> list[int]:
        asked = " OR ".join(f'"{word}"' for word in _WORD.findall(text))
        query = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 200"
        return [number for (number,) in self._database.execute(query, (asked,))]

    def _by_vector(self, vector: Vectors) -> list[int]:
        with closing(self._database.execute("SELECT rows FROM vectors ORDER BY first")) as rows:
            similar = [
                np.frombuffer(r, np.float32).reshape(-1, DIMENSIONS) @ vector for (r,) in rows
            ]
        every = np.concatenate(similar)
        near = np.argpartition(-every, 200)[:200]
        return [int(number) for number in near[np.argsort(-every[near])]]
