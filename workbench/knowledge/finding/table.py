"""The LanceDB table that holds the pieces with their vectors: one writer, derived, never the truth.

LanceDB is imported here alone and late, since that takes more than a second.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from local_models.embedder.backend import DIMENSIONS
from workbench.knowledge.finding.catalogue import Head
from workbench.knowledge.values import Piece

Vectors = NDArray[np.float32]
_AT_ONCE = 4096
NAME = "pieces"
_SETTLED = timedelta(seconds=30)
"""So old is a version that no search looks at any more."""
_OPTIMISE_AFTER = 50
_MOST_CACHED = 16 << 20
"""So many bytes of index and of versions LanceDB keeps at hand; by itself it keeps gigabytes."""
_LISTED = ("n", "at", "kind", "language")
_OF_FILE = ("n", "source", "path", "file", "mtime")
_OF_PIECE = Piece.__struct_fields__


class Listed(NamedTuple):
    """All rows in the order of their numbers, without texts; files as ranges of rows."""

    numbers: NDArray[np.uint32]
    kinds: list[str]
    kind_of: NDArray[np.int32]
    languages: list[str]
    language_of: NDArray[np.int32]
    files: list[tuple[int, int, Head]]


class Table:
    """Pieces by their numbers."""

    def __init__(self, connection: Any, table: Any, width: int) -> None:  # noqa: ANN401 - untyped library
        self._connection = connection
        self._table = table
        self.width = width
        """How many numbers a vector has."""
        self._commits = 0

    @classmethod
    async def open(cls, folder: Path, width: int = DIMENSIONS) -> Table:
        """Open the table of a folder, or make it for vectors of so many numbers."""
        lancedb = await asyncio.to_thread(_import)
        session = lancedb.Session(_MOST_CACHED, _MOST_CACHED)
        connection = await lancedb.connect_async(folder, session=session)
        if NAME in (await connection.list_tables()).tables:
            table = await connection.open_table(NAME)
        else:
            table = await connection.create_table(NAME, schema=_schema(width))
            await _index_numbers(table)
        return cls(connection, table, (await table.schema()).field("vector").type.list_size)

    async def widen(self, width: int) -> None:
        """Take vectors of so many numbers from now on; there must be none yet."""
        await self._table.drop_columns(["vector"])
        await self._table.add_columns(_schema(width).field("vector"))
        self.width = width

    async def add(self, pieces: Mapping[int, Piece], vectors: Vectors | None) -> None:
        """Write pieces with their numbers, in one commit."""
        await self._table.add(await asyncio.to_thread(_batch, pieces, vectors, self.width))
        self._commits += 1

    async def fill(self, pieces: Mapping[int, Piece], vectors: Vectors) -> None:
        """Write vectors to pieces that have none yet."""
        batch = await asyncio.to_thread(_batch, pieces, vectors, self.width)
        await self._table.merge_insert("n").when_matched_update_all().execute(batch)
        self._commits += 1

    async def delete(self, numbers: Sequence[range]) -> None:
        """Delete whole ranges of numbers."""
        for first in range(0, len(numbers), 500):
            part = numbers[first : first + 500]
            await self._table.delete(
                " OR ".join(f"(n >= {r.start} AND n < {r.stop})" for r in part)
            )
            self._commits += 1

    async def count(self) -> int:
        return int(await self._table.count_rows())

    async def listed(self) -> Listed:
        """Return what the catalogue holds."""
        every = await self._table.query().select(list(_LISTED)).to_arrow()
        heads = await self._table.query().where("at = 0").select(list(_OF_FILE)).to_arrow()
        found = await asyncio.to_thread(_listed, every, heads)
        del every, heads
        _let_go()
        return found

    async def batches(self) -> AsyncIterator[list[tuple[int, Piece]]]:
        """Yield all pieces, some at a time."""
        query = self._table.query().select(["n", *_OF_PIECE])
        async for batch in await query.to_batches(max_batch_length=_AT_ONCE):
            yield [_piece(row) for row in batch.to_pylist()]

    async def pieces(self, numbers: Sequence[int]) -> dict[int, Piece]:
        """Return pieces by their numbers, as many as there are."""
        if not numbers:
            return {}
        return dict(await self._where(_among(numbers)))

    async def named(self, name: str) -> list[tuple[int, Piece]]:
        """Return the pieces with this id."""
        return await self._where(f"id = '{_quoted(name)}'")

    async def vectors(self, numbers: Sequence[int]) -> tuple[NDArray[np.uint32], Vectors]:
        """Return the vectors of certain pieces, those that there are, with their numbers."""
        query = self._table.query().where(f"{_among(numbers)} AND vector IS NOT NULL")
        found = await query.select(["n", "vector"]).to_arrow()
        return _numbers(found), _matrix(found["vector"], self.width)

    async def tend_if_needed(self) -> None:
        """Put small files together now and then."""
        if self._commits >= _OPTIMISE_AFTER:
            self._commits = 0
            await self._table.optimize(cleanup_older_than=_SETTLED)

    def close(self) -> None:
        self._table.close()
        self._connection.close()

    async def _where(self, condition: str) -> list[tuple[int, Piece]]:
        found = await self._table.query().where(condition).select(["n", *_OF_PIECE]).to_arrow()
        return [_piece(row) for row in found.to_pylist()]


def _import() -> Any:  # noqa: ANN401 - untyped library
    os.environ.setdefault("LANCEDB_LOG", "error")  # Otherwise it warns on standard error.
    import lancedb

    return lancedb


def _schema(width: int) -> Any:  # noqa: ANN401 - untyped library
    import pyarrow as pa  # type: ignore[import-untyped]

    whole = {"at", "first", "last"}
    columns = [pa.field("n", pa.uint32(), nullable=False)]
    for name in _OF_PIECE:
        kind = pa.int32() if name in whole else pa.int64() if name == "mtime" else pa.string()
        columns.append(pa.field(name, pa.list_(pa.string()) if name == "heading" else kind))
    columns.append(pa.field("vector", pa.list_(pa.float32(), width)))
    return pa.schema(columns)


async def _index_numbers(table: Any) -> None:  # noqa: ANN401 - untyped library
    from lancedb.index import BTree

    await table.create_index("n", config=BTree())
    await table.create_index("id", config=BTree())


def _batch(pieces: Mapping[int, Piece], vectors: Vectors | None, width: int) -> Any:  # noqa: ANN401
    import pyarrow as pa

    columns: list[Any] = [pa.array(list(pieces), pa.uint32())]
    schema = _schema(width)
    for name in _OF_PIECE:
        values = [getattr(piece, name) for piece in pieces.values()]
        columns.append(pa.array(values, schema.field(name).type))
    if vectors is None:
        columns.append(pa.nulls(len(pieces), schema.field("vector").type))
    else:
        flat = pa.array(vectors.reshape(-1), pa.float32())
        columns.append(pa.FixedSizeListArray.from_arrays(flat, width))
    return pa.Table.from_arrays(columns, schema=schema)


def _let_go() -> None:
    """Give back what Arrow keeps for later; a table that was listed leaves much of it."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()


