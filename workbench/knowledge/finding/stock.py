"""All that an index holds, opened together: what of it is damaged or missing is made again."""

from __future__ import annotations

import asyncio
import errno
import shutil
import zlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from local_models.embedder.backend import DIMENSIONS, Identity
from workbench.errors import StoreError
from workbench.knowledge.embedding import Embedding
from workbench.knowledge.finding import sealing
from workbench.knowledge.finding.catalogue import Catalogue
from workbench.knowledge.finding.closeness import Closeness, Vector
from workbench.knowledge.finding.nearness import Nearness
from workbench.knowledge.finding.postings import Counted, Sheaf
from workbench.knowledge.finding.table import Listed, Table
from workbench.knowledge.finding.texts import Texts
from workbench.knowledge.finding.wording import CODE, Wording, counted
from workbench.knowledge.known_vectors import KnownVectors, Maker
from workbench.knowledge.values import Piece
from workbench.visible import visible_line

FORMAT = 1
"""Raised when an older index cannot be read any more: it is made again."""
_MADE_BY = "made-by.json"
_AT_ONCE = 1024
_OTHER_MAKER = (
    "The vectors were made by another embedder ({before}) than the one that serves now ({now}), so "
    "search is by words alone. Run `workbench knowledge rebuild`."
)


class MadeBy(msgspec.Struct, frozen=True):
    """How an index was written, and who made its vectors."""

    format: int = FORMAT
    vectors: Maker | None = None


class Stock:
    """The table, and beside it what is known by the number of a piece."""

    def __init__(self, folder: Path, table: Table) -> None:
        self.folder = folder
        self.table = table
        self.catalogue = Catalogue()
        self.wording = Wording(folder / "words")
        self.closeness = Closeness(folder / "vectors.f16", table.width)
        self.nearness = Nearness(folder / "near", self.closeness)
        self.texts = Texts(folder / "texts")
        self.superseded: list[range] = []
        """Numbers of pieces of which newer ones of the same file are there."""

    @classmethod
    async def open(cls, folder: Path) -> Stock:
        """Open what a folder holds; what cannot be read is thrown away, it is derived."""
        if _made_by(folder).format != FORMAT:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        try:
            return await cls._open(folder)
        except _DAMAGE as error:
            _refuse_passing(error)
            await asyncio.to_thread(_throw_away, folder)
            return await cls._open(folder)

    @classmethod
    async def _open(cls, folder: Path) -> Stock:
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        made_by = _made_by(folder)
        table = await Table.open(folder / "lance", _width_of(made_by.vectors))
        if made_by.vectors and table.width != _width_of(made_by.vectors):
            table.close()
            raise ValueError(table.width)
        stock = cls(folder, table)
        if made_by.format != FORMAT:
            stock._note(MadeBy())
        await stock._load()
        return stock

    @property
    def maker(self) -> Maker | None:
        return _made_by(self.folder).vectors

    async def note_maker(self, identity: Identity) -> None:
        """Remember who makes the vectors from now on; there must be none yet."""
        if identity.dimensions != self.table.width:
            await self.table.widen(identity.dimensions)
            self.closeness.widen(identity.dimensions)
            self.nearness.forget()
        self._note(MadeBy(vectors=asdict(identity)))

    def why_words_alone(self, embedding: Embedding) -> str:
        """Return why vectors cannot be used; nothing where they can."""
        now, before = embedding.identity, self.maker
        if now is None or before is None or before == asdict(now):
            return embedding.why
        names = visible_line(str(before["model"])), visible_line(now.model)
        return _OTHER_MAKER.format(before=names[0], now=names[1])

    def put_vectors(self, numbers: NDArray[np.uint32], vectors: Vector) -> None:
        self.closeness.put(numbers, vectors)
        self.nearness.put(numbers, vectors)

    async def lay_out(self) -> None:
        """Lay out all vectors anew, while others search."""
        came = self.nearness.came
        made = await asyncio.to_thread(self.nearness.laid, self._living())
        self.nearness.take(made, came)

    def without_vectors(self) -> NDArray[np.uint32]:
        """Return the living pieces of which no vector is known."""
        return self.closeness.unknown(self._living())

    async def anew(self) -> Stock:
        """Throw everything away, and return a stock that is empty."""
        self.close()
        await asyncio.to_thread(shutil.rmtree, self.folder)
        return await Stock.open(self.folder)

    def add_words(self, known: Sequence[Counted], pieces: Sequence[Piece]) -> None:
        self.wording.add(known, [piece.kind in CODE for piece in pieces])

    def _note(self, made_by: MadeBy) -> None:
        making = self.folder / f".{_MADE_BY}"
        making.write_bytes(msgspec.json.encode(made_by))
        making.replace(self.folder / _MADE_BY)

    async def remember_vectors(self, known: KnownVectors) -> None:
        """Write what vectors are known by the digests of their texts, for after a rebuild."""
        if self.maker is None:
            return
        known.note_maker(self.maker)
        async for pieces in self.table.batches():
            numbers = np.array([number for number, _ in pieces], np.uint32)
            digests = [piece.digest for _, piece in pieces]
            await asyncio.to_thread(known.write, digests, self.closeness.get(numbers))
        await asyncio.to_thread(known.open)

    def flush(self) -> None:
        """Write what was put beside the table."""
        self.closeness.flush()
        self.texts.flush()

    def close(self) -> None:
        self.nearness.close()
        self.closeness.close()
        self.texts.close()
        self.table.close()

    async def _load(self) -> None:
        listed = await self.table.listed()
        if not np.diff(listed.numbers).all():
            raise ValueError(listed.numbers)  # Each is given once.
        await asyncio.to_thread(self._enter, listed)
        await self._take_texts()
        missing = await asyncio.to_thread(self._take_words)
        for start in range(0, len(missing), _AT_ONCE):
            await asyncio.to_thread(self._count_again, missing[start : start + _AT_ONCE].tolist())
        await self._take_vectors()

    def _enter(self, listed: Listed) -> None:
        """List the files; pieces of one that was put later take the place of earlier ones."""
        catalogue = self.catalogue
        kinds = np.array([catalogue.kinds.number(name) for name in listed.kinds], np.uint8)
        languages = np.array([catalogue.languages.number(n) for n in listed.languages], np.uint8)
        for first, last, head in listed.files:
            if before := catalogue.drop(head.source, head.path):
                self.superseded.append(before.numbers)
            catalogue.enter(
                head,
                int(listed.numbers[first]),
                kinds[listed.kind_of[first:last]],
                languages[listed.language_of[first:last]],
            )

    def _take_words(self) -> NDArray[np.uint32]:
        """Take in the sealed sheaves, and return the pieces that are in none.

        Of two that know the same piece the larger was made of the other, which a kill left behind.
        """
        catalogue, kept = self.catalogue, list[Sheaf]()
        sheaves = sealing.found(self.wording.folder)
        catalogue.reserve(
            max((int(one.numbers[-1]) + 1 for one in sheaves if one.numbers.size), default=0)
        )
        taken = np.zeros(catalogue.next, np.bool_)
        for sheaf in sheaves:
            if taken[sheaf.numbers].any() or not catalogue.alive[sheaf.numbers].any():
                self.wording.discard(sheaf)
            else:
                taken[sheaf.numbers] = True
                kept.append(sheaf)
        codes = catalogue.kinds.allowed(CODE)
        for sheaf in sorted(kept, key=lambda one: int(one.numbers[0])):
            self.wording.take(sheaf, codes[catalogue.kind_of[sheaf.numbers]])
        return np.flatnonzero(catalogue.alive[: catalogue.next] & ~taken).astype(np.uint32)

    def _count_again(self, numbers: list[int]) -> None:
        pieces = self.texts.get(numbers)
        known = [counted(number, pieces[number]) for number in sorted(pieces)]
        self.wording.add(known, [pieces[one.number].kind in CODE for one in known])

    async def _take_texts(self) -> None:
        """Have what the table knows of texts beside it too."""
        missing = self.texts.unknown(self._living())
        for start in range(0, len(missing), _AT_ONCE):
            self.texts.put(await self.table.pieces(missing[start : start + _AT_ONCE].tolist()))

    async def _take_vectors(self) -> None:
        """Have what the table knows of vectors beside it too."""
        missing = self.without_vectors()
        for start in range(0, len(missing), _AT_ONCE):
            numbers = missing[start : start + _AT_ONCE]
            self.closeness.put(*await self.table.vectors(numbers.tolist()))
        self.catalogue.reserve(self.nearness.end)
        await asyncio.to_thread(self.nearness.catch_up, self._living())

    def _living(self) -> NDArray[np.uint32]:
        return np.flatnonzero(self.catalogue.alive[: self.catalogue.next]).astype(np.uint32)


