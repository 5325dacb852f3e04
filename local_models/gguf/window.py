"""Going through the beginning of a file that nobody trusts, in one direction and up to a cap."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from operator import length_hint
from pathlib import Path
from struct import Struct
from struct import error as StructError  # noqa: N812 - an exception

SCALARS = {
    0: Struct("<B"),
    1: Struct("<b"),
    2: Struct("<H"),
    3: Struct("<h"),
    4: Struct("<I"),
    5: Struct("<i"),
    6: Struct("<f"),
    7: Struct("<?"),
    10: Struct("<Q"),
    11: Struct("<q"),
    12: Struct("<d"),
}
"""The numbers of GGUF, by the kind that stands before them."""
U32, U64 = SCALARS[4], SCALARS[10]
LARGEST_HEADER = 64 * 1024 * 1024
"""How much of a file is read at most; the largest vocabularies in use take a quarter of it."""
_WINDOW = 256 * 1024
_SPOILT = "Get the file again, and compare its SHA-256 with the one that its source names."


class Malformed(Exception):
    """What is wrong with the file, as the rest of a sentence that begins with its name."""

    def __init__(self, complaint: str, hint: str = _SPOILT) -> None:
        super().__init__(complaint)
        self.complaint = complaint
        self.hint = hint


@contextmanager
def opened(path: Path) -> Iterator[tuple[int, int]]:
    """Open a regular file: a pipe or a device could keep whoever reads it waiting for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Malformed("is no file", "Name a GGUF file.")
        yield descriptor, found.st_size
    finally:
        os.close(descriptor)


class Window:
    """Goes through a file in one direction; no byte is read twice, and none behind the cap."""

    def __init__(self, descriptor: int, size: int) -> None:
        self.size = size
        self._descriptor = descriptor
        self._limit = min(size, LARGEST_HEADER)
        self._start = 0
        self._bytes = b""
        self._position = 0
        """Within the window; behind its end where something was skipped."""

    @property
    def place(self) -> int:
        return self._start + self._position

    def take(self, count: int) -> bytes:
        self._need(count)
        taken = self._bytes[self._position : self._position + count]
        self._position += count
        return taken

    def number(self, layout: Struct) -> int | float | bool:
        self._need(layout.size)
        (found,) = layout.unpack_from(self._bytes, self._position)
        self._position += layout.size
        return found  # type: ignore[no-any-return]

    def count(self, layout: Struct, most: int, what: str) -> int:
        """Return a number of things that are to come, if there can be that many."""
        found = int(self.number(layout))
        if found > most:
            raise Malformed(f"claims to have {found} {what}, which no model has")
        return found

    def text(self, longest: int, what: str) -> str:
        length = self.count(U64, longest, f"bytes of {what}")
        return self.take(length).decode("utf-8", "replace")

    def skip(self, count: int) -> None:
        self._position += count
        self._refuse_behind_the_end(0)

    def skip_strings(self, count: int) -> None:
        """Step over texts by their lengths alone: a vocabulary has hundreds of thousands."""
        while count:
            self._need(U64.size)
            count -= self._hop(count)

    def _hop(self, count: int) -> int:
        """Step over as many texts as have their length in the window; return how many."""
        window, position, length = self._bytes, self._position, U64.unpack_from
        turns = iter(range(count))
        try:
            for _ in turns:
                position += 8 + length(window, position)[0]
        except (StructError, OverflowError):
            done = count - length_hint(turns) - 1
        else:
            done = count
        self._position = position
        self._refuse_behind_the_end(0)
        return done

    def _need(self, count: int) -> None:
        if self._position + count > len(self._bytes):
            self._refuse_behind_the_end(count)
            self._advance(count)

    def _refuse_behind_the_end(self, count: int) -> None:
        if self.place + count > self.size:
            raise Malformed("is cut short: it ends within its header")
        if self.place + count > self._limit:
            raise Malformed(f"has a header of more than {LARGEST_HEADER >> 20} MB")

    def _advance(self, count: int) -> None:
        """Bring the window to the place, with `count` bytes at least."""
        kept = self._bytes[self._position :]
        self._start, self._position = self.place, 0
        parts = [kept]
        have = len(kept)
        while have < count:
            at = self._start + have
            got = os.pread(self._descriptor, min(max(_WINDOW, count - have), self._limit - at), at)
            if not got:
                raise Malformed("became shorter while it was read")
            parts.append(got)
            have += len(got)
        self._bytes = b"".join(parts)
