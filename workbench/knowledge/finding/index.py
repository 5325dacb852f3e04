"""The index as reading sees it: what is put is found by its words at once, soon by its meaning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.api import knowing, passages
from workbench.errors import ModelError, StoreError, WorkbenchError
from workbench.knowledge.embedders import Embedders, EnterStaff
from workbench.knowledge.embedding import Embedding, told
from workbench.knowledge.finding import checking, mapping
from workbench.knowledge.finding.batching import Batched
from workbench.knowledge.finding.catalogue import File
from workbench.knowledge.finding.ending import unbroken, unless
from workbench.knowledge.finding.filling import Filling
from workbench.knowledge.finding.meeting import Meeting
from workbench.knowledge.finding.naming import Names
from workbench.knowledge.finding.searching import Searcher
from workbench.knowledge.finding.stock import CANNOT, KNOWN, Stock, explained
from workbench.knowledge.finding.weight import Weight
from workbench.knowledge.finding.wording import all_counted
from workbench.knowledge.known_vectors import KnownVectors
from workbench.knowledge.values import About, Piece, passage_of
from workbench.workspace import Workspace

_MOST_WAITING, _TOGETHER, _SOON = 2_000, 256, 2.0
_KEPT = 2_000
_NOT_YET = "The embedder is being opened, so search is by words alone for now."


class FoundIndex:
    """Pieces in LanceDB, their words and vectors beside it; one host writes."""

    def __init__(
        self, folder: Path, stock: Stock, embedders: Embedders, known: KnownVectors
    ) -> None:
        self._folder = folder
        self._known_vectors = known
        self._stock = stock
        self._embedders = embedders
        self._meeting = Meeting(embedders, self._take_embedding)
        self._embedding = Embedding(why=_NOT_YET)
        self._why = _NOT_YET
        """Why search is by words alone; nothing where the vectors are of who embeds now."""
        self._weight = Weight(folder)
        self._missing = ""
        """Why some passages have no vector yet."""
        self._problem: StoreError | None = None
        self._waiting: dict[int, Piece] = {}
        self._dying: list[range] = list(stock.superseded)
        self._room = asyncio.Condition()
        self._numbering = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._filling = Filling(self._vectors_of, self._writing)
        self._in_haste = asyncio.Event()
        """Nothing waits for vectors now; what has none gets it later."""
        self._wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._begin()

    @classmethod
    async def open(
        cls,
        workspace: Workspace,
        embedder: Path | None = None,
        staff: EnterStaff | None = None,
    ) -> FoundIndex:
        """Open the index of a workspace, mended where it has to be."""
        folder = workspace.folder / "knowledge" / "index"
        known = KnownVectors(folder.with_name(KNOWN))
        embedders = Embedders(embedder, known, staff)
        stock, _ = await asyncio.gather(Stock.open(folder), embedders.prepare())
        index = cls(folder, stock, embedders, known)
        await index._meeting.first()
        index._tasks = [asyncio.create_task(index._write_on(), name="index")]
        return index

    async def look(self) -> None:
        """See whether somebody else embeds by now, whose vectors must not meet those of another."""
        await self._meeting.look(unsettled=bool(self._why or self._missing))

    async def put(self, source: str, path: str, pieces: Sequence[Piece]) -> None:
        async with self._room:
            await self._room.wait_for(lambda: len(self._waiting) < _MOST_WAITING or self._problem)
        if self._problem:
            raise self._problem
        async with self._numbering:
            await self._take(source, path, pieces)
        self._wanted.set()

    async def drop(self, source: str, path: str | None = None) -> None:
        async with self._numbering:
            catalogue = self._stock.catalogue
            every = [one.path for one in catalogue.of_source(source)] if path is None else [path]
            for one in every:
                self._forget(catalogue.drop(source, one))
        self._wanted.set()

    async def flush(self) -> None:
        await self.look()
        async with self._writing:
            await self._write_all()
            await self._tend()

    async def leave_off(self) -> None:
        """Have all of it on the disk as soon as can be; what has no vector yet gets it after."""
        self._in_haste.set()
        try:
            async with self._writing:
                await self._write_all()
        finally:
            self._in_haste.clear()
        if not self._why:
            self._filling.begin(self._stock, self._wanted.set)

    async def search(self, search: knowing.Search) -> passages.Hits:
        await self.look()
        hits = await self._searcher.search(search, why := self._why)
        if hits.sentence and not why:
            self._meeting.doubt()
        return hits

    async def passage(self, name: str, around: int) -> passages.Surrounded | None:
        if (found := await self._named(name)) is None:
            return None
        number, piece = found
        numbers = self._stock.catalogue.file(number).numbers
        near = range(max(numbers.start, number - around), min(numbers.stop, number + around + 1))
        beside = {at: passage_of(one) for at, one in (await self._pieces.get(near)).items()}
        return passages.Surrounded(
            passage=passage_of(piece),
            before=tuple(one for at, one in beside.items() if at < number),
            after=tuple(one for at, one in beside.items() if at > number),
            stale=False,
        )

    async def paths(self, source: str) -> Mapping[str, str]:
        return {file.path: file.digest for file in self._stock.catalogue.of_source(source)}

    async def count(self, source: str = "") -> int:
        catalogue = self._stock.catalogue
        if not source:
            return catalogue.living
        return sum(file.count for file in catalogue.of_source(source))

    async def verify(self) -> passages.Checked:
        await self.flush()
        async with self._numbering, self._writing:  # Nothing comes while it is looked at.
            await self._write_all()
            is_filling = self._filling.is_under_way
            return await checking.checked(
                self._stock, has_vectors=not self._why, is_filling=is_filling
            )

    async def rebuild(self) -> None:
        """Begin anew; vectors that the embedder of today made are kept by what they are of."""
        await self._meeting.whole()
        async with self._numbering, self._writing:
            self._filling.stop()
            if not self._why:
                await self._stock.remember_vectors(self._known_vectors)
            self._waiting.clear()
            self._dying.clear()
            self._stock = await self._stock.anew()
            await self._work_with(self._embedding)

    def about(self) -> About:
        maker = self._stock.maker
        name = str(maker["model"]) if maker and not self._why else ""
        return About(name, self._why or self._missing, self._weight.bytes)

    async def close(self) -> None:
        await self._meeting.close()
        self._in_haste.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, self._filling.close(), return_exceptions=True)
        try:
            async with self._numbering, self._writing:
                await self._write_all()
                await asyncio.to_thread(self._stock.wording.seal)
        finally:
            await self._embedders.close()
            self._stock.close()
            self._known_vectors.remove()

    # Vectors that travel.

    @property
    def maker(self) -> dict[str, str | int] | None:
        """Who made the vectors, or nothing where search is by words alone."""
        return None if self._why else self._stock.maker

    async def vectors_of(self, source: str) -> dict[str, NDArray[np.float32]]:
        """Return the vectors of a source by the digests of their texts, to be taken elsewhere."""
        await self.flush()
        found: dict[str, NDArray[np.float32]] = {}
        for file in self._stock.catalogue.of_source(source):
            pieces = await self._pieces.get(file.numbers)
            vectors = self._stock.closeness.get(np.array([*pieces], np.uint32))
            found |= zip((piece.digest for piece in pieces.values()), vectors, strict=True)
        return {digest: vector for digest, vector in found.items() if vector.any()}

    async def take_vectors(self, digests: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Remember vectors that the same embedder made elsewhere, until the host ends."""
        if self._stock.maker is not None:
            self._known_vectors.note_maker(self._stock.maker)
        await asyncio.to_thread(self._known_vectors.write, digests, vectors)
        await asyncio.to_thread(self._known_vectors.open)

    # What comes in.

    async def _take(self, source: str, path: str, pieces: Sequence[Piece]) -> None:
        stock = self._stock
        known = await asyncio.to_thread(all_counted, stock.catalogue.next, pieces)
        await self._keep_vectors_of(source, path)
        file, before = stock.catalogue.put(source, path, pieces)
        self._forget(before)
        stock.add_words(known, pieces)
        self._waiting |= zip(file.numbers, pieces, strict=True)
        if stock.wording.wants_sealing:
            await unbroken(asyncio.to_thread(stock.wording.seal))

    async def _keep_vectors_of(self, source: str, path: str) -> None:
        """Remember the vectors of a file that is put again: most of its pieces are as they were."""
        before = self._stock.catalogue.files.get((source, path))
        if before is None or self._why:
            return
        embedding = self._embedding  # Another must not be given what this one made.
        pieces = await self._pieces.get(before.numbers)
        numbers = np.array([*pieces], np.uint32)
        for piece, vector in zip(pieces.values(), self._stock.closeness.get(numbers), strict=True):
            if vector.any():
                embedding.keep(piece.digest, vector)

    def _forget(self, file: File | None) -> None:
        if file is not None:
            for number in file.numbers:
                self._waiting.pop(number, None)
            self._dying.append(file.numbers)

    # What is written.

    async def _write_on(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            if len(self._waiting) < _TOGETHER:
                await asyncio.sleep(_SOON)
            await self.look()
            with suppress(WorkbenchError):  # It is told to whoever puts or flushes next.
                async with self._writing:
                    await self._write()
                    await self._tend()
            if self._waiting:
                self._wanted.set()

    async def _write_all(self) -> None:
        while self._waiting or self._dying:
            await self._write()
        await asyncio.to_thread(self._stock.flush)

    async def _write(self) -> None:
        """Write what waits, one batch of whole files, and delete what died."""
        waiting = self._next_batch()
        async with self._telling():
            vectors = await self._vectors_of(waiting)
            await unbroken(self._commit(waiting, vectors))

    @asynccontextmanager
    async def _telling(self) -> AsyncIterator[None]:
        """Tell whoever puts that there is room, and who puts or flushes next what went wrong."""
        try:
            yield
        except CANNOT as error:
            self._problem = explained(error)
            raise self._problem from error
        finally:
            async with self._room:
                self._room.notify_all()
        self._problem = None

    def _next_batch(self) -> dict[int, Piece]:
        batch: dict[int, Piece] = {}
        for number, piece in self._waiting.items():
            if len(batch) >= _TOGETHER and piece.at == 0:
                break
            batch[number] = piece
        return batch

    async def _commit(self, waiting: dict[int, Piece], vectors: NDArray[np.float32] | None) -> None:
        dying, self._dying = self._dying, []
        try:
            if waiting:
                await self._add(waiting, vectors)
            await self._stock.table.delete(dying)
        except CANNOT:
            self._dying = dying + self._dying
            raise

    async def _add(self, waiting: dict[int, Piece], vectors: NDArray[np.float32] | None) -> None:
        numbers = np.array([*waiting], np.uint32)
        width = self._stock.table.width
        kept = np.zeros((len(waiting), width), np.float32) if vectors is None else vectors
        self._stock.put_vectors(numbers, kept)
        await asyncio.to_thread(self._stock.texts.put, waiting)
        await self._stock.table.add(waiting, vectors)
        alive = self._stock.catalogue.alive
        self._dying += [range(number, number + 1) for number in waiting if not alive[number]]
        for number in waiting:
            self._waiting.pop(number, None)

    async def _vectors_of(self, pieces: Mapping[int, Piece]) -> NDArray[np.float32] | None:
        """Return their vectors as they are kept; without them, words must do for now."""
        if self._why or not pieces:
            return None
        digests = [piece.digest for piece in pieces.values()]
        texts = [piece.text for piece in pieces.values()]
        try:
            made = await unless(self._in_haste, self._embedding.passages(digests, texts))
        except ModelError as problem:
            self._missing = told(problem)
            return None
        return None if made is None else made.astype(np.float16).astype(np.float32)

    async def _tend(self) -> None:
        """Put small things together, now and then."""
        stock = self._stock
        async with self._telling():
            await stock.table.tend_if_needed()
            if stock.nearness.wants_laying:
                await stock.lay_out()
            if len(stock.wording.sheaves) > 1:
                await unbroken(asyncio.to_thread(stock.wording.tidy, stock.catalogue.alive))
                mapping.release(0)

    # Vectors.

    async def _take_embedding(self, embedding: Embedding) -> None:
        async with self._writing:
            try:
                await self._work_with(embedding)
            except CANNOT as error:
                self._why = told(explained(error))

    async def _work_with(self, embedding: Embedding) -> None:
        """Work with who embeds now, if it may meet the vectors that are there."""
        self._filling.stop()
        identity = embedding.identity
        if identity is not None and identity != self._embedding.identity:
            await asyncio.to_thread(self._known_vectors.keep_only_of, asdict(identity))
            await asyncio.to_thread(self._known_vectors.open)
        why = self._stock.why_words_alone(embedding)
        if identity is not None and self._stock.maker is None:
            await self._stock.note_maker(identity)
        self._embedding, self._why, self._missing = embedding, why, ""
        self._begin()
        if self._stock.nearness.wants_laying:
            self._wanted.set()
        if not why:
            self._filling.begin(self._stock, self._wanted.set)

    # Looking things up.

    def _begin(self) -> None:
        self._names = Names()
        self._pieces: Batched[int, Piece] = Batched(self._look_up, _KEPT)
        self._searcher = Searcher(self._stock, self._embedding, self._pieces)

    async def _look_up(self, numbers: Sequence[int]) -> Mapping[int, Piece]:
        found = {number: self._waiting[number] for number in numbers if number in self._waiting}
        found |= self._stock.texts.get(number for number in numbers if number not in found)
        missing = [number for number in numbers if number not in found]
        found |= await self._stock.table.pieces(missing) if missing else {}
        self._names.note(found)
        return found

    async def _named(self, name: str) -> tuple[int, Piece] | None:
        alive = self._stock.catalogue.alive
        seen = [number for number in self._names.among(name) if alive[number]]
        found = [*(await self._pieces.get(seen)).items()]
        found = found or [one for one in self._waiting.items() if one[1].id == name]
        found = found or await self._stock.table.named(name)
        living = [(number, one) for number, one in found if alive[number]]
        return living[-1] if living else None
