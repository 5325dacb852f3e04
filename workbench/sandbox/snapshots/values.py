"""What a snapshot is, as values; nothing here touches a disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from workbench.sandbox.job import Edits

Kind = Literal["file", "executable", "link"]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What lies at one path."""

    kind: Kind
    content: str
    """The SHA-256 of the bytes, or where a link points to."""
    size: int = 0


class Skipped(msgspec.Struct, frozen=True):
    """A path that is not in a snapshot although nothing ignores it."""

    path: str
    reason: str


class Snapshot(msgspec.Struct, frozen=True):
    """One state of a project; folders are there when something lies in them, as in git."""

    digest: str
    entries: dict[str, Entry]
    """By path from the project, sorted; a name that is no UTF-8 has surrogates."""
    skipped: tuple[Skipped, ...] = ()
    """The first of them."""
    skipped_count: int = 0

    def with_changes(self, changes: Mapping[str, bytes | None]) -> Snapshot:
        """Return the state with other contents, stored nowhere; None takes a path away."""
        entries = dict(self.entries)
        for path, content in changes.items():
            if content is None:
                del entries[path]
        for path, content in changes.items():
            if content is not None:
                entries[path] = _changed(self.entries.get(path), content)
        _refuse_impossible(entries, [path for path in changes if path not in self.entries])
        return snapshot_of(entries)


class Layer(msgspec.Struct, frozen=True):
    """A snapshot as a folder to mount and what differs from it.

    Edits are carried out in their order: what lies at the path goes, with all below it, then comes
    what is wanted there.
    """

    tree: str
    """The digest of the tree, which is its name in the folder of trees."""
    folder: str
    edits: Edits


def snapshot_of(
    entries: Mapping[str, Entry], skipped: Iterable[Skipped] = (), skipped_count: int = 0
) -> Snapshot:
    """Return the snapshot that holds exactly `entries`, whatever their order."""
    ordered = dict(sorted(entries.items()))
    return Snapshot(_digest(ordered), ordered, tuple(skipped), skipped_count)


def hash_of(content: bytes) -> str:
    return sha256(content).hexdigest()


def _digest(ordered: Mapping[str, Entry]) -> str:
    """No path, link or hash holds a NUL, so no two states are written alike."""
    text = "".join([f"{path}\0{e.kind}\0{e.content}\0" for path, e in ordered.items()])
    return sha256(os.fsencode(text)).hexdigest()


def _changed(before: Entry | None, content: bytes) -> Entry:
    kind: Kind = "executable" if before and before.kind == "executable" else "file"
    return Entry(kind, hash_of(content), len(content))


def _refuse_impossible(entries: Mapping[str, Entry], added: Iterable[str]) -> None:
    for path in added:
        above = (str(folder) for folder in PurePosixPath(path).parents)
        inside_a_file = any(folder in entries for folder in above)
        if not _is_plain(path) or inside_a_file or _is_folder(entries, path):
            raise ValueError(f"no file can lie at {path!r}")


def _is_plain(path: str) -> bool:
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def _is_folder(entries: Mapping[str, Entry], path: str) -> bool:
    return any(other.startswith(path + "/") for other in entries)
