"""The index: what was put is found at once by its words, and soon by its meaning."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.api import knowing, passages
from workbench.knowledge.embedding import Embedding
from workbench.knowledge.finding import ranking
from workbench.knowledge.finding.catalogue import Catalogue, File
from workbench.knowledge.finding.closeness import Closeness
from workbench.knowledge.finding.postings import Counted
from workbench.knowledge.finding.table import Table
from workbench.knowledge.finding.wording import Term, Wording, counted
from workbench.knowledge.finding.words import terms
from workbench.knowledge.values import About, Piece, passage_of
from workbench.workspace import Workspace

_MOST_WAITING, _TOGETHER, _SOON = 2_000, 256, 2.0
_CANDIDATES = 200


class FoundIndex:
    """Pieces in LanceDB, their words and vectors beside it; one host writes."""

    def __init__(self, folder: Path, table: Table, embedding: Embedding) -> None:
        self._folder = folder
        self._table = table
        self._embedding = embedding
        self._closeness = Closeness(folder / "vectors.f16")
        self._catalogue = Catalogue()
        self._wording = Wording()
        self._waiting: dict[int, Piece] = {}
        self._dying: list[range] = []
        self._room = asyncio.Condition()
        self._numbering = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._writing = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, workspace: Workspace, embedder: Path | None = None) -> FoundIndex:
        """Open the index of a workspace."""
        folder = workspace.folder / "knowledge" / "index"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        embedding = Embedding(embedder)
        table, _ = await asyncio.gather(Table.open(folder / "lance"), embedding.open())
        index = cls(folder, table, embedding)
        await index._load()
        index._writer = asyncio.create_task(index._write_on(), name="index")
        return index

    async def put(self, source: str, path: str, pieces: Sequence[Piece]) -> None:
        async with self._room:
            await self._room.wait_for(lambda: len(self._waiting) < _MOST_WAITING)
        async with self._numbering:
            start = self._catalogue.next
            known = await asyncio.to_thread(_counted, start, pieces)
            file, before = self._catalogue.put(source, path, pieces)
            self._forget(before)
            self._wording.add(known)
            self._waiting |= zip(file.numbers, pieces, strict=True)
        self._wanted.set()

    async def drop(self, source: str, path: str | None = None) -> None:
        paths = [f.path for f in self._catalogue.of_source(source)] if path is None else [path]
        for one in paths:
            self._forget(self._catalogue.drop(source, one))
        self._wanted.set()

    async def flush(self) -> None:
        async with self._writing:
            await self._write()

    async def search(self, search: knowing.Search) -> passages.Hits:
        began = time.perf_counter()
        found = await self._find(search)
        return passages.Hits(hits=tuple(found), seconds=time.perf_counter() - began, how=self._how)

    async def passage(self, name: str, around: int) -> passages.Surrounded | None:
        waiting = [(n, p) for n, p in self._waiting.items() if p.id == name]
        found = waiting or await self._table.named(name)
        living = [(n, p) for n, p in found if self._catalogue.alive[n]]
        if not living:
            return None
        number, piece = living[-1]
        file = self._catalogue.file(number)
        near = range(max(file.start, number - around), min(file.numbers.stop, number + around + 1))
        beside = await self._pieces(near)
        made = {n: passage_of(p) for n, p in beside.items()}
        return passages.Surrounded(
            passage=passage_of(piece),
            before=tuple(made[n] for n in near if n < number),
            after=tuple(made[n] for n in near if n > number),
            stale=False,
        )

    async def paths(self, source: str) -> Mapping[str, str]:
        return {file.path: file.digest for file in self._catalogue.of_source(source)}

    async def count(self, source: str = "") -> int:
        if not source:
            return self._catalogue.living
        return sum(file.count for file in self._catalogue.of_source(source))

    async def verify(self) -> passages.Checked:
        await self.flush()
        rows = await self._table.count()
        problems = [] if rows == self._catalogue.living else [f"{rows} rows"]
        return passages.Checked(
            sound=not problems, passages=self._catalogue.living, problems=tuple(problems)
        )

    async def rebuild(self) -> None:
        for source in {file.source for file in self._catalogue.files.values()}:
            await self.drop(source)
        await self.flush()

    def about(self) -> About:
        return About(
            vectors="all-minilm-l6-v2" if not self._embedding.why else "", why=self._embedding.why
        )

    async def close(self) -> None:
        await self.flush()
        if self._writer:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        await self._embedding.close()
        self._closeness.close()
        self._table.close()

    @property
    def _how(self) -> str:
        if not self._catalogue.living:
            return "nothing was read"
        return "words" if self._embedding.why else "hybrid"

    async def _find(self, search: knowing.Search) -> list[passages.Hit]:
        mask = self._mask(search)
        question = [Term(term, 1.0) for term in terms(search.text)]
        scores = await asyncio.to_thread(self._wording.scores, question, self._catalogue.next)
        scores[~mask] = 0
        best = _best(scores, _CANDIDATES)
        numbers, similar, weight = best, None, 0.0
        if not self._embedding.why:
            vector = await self._embedding.question(search.text)
            weight = ranking.dense_weight(self._embedding.pieces_a_word(search.text))
            living = np.flatnonzero(mask).astype(np.uint32)
            near = self._closeness.similar(vector, living)
            numbers = np.union1d(best, living[np.argsort(-near)[:_CANDIDATES]]).astype(np.uint32)
            similar = self._closeness.similar(vector, numbers)
        fused = ranking.fused(scores[numbers], similar, weight)
        order = np.argsort(-fused, kind="stable")[: search.limit]
        pieces = await self._pieces([int(numbers[at]) for at in order])
        return [
            passages.Hit(
                passage=passage_of(pieces[int(numbers[at])]), score=float(fused[at]), reasons=()
            )
            for at in order
            if int(numbers[at]) in pieces
        ]

    def _mask(self, search: knowing.Search) -> NDArray[np.bool_]:
        catalogue = self._catalogue
        mask = catalogue.alive[: catalogue.next].copy()
        wanted = set(search.sources)
        allowed = np.array([file.source in wanted for file in catalogue.by_code], np.bool_)
        if search.sources and not allowed.all():
            mask &= allowed[catalogue.file_of[: catalogue.next]]
        return mask

    async def _pieces(self, numbers: Sequence[int]) -> dict[int, Piece]:
        waiting = {n: self._waiting[n] for n in numbers if n in self._waiting}
        return waiting | await self._table.pieces([n for n in numbers if n not in waiting])

    def _forget(self, file: File | None) -> None:
        if file is not None:
            for number in file.numbers:
                self._waiting.pop(number, None)
            self._dying.append(file.numbers)

    async def _load(self) -> None:
        files: dict[int, list[object]] = {}
        rows = []
        async for batch in self._table.listed():
            rows += batch.to_pylist()
        rows.sort(key=lambda row: row["n"])
        at = 0
        while at < len(rows):
            end = at + 1
            while end < len(rows) and rows[end]["at"] != 0:
                end += 1
            first = rows[at]
            group = rows[at:end]
            before = self._catalogue.drop(first["source"], first["path"])
            self._forget(before)
            self._catalogue.enter(
                first["source"],
                first["path"],
                first["file"],
                first["mtime"],
                first["n"],
                [self._catalogue.kinds.number(row["kind"]) for row in group],
                [self._catalogue.languages.number(row["language"]) for row in group],
            )
            at = end
        for start in range(0, self._catalogue.next, 4096):
            found = await self._table.texts(start, start + 4096)
            self._wording.add([counted(n, piece) for n, piece in sorted(found, key=lambda f: f[0])])

    async def _write_on(self) -> None:
        while True:
            await self._wanted.wait()
            if len(self._waiting) < _TOGETHER:
                await asyncio.sleep(_SOON)
            self._wanted.clear()
            async with self._writing:
                await self._write()

    async def _write(self) -> None:
        waiting = dict(self._waiting)
        dying, self._dying = self._dying, []
        if waiting:
            numbers = np.fromiter(waiting, np.uint32)
            pieces = list(waiting.values())
            vectors = None
            if not self._embedding.why:
                vectors = await self._embedding.passages(
                    [piece.digest for piece in pieces], [piece.text for piece in pieces]
                )
                self._closeness.put(numbers, vectors)
            await self._table.add(list(waiting), pieces, vectors)
        if dying:
            await self._table.delete(dying)
        async with self._room:
            for number in waiting:
                self._waiting.pop(number, None)
            self._room.notify_all()
        if self._table.wants_tending:
            await self._table.tend()


def _counted(start: int, pieces: Sequence[Piece]) -> list[Counted]:
    return [counted(start + at, piece) for at, piece in enumerate(pieces)]


def _best(scores: NDArray[np.float32], most: int) -> NDArray[np.uint32]:
    found = np.flatnonzero(scores > 0).astype(np.uint32)
    if len(found) <= most:
        return found
    return found[np.argpartition(-scores[found], most)[:most]]