def _listed(found: Any, files: Any) -> Listed:  # noqa: ANN401 - untyped library
    found = found.sort_by("n")
    numbers = _numbers(found)
    kinds, languages = (_coded(found[name]) for name in ("kind", "language"))
    firsts = np.flatnonzero(found["at"].to_numpy() == 0)
    heads = files.sort_by("n").select(_OF_FILE[1:]).to_pylist()
    ends = [*firsts[1:].tolist(), len(numbers)] if len(firsts) else []
    return Listed(
        numbers,
        *kinds,
        *languages,
        [
            (first, last, Head(*head.values()))
            for first, last, head in zip(firsts.tolist(), ends, heads, strict=True)
        ],
    )


def _coded(column: Any) -> tuple[list[str], NDArray[np.int32]]:  # noqa: ANN401 - untyped library
    coded = column.combine_chunks().dictionary_encode()
    if hasattr(coded, "combine_chunks"):
        coded = coded.combine_chunks()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy()


def _among(numbers: Sequence[int]) -> str:
    return f"n IN ({', '.join(map(str, numbers))})"


def _numbers(found: Any) -> NDArray[np.uint32]:  # noqa: ANN401 - untyped library
    numbers: NDArray[np.uint32] = found["n"].to_numpy()
    return numbers


def _matrix(column: Any, width: int) -> Vectors:  # noqa: ANN401 - untyped library
    flat = column.combine_chunks().flatten().to_numpy() if len(column) else np.empty(0, np.float32)
    matrix: Vectors = flat.reshape(-1, width)
    return matrix


def _piece(row: dict[str, Any]) -> tuple[int, Piece]:
    number = row.pop("n")
    return number, Piece(**{**row, "heading": tuple(row["heading"])})


def _quoted(text: str) -> str:
    return text.replace("'", "''")
