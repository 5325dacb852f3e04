"""One pass over a source: what is new or different is read, what is gone is forgotten."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from hashlib import sha256

from workbench.api.sources import FileRead
from workbench.knowledge.listing import Found, Listing
from workbench.knowledge.reading.process import Reader
from workbench.knowledge.reading.values import GONE, Ask, Parsed, Part
from workbench.knowledge.values import Index, Piece

FRESH = 2_000_000_000
"""Nanoseconds in which a file can change without its time showing it."""


@dataclass
class Progress:
    """How far a pass is."""

    done: int = 0
    total: int = 0
    passages: int = 0
    began: float = 0.0

    @property
    def rate(self) -> float:
        seconds = time.monotonic() - self.began
        return self.passages / seconds if self.began and seconds > 0 else 0.0


@dataclass(frozen=True)
class Passing:
    """What a pass works with."""

    source: str
    kind: str
    """As `Ask.kind`."""
    index: Index
    reader: Reader
    files: dict[str, FileRead]
    """As they were read; kept up to date."""
    tell: Callable[[Progress], None]
    text: bytes | None = None
    """Of a source that is a text."""

    async def run(
        self,
        listing: Listing,
        between: Callable[[], Awaitable[Collection[str]]],
        *,
        whole: bool = False,
    ) -> Progress:
        """Bring the index to what the listing says; `between` may take in others.

        What it returns was read later than this pass may have read it, so that counts.
        """
        indexed = await self.index.paths(self.source)
        await self._forget((self.files.keys() | indexed.keys()) - listing.files.keys())
        wanted = [
            path
            for path, found in listing.files.items()
            if whole or not _is_same(self.files.get(path), found, indexed.get(path, ""))
        ]
        total = len(listing.files)
        progress = Progress(total - len(wanted), total, 0, time.monotonic())
        self.tell(progress)
        indexed, taken = {} if whole else indexed, set[str]()
        async with aclosing(self._parsed(listing, wanted, indexed)) as every:
            async for path, parsed in every:
                if path not in taken:
                    await self._take(listing.files[path], parsed, path, indexed)
                    progress.passages += len(parsed.parts)
                progress.done += 1
                self.tell(progress)
                taken.update(await between())
        await self.index.flush()
        return progress

    async def change(self, listing: Listing, gone: Sequence[str]) -> set[str]:
        """Take in some files that changed, and return which are different now."""
        before = dict(self.files)
        indexed = await self.index.paths(self.source)
        await self._forget(gone)
        async with aclosing(self._parsed(listing, list(listing.files), indexed)) as every:
            async for path, parsed in every:
                await self._take(listing.files[path], parsed, path, indexed)
        paths = {*gone, *listing.files}
        return {path for path in paths if self.files.get(path) != before.get(path)}

    async def _parsed(
        self, listing: Listing, paths: Sequence[str], indexed: Mapping[str, str]
    ) -> AsyncGenerator[tuple[str, Parsed], None]:
        """Yield files read; while one is taken in, the next one is being read."""
        reading: asyncio.Task[Parsed] | None = None
        try:
            for at, path in enumerate(paths):
                task = reading or self._read(listing, path, indexed)
                parsed = await task
                reading = None
                if at + 1 < len(paths):
                    reading = self._read(listing, paths[at + 1], indexed)
                yield path, parsed
        finally:
            if reading:
                reading.cancel()

    def _read(
        self, listing: Listing, path: str, indexed: Mapping[str, str]
    ) -> asyncio.Task[Parsed]:
        """Have a file read, all of it unless the index has it as it was."""
        found, before = listing.files[path], self.files.get(path)
        has_it = before and (before.digest == indexed.get(path) or not before.pieces)
        known = before.digest if before and has_it and not before.reason else ""
        ask = Ask(listing.root, found.name, self.kind, found.module, known, self.text)
        return asyncio.create_task(self.reader.read(ask))

    async def _take(
        self, found: Found, parsed: Parsed, path: str, indexed: Mapping[str, str]
    ) -> None:
        if parsed.reason == GONE:
            await self._forget([path])
            return
        before = self.files.get(path)
        count = before.pieces if parsed.same and before else len(parsed.parts)
        if not count and path in indexed:
            await self.index.drop(self.source, path)
        elif not parsed.same and count and parsed.digest != indexed.get(path):
            await self.index.put(self.source, path, pieces(self.source, path, parsed))
        self.files[path] = _file(found, parsed, count)

    async def _forget(self, gone: Sequence[str] | set[str]) -> None:
        for path in sorted(gone):
            await self.index.drop(self.source, path)
            self.files.pop(path, None)


def pieces(source: str, path: str, parsed: Parsed) -> list[Piece]:
    """Return the parts of a file with all that is known of them."""
    seen = Counter[str]()
    return [_piece(source, path, parsed, at, seen) for at in range(len(parsed.parts))]


def _piece(source: str, path: str, parsed: Parsed, at: int, seen: Counter[str]) -> Piece:
    part = parsed.parts[at]
    name = _name(source, path, part)
    seen[name] += 1
    return Piece(
        id=sha256(f"{name}\0{seen[name]}".encode()).hexdigest()[:20],
        source=source,
        path=path,
        file=parsed.digest,
        at=at,
        first=part.first,
        last=part.last,
        heading=part.heading,
        kind=part.kind,
        language=part.language,
        symbol=part.symbol,
        text=part.text,
        digest=sha256(part.text.encode()).hexdigest(),
        mtime=parsed.mtime // 1000,
    )


def _name(source: str, path: str, part: Part) -> str:
    return "\0".join((source, path, *part.heading, part.symbol, part.text))


def _file(found: Found, parsed: Parsed, count: int) -> FileRead:
    """Return what is remembered of a file, which may change again within a tick of its clock."""
    mtime, size = (parsed.mtime, parsed.size) if parsed.mtime else (found.mtime, found.size)
    fresh = time.time_ns() - mtime < FRESH
    return FileRead(parsed.digest, size, 0 if fresh else mtime, count, parsed.reason)


def _is_same(before: FileRead | None, found: Found, indexed: str) -> bool:
    """Tell whether a file needs no look: nothing about it changed, and the index has it."""
    if before is None or before.mtime == 0 or before.size != found.size:
        return False
    return before.mtime == found.mtime and (before.pieces == 0 or before.digest == indexed)


def agrees(files: Mapping[str, FileRead], indexed: Mapping[str, str]) -> bool:
    """Tell whether an index has exactly what was read."""
    return {path: one.digest for path, one in files.items() if one.pieces} == dict(indexed)