def _refuse_passing(error: Exception) -> None:
    """Refuse to throw away what is whole and only cannot be read at this moment."""
    told = str(error).casefold()
    if getattr(error, "errno", None) in _PASSING or any(one in told for one in _TOLD):
        raise StoreError(
            f"The index cannot be opened: {visible_line(str(error))[:200]}.",
            "Its files are left as they are: make room, or let them be read and written.",
        ) from error


CANNOT = (OSError, RuntimeError, ValueError)
"""What LanceDB raises when it cannot write."""


def explained(error: Exception) -> StoreError:
    """Return for people why an index cannot be written."""
    return StoreError(
        f"The index cannot be written: {visible_line(str(error))[:200]}.",
        "Make room on the disk; what was read is kept in the journal and indexed again.",
    )


def _throw_away(folder: Path) -> None:
    """Remove an index that is damaged; what is whole of its vectors is kept by what they are of."""
    maker = _made_by(folder).vectors
    try:
        if maker is not None:
            _keep_vectors(folder, maker)
    except (OSError, ValueError, zlib.error, msgspec.MsgspecError):
        shutil.rmtree(folder.with_name(KNOWN), ignore_errors=True)
    shutil.rmtree(folder)


def _keep_vectors(folder: Path, maker: Maker) -> None:
    texts = Texts(folder / "texts")
    closeness = Closeness(folder / "vectors.f16", _width_of(maker))
    known = KnownVectors(folder.with_name(KNOWN))
    known.note_maker(maker)
    for start in range(0, texts.size, _AT_ONCE):
        pieces = texts.get(range(start, min(texts.size, start + _AT_ONCE)))
        numbers = np.array([*pieces], np.uint32)
        known.write([piece.digest for piece in pieces.values()], closeness.get(numbers))
    texts.close()
    closeness.close()


def _width_of(maker: Maker | None) -> int:
    """Return how many numbers a vector has; of one that nobody made yet, as many as is usual."""
    return max(1, int(maker.get("dimensions", DIMENSIONS))) if maker else DIMENSIONS


def _made_by(folder: Path) -> MadeBy:
    try:
        return msgspec.json.decode((folder / _MADE_BY).read_bytes(), type=MadeBy)
    except FileNotFoundError:
        return MadeBy() if not folder.exists() else MadeBy(format=0)
    except (OSError, msgspec.MsgspecError):
        return MadeBy(format=0)


KNOWN = "known-vectors"
_PASSING = {errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EROFS, errno.ENOMEM}
_TOLD = ("no space left", "too many open files", "permission denied", "read-only file system")
_DAMAGE = (OSError, RuntimeError, ValueError, KeyError)
"""What LanceDB and Arrow raise when a file of theirs is not what it was."""
