"""States of sequences on disk, by model and tokens: checked before they are trusted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from local_models.worker.prefixes import common
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import NOT_OURS

Reader = Callable[[int], bytes]

_MARK = b"WBSTATE1"
_SUFFIX = ".state"
_DIGEST = 32
_LONGEST_HEADER = 16 << 20


class Header(msgspec.Struct, frozen=True):
    """What stands before a state."""

    model: str
    """SHA-256 of the model's file."""
    shape: str
    """What else must be the same: the kind of cache, llama.cpp's version."""
    tokens: tuple[int, ...]
    size: int
    digest: bytes
    """Of all that stands above, and of the state."""


@dataclass(frozen=True)
class Kept:
    """A state that was read back and is as it was written."""

    tokens: tuple[int, ...]
    state: bytes


class StateStore:
    """The states of one model in a folder that others may share, under a cap of bytes."""

    def __init__(self, folder: Path, model: str, shape: str, most_bytes: int) -> None:
        self._folder = folder
        self._model = model
        self._shape = shape
        self._most_bytes = most_bytes
        self._known: dict[Path, tuple[int, tuple[int, ...]]] = {}

    def save(self, tokens: Sequence[int], state: bytes) -> int:
        """Write a state beside the others and return its bytes; the oldest make room for it."""
        header = Header(self._model, self._shape, tuple(tokens), len(state), b"")
        header = msgspec.structs.replace(header, digest=_digest(header, state))
        data = msgspec.msgpack.encode(header)
        total = len(_MARK) + 4 + len(data) + len(state)
        if total > self._most_bytes:
            raise _no_room(f"it takes {total:,} bytes and {self._most_bytes:,} are allowed")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(total)
            _write(self._path(tokens), _MARK, len(data).to_bytes(4, "big"), data, state)
        except OSError as error:
            raise _no_room(error.strerror or str(error)) from error
        return total

    def longest(self, wanted: Sequence[int]) -> int:
        """Return how much of the beginning of `wanted` the best of the states would give."""
        best = self._best(wanted)
        return common(best[1], wanted) if best else 0

    def load(self, wanted: Sequence[int]) -> Kept | None:
        """Read the best state for `wanted`; one that was damaged is removed."""
        best = self._best(wanted)
        if best is None:
            return None
        path, tokens = best
        try:
            kept = self._read(path, tokens)
        except OSError:
            return None
        if kept is None:
            path.unlink(missing_ok=True)
        else:
            with suppress(OSError):  # It may be another's, who has just removed it.
                os.utime(path)
        return kept

    def _best(self, wanted: Sequence[int]) -> tuple[Path, tuple[int, ...]] | None:
        return max(self._all(), key=lambda found: common(found[1], wanted), default=None)

    def _all(self) -> Iterator[tuple[Path, tuple[int, ...]]]:
        found = dict(_stats(self._folder, f"{self._stem}-*{_SUFFIX}"))
        self._known = {path: known for path, known in self._known.items() if path in found}
        for path, at in found.items():
            known = self._known.get(path)
            if known is None or known[0] != at.st_ino:
                known = (at.st_ino, self._tokens(path))
                self._known[path] = known
            if known[1]:
                yield path, known[1]

    def _tokens(self, path: Path) -> tuple[int, ...]:
        header = _header(path)
        ours = header is not None and (header.model, header.shape) == (self._model, self._shape)
        return header.tokens if header and ours else ()

    def _read(self, path: Path, tokens: tuple[int, ...]) -> Kept | None:
        header, state = _contents(path)
        if header is None or header.tokens != tokens or len(state) != header.size:
            return None
        if _digest(header, state) != header.digest:
            return None
        return Kept(tokens, state)

    def _make_room(self, wanted: int) -> None:
        everything = _stats(self._folder, f"*{_SUFFIX}")
        oldest_first = sorted(everything, key=lambda found: found[1].st_mtime_ns)
        used = sum(found.st_size for _, found in oldest_first)
        for path, found in oldest_first:
            if used + wanted <= self._most_bytes:
                return
            path.unlink(missing_ok=True)
            used -= found.st_size

    @property
    def _stem(self) -> str:
        return self._model[:16]

    def _path(self, tokens: Sequence[int]) -> Path:
        key = blake2b(f"{self._shape}:{tuple(tokens)}".encode(), digest_size=16).hexdigest()
        return self._folder / f"{self._stem}-{key}{_SUFFIX}"


def _stats(folder: Path, pattern: str) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.glob(pattern):
        with suppress(OSError):  # Another worker may have just removed it.
            yield path, path.stat()


def _write(path: Path, *parts: bytes) -> None:
    """Write a whole file or none."""
    descriptor, name = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _header(path: Path) -> Header | None:
    try:
        with path.open("rb") as file:
            return _parsed(file.read(len(_MARK) + 4), file.read)
    except (OSError, *NOT_OURS):
        return None


def _contents(path: Path) -> tuple[Header | None, bytes]:
    with path.open("rb") as file:
        try:
            return _parsed(file.read(len(_MARK) + 4), file.read), file.read()
        except NOT_OURS:
            return None, b""


def _parsed(start: bytes, read: Reader) -> Header | None:
    size = int.from_bytes(start[len(_MARK) :], "big")
    if start[: len(_MARK)] != _MARK or size > _LONGEST_HEADER:
        return None
    return msgspec.msgpack.decode(read(size), type=Header)


def _digest(header: Header, state: bytes) -> bytes:
    bare = msgspec.structs.replace(header, digest=b"")
    found = blake2b(msgspec.msgpack.encode(bare), digest_size=_DIGEST)
    found.update(state)
    return found.digest()


def _no_room(why: str) -> WorkerError:
    return WorkerError(
        "disk",
        f"The state of the conversation could not be kept: {why}.",
        "Nothing is lost: it is computed again next time, which takes longer.",
    )
