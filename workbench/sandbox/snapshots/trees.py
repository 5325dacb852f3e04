"""Snapshots as folders of hard links, made seldom: what differs little is a tree and edits."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

import msgspec

from workbench.errors import StoreError
from workbench.sandbox.job import File, Link
from workbench.sandbox.snapshots.cabinet import (
    pack_numbers,
    pack_texts,
    read_file,
    temporary_name,
    unpack_numbers,
    unpack_texts,
    write_file,
)
from workbench.sandbox.snapshots.objects import Objects, hand_over
from workbench.sandbox.snapshots.values import Entry, Kind, Layer, Snapshot

MOST_EDITS = 256
MOST_EDITED_BYTES = 4 << 20
_CANDIDATES = 3
_LIST = ".entries"
_KINDS: tuple[Kind, ...] = ("file", "executable", "link")


class _Written(msgspec.Struct, frozen=True, array_like=True):
    count: int
    paths: bytes
    kinds: bytes
    contents: bytes
    sizes: bytes


class Trees:
    """A folder of trees, each named by its digest, with a list of its entries beside."""

    def __init__(self, folder: Path, objects: Objects) -> None:
        self._folder = folder
        self._objects = objects
        self._entries: dict[str, dict[str, Entry]] = {}
        self._leases: dict[str, int] = {}

    def make(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def layer(self, snapshot: Snapshot) -> Layer:
        """Return the snapshot on the nearest tree there is, or on one of its own."""
        if self._lease(snapshot.digest):
            return self._as_layer(snapshot.digest, {})
        for digest in self.newest()[:_CANDIDATES]:
            edits = self._edits(digest, snapshot)
            if edits is not None and self._lease(digest):
                return self._as_layer(digest, edits)
        self._build(snapshot)
        if not self._lease(snapshot.digest):
            raise StoreError(f"The tree {snapshot.digest} was removed.", "Try again.")
        return self._as_layer(snapshot.digest, {})

    def newest(self) -> list[str]:
        """Return the digests of the trees, the one used last first."""
        found = [
            (entry.stat().st_mtime_ns, entry.name.removesuffix(_LIST))
            for entry in os.scandir(self._folder)
            if entry.name.endswith(_LIST)
        ]
        return [name for _, name in sorted(found, reverse=True) if self._path(name).is_dir()]

    def sweep(self, kept: Collection[str]) -> int:
        """Remove the trees that are not kept and not in use elsewhere, and what was half made."""
        whole = set(self.newest())
        for digest in list(self._leases):
            if digest not in kept:
                self._end_lease(digest)
        gone = [digest for digest in whole - set(kept) if self._is_free(digest)]
        for digest in gone:
            self._remove(digest)
        for entry in list(os.scandir(self._folder)):
            if entry.name.removesuffix(_LIST) not in whole:
                _remove_all(Path(entry.path))
        return len(gone)

    def close(self) -> None:
        for digest in list(self._leases):
            self._end_lease(digest)

    def _path(self, digest: str) -> Path:
        return self._folder / digest

    def _list(self, digest: str) -> Path:
        return self._folder / (digest + _LIST)

    def _as_layer(self, digest: str, edits: Mapping[str, File | Link | None]) -> Layer:
        now = time.time_ns()  # The file system's own clock may stand still between two uses.
        os.utime(self._list(digest), ns=(now, now))
        return Layer(digest, str(self._path(digest)), edits)

    def _lease(self, digest: str) -> bool:
        """Keep other processes from removing the tree for as long as this one may use it."""
        if not self._path(digest).is_dir():
            return False
        if digest in self._leases:
            return True
        try:
            opened = os.open(self._list(digest), os.O_RDONLY)
        except FileNotFoundError:
            return False
        fcntl.flock(opened, fcntl.LOCK_SH)
        self._leases[digest] = opened
        return True

    def _end_lease(self, digest: str) -> None:
        os.close(self._leases.pop(digest))

    def _is_free(self, digest: str) -> bool:
        opened = os.open(self._list(digest), os.O_RDONLY)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(opened)
        return True

    def _remove(self, digest: str) -> None:
        """Take the tree away under another name first, so that nobody sees half of it."""
        gone = self._folder / temporary_name()
        self._path(digest).rename(gone)
        _remove_all(gone)
        self._list(digest).unlink()
        self._entries.pop(digest, None)

    def _entries_of(self, digest: str) -> Mapping[str, Entry] | None:
        if digest not in self._entries:
            written = read_file(self._list(digest), _Written)
            if written is None:
                return None
            self._remember(digest, dict(_unpack(written)))
        return self._entries[digest]

    def _remember(self, digest: str, entries: dict[str, Entry]) -> None:
        while len(self._entries) >= _CANDIDATES:
            del self._entries[next(iter(self._entries))]
        self._entries[digest] = entries

    def _edits(self, digest: str, wanted: Snapshot) -> dict[str, File | Link | None] | None:
        """Return what makes the tree the wanted one, if that is little."""
        base = self._entries_of(digest)
        changed = None if base is None else _differences(base, wanted.entries)
        if base is None or changed is None:
            return None
        entries = {path: wanted.entries[path] for path in sorted(changed & wanted.entries.keys())}
        if sum(entry.size for entry in entries.values()) > MOST_EDITED_BYTES:
            return None
        removed = _removed_places(changed - wanted.entries.keys(), wanted.entries)
        written = {path: self._content(entry) for path, entry in entries.items()}
        return dict.fromkeys(removed) | written

    def _content(self, entry: Entry) -> File | Link:
        if entry.kind == "link":
            return Link(entry.content)
        executable = entry.kind == "executable"
        return File(self._objects.read(entry.content, executable=executable), executable)

    def _build(self, snapshot: Snapshot) -> None:
        """Make the whole tree beside and show it in one step."""
        beside = self._folder / temporary_name()
        try:
            _make_folders(beside, snapshot.entries)
            for path, entry in snapshot.entries.items():
                self._place(f"{beside}/{path}", entry)
            self._write_list(snapshot)
            _rename_if_new(beside, self._path(snapshot.digest))
        finally:
            _remove_all(beside)
        self._remember(snapshot.digest, snapshot.entries)

    def _place(self, target: str, entry: Entry) -> None:
        if entry.kind == "link":
            os.symlink(entry.content, target)  # noqa: PTH211 - paths are texts here
            return
        self._objects.link(entry.content, target, entry.size, executable=entry.kind == "executable")

    def _write_list(self, snapshot: Snapshot) -> None:
        """Never replace a list, for leases are locks on it."""
        beside = self._folder / temporary_name()
        write_file(beside, _pack(snapshot.entries))
        try:
            with suppress(FileExistsError):
                os.link(beside, self._list(snapshot.digest))
        finally:
            beside.unlink()


def _differences(base: Mapping[str, Entry], wanted: Mapping[str, Entry]) -> set[str] | None:
    """Return the paths that are not the same in both, or nothing where they are too many."""
    if abs(len(base) - len(wanted)) > MOST_EDITS:
        return None
    changed: set[str] = set()
    for path, entry in wanted.items():
        if base.get(path) != entry:
            changed.add(path)
            if len(changed) > MOST_EDITS:
                return None
    changed |= base.keys() - wanted.keys()
    return changed if len(changed) <= MOST_EDITS else None


def _removed_places(removed: Collection[str], wanted: Collection[str]) -> list[str]:
    """Return what must go: of a folder with nothing left in it only the folder."""
    folders = _folders(wanted) if removed else set()
    places = {_highest_gone(path, folders) for path in removed}
    return sorted(place for place in places if place not in wanted)


def _highest_gone(path: str, folders: Collection[str]) -> str:
    above = [str(folder) for folder in PurePosixPath(path).parents][:-1]
    return next((folder for folder in reversed(above) if folder not in folders), path)


def _folders(paths: Iterable[str]) -> set[str]:
    """Return every folder that something lies in."""
    found: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in found:
            found.add(above)
            above = above.rpartition("/")[0]
    return found


def _make_folders(root: Path, paths: Iterable[str]) -> None:
    """Make the folders so that any user may look in, whatever this process's umask."""
    for folder in (root, *(root / path for path in sorted(_folders(paths)))):
        folder.mkdir()
        hand_over(folder, 0o755)


def _rename_if_new(path: Path, target: Path) -> None:
    """Another process may have made the same tree in the meantime."""
    try:
        path.rename(target)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise


def _remove_all(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _pack(entries: Mapping[str, Entry]) -> _Written:
    values = entries.values()
    return _Written(
        len(entries),
        pack_texts(entries),
        bytes(_KINDS.index(entry.kind) for entry in values),
        pack_texts(entry.content for entry in values),
        pack_numbers(entry.size for entry in values),
    )


def _unpack(written: _Written) -> Iterator[tuple[str, Entry]]:
    paths = unpack_texts(written.paths, written.count)
    contents = unpack_texts(written.contents, written.count)
    sizes = unpack_numbers(written.sizes)
    for path, kind, content, size in zip(paths, written.kinds, contents, sizes, strict=True):
        yield path, Entry(_KINDS[kind], content, size)
