"""What finding is measured on: passages that are made up, and peers that search them too."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from local_models.embedder.backend import DIMENSIONS
from workbench.knowledge.values import Piece
from workbench.visible import visible_line

Vectors = NDArray[np.float32]
_PER_FILE, _WORDS = 20, 60
_TOPICS, _VOCABULARY = 2_000, 40_000
_BESIDE = 10
_CHUNK = 1_024
"""Rows of a blob, as sqlite-vec keeps them."""
_RRF = 60
_WORD = re.compile(r"\w+")


class MadeUp:
    """Texts whose words are as unequal as words are, and vectors that lie in clouds.

    Where vectors of real texts are given, others lie among these as they do among each other.
    """

    def __init__(self, seed: int, real: Vectors | None = None) -> None:
        self._real = None if real is None else _Real.of(real)
        self._random = np.random.default_rng(seed)
        letters = np.random.default_rng(7).integers(97, 123, (_VOCABULARY, 9), np.uint8)
        lengths = np.random.default_rng(8).integers(2, 10, _VOCABULARY)
        self.words = [bytes(w[:n]).decode() for w, n in zip(letters, lengths, strict=True)]
        weights = 1 / np.arange(1, _VOCABULARY + 1)
        self._until = np.cumsum(weights / weights.sum())
        self._topics = np.random.default_rng(9).standard_normal((_TOPICS, DIMENSIONS), np.float32)

    def text(self, words: int = _WORDS) -> str:
        (chosen,) = self.choose(1, words)
        return " ".join(self.words[one] for one in chosen.tolist())

    def choose(self, texts: int, words: int = _WORDS) -> NDArray[np.int64]:
        """Return the words of so many texts by their numbers."""
        chosen = np.searchsorted(self._until, self._random.random((texts, words)))
        return np.minimum(chosen, _VOCABULARY - 1)

    def vectors(self, count: int) -> Vectors:
        made = self._clouds(count) if self._real is None else self._real.made(count, self._random)
        vectors: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
        return vectors.astype(np.float16).astype(np.float32)

    def _clouds(self, count: int) -> Vectors:
        near = self._topics[self._random.integers(0, _TOPICS, count)]
        made: Vectors = near + self._random.standard_normal((count, DIMENSIONS), np.float32)
        return made

    def piece(self, number: int, text: str) -> Piece:
        file, at = divmod(number, _PER_FILE)
        path, digest = f"docs/{file}.md", hashlib.sha256(text.encode()).hexdigest()
        return Piece(
            *(digest[:16], "s", path, path, at, 10 * at + 1, 10 * at + 10),
            *((), "prose", "markdown", "", text, digest, 1),
        )


@dataclass(frozen=True)
class _Real:
    """Vectors of real texts, and which are near to which."""

    vectors: Vectors
    beside: NDArray[np.intp]

    @classmethod
    def of(cls, vectors: Vectors) -> _Real:
        similar = vectors @ vectors.T
        np.fill_diagonal(similar, -1)
        return cls(vectors, np.argpartition(-similar, _BESIDE, axis=1)[:, :_BESIDE])

    def made(self, count: int, random: np.random.Generator) -> Vectors:
        """Return others on the way from one to a near one, and aside by how some two differ."""
        first, far = random.integers(0, len(self.vectors), (2, count))
        second, near = (self._near(one, random) for one in (first, far))
        way, aside = random.random((2, count, 1), np.float32)
        made: Vectors = self.vectors[first] * (1 - way / 2) + self.vectors[second] * (way / 2)
        made += (0.3 + 0.4 * aside) * (self.vectors[far] - self.vectors[near])
        return made

    def _near(self, ones: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.intp]:
        return self.beside[ones, random.integers(0, _BESIDE, len(ones))]


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
