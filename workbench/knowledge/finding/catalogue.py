"""What is known of each piece without looking it up: its file, kind and language, and who lives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.knowledge.values import Piece

Mask = NDArray[np.bool_]
Numbered = Sequence[int] | NDArray[np.uint8]
_LEAST = 1024


class Head(NamedTuple):
    """What tells a file from others, and when it was as it is."""

    source: str
    path: str
    digest: str
    mtime: int


@dataclass(slots=True)
class File:
    """A file of a source, and the numbers of its pieces, which follow each other."""

    code: int
    source: str
    path: str
    digest: str
    mtime: int
    start: int
    count: int

    @property
    def numbers(self) -> range:
        return range(self.start, self.start + self.count)


class Codes:
    """Short numbers for a few names."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))

    def allowed(self, names: Iterable[str]) -> NDArray[np.bool_]:
        """Return for each number whether its name is among these."""
        wanted = {name.casefold() for name in names}
        return np.array([name.casefold() in wanted for name in (*self.numbers, "")], np.bool_)


class Catalogue:
    """All files by source and path, and columns by the number of a piece."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], File] = {}
        self.by_code: list[File] = []
        self.kinds, self.languages, self.sources = Codes(), Codes(), Codes()
        self.next = 1
        self.living = 0
        self.changes = 0
        """Grows with each file that comes or goes."""
        self.source_of = np.zeros(_LEAST, np.uint16)
        self.file_of = np.zeros(_LEAST, np.uint32)
        self.kind_of = np.zeros(_LEAST, np.uint8)
        self.language_of = np.zeros(_LEAST, np.uint8)
        self.alive = np.zeros(_LEAST, np.bool_)

    def put(self, source: str, path: str, pieces: Sequence[Piece]) -> tuple[File, File | None]:
        """Give the pieces of a file numbers; return it, and the one that it takes the place of."""
        before = self.drop(source, path)
        digest, mtime = (pieces[0].file, pieces[0].mtime) if pieces else ("", 0)
        kinds = [self.kinds.number(piece.kind) for piece in pieces]
        languages = [self.languages.number(piece.language) for piece in pieces]
        head = Head(source, path, digest, mtime)
        return self.enter(head, self.next, kinds, languages), before

    def enter(self, head: Head, start: int, kinds: Numbered, languages: Numbered) -> File:
        """Take in a file whose pieces have numbers from `start` on."""
        end = start + len(kinds)
        self._make_room(end)
        file = File(len(self.by_code), *head, start, len(kinds))
        self.by_code.append(file)
        self.changes += 1
        if len(kinds):
            self.files[head.source, head.path] = file
        self.file_of[start:end] = file.code
        self.source_of[start:end] = self.sources.number(head.source)
        self.kind_of[start:end] = kinds
        self.language_of[start:end] = languages
        self.alive[start:end] = True
        self.living += len(kinds)
        self.next = max(self.next, end)
        return file

    def reserve(self, end: int) -> None:
        """Give no number below `end` to a new piece: it was somebody's."""
        self._make_room(end)
        self.next = max(self.next, end)

    def drop(self, source: str, path: str) -> File | None:
        """Let a file die, and return it."""
        file = self.files.pop((source, path), None)
        if file is not None:
            self.alive[file.start : file.start + file.count] = False
            self.living -= file.count
            self.changes += 1
        return file

    def of_source(self, source: str) -> list[File]:
        return [file for file in self.files.values() if file.source == source]

    def file(self, number: int) -> File:
        return self.by_code[int(self.file_of[number])]

    def _make_room(self, end: int) -> None:
        size = len(self.alive)
        if end <= size:
            return
        more = max(end - size, size // 2)
        for name in ("source_of", "file_of", "kind_of", "language_of", "alive"):
            column = getattr(self, name)
            setattr(self, name, np.concatenate([column, np.zeros(more, column.dtype)]))
