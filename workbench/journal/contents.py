"""What files held and were to hold, kept for as long as the journal: each content once, by hash."""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from workbench.errors import StoreError


class Contents:
    """A folder of contents that never change and never go; what is put there is durable."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Keep bytes on the disk, and return the hash that names them."""
        digest = sha256(content).hexdigest()
        place = self._place(digest)
        try:
            if not _holds(place, content):
                _write(place, content)
        except OSError as error:
            raise StoreError(
                f"Nothing can be kept in {self._folder}: {error.strerror}.",
                "Free some space, or make the folder writable.",
            ) from error
        return digest

    def read(self, digest: str) -> bytes:
        """Return what a digest names, which is checked."""
        try:
            content = self._place(digest).read_bytes()
        except OSError as error:
            raise _lost(digest) from error
        if sha256(content).hexdigest() != digest:
            raise _lost(digest)
        return content

    def read_file(self, digest: str) -> bytes | None:
        """Return what a file held; the empty digest is that of a file that was not there."""
        return self.read(digest) if digest else None

    def holds(self, digest: str) -> bool:
        return self._place(digest).is_file()

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]


def _lost(digest: str) -> StoreError:
    return StoreError(
        f"The content {digest[:12]} is lost or damaged.",
        "What rests on it cannot be shown or written; `workbench audit verify` names the rest.",
    )


def _holds(place: Path, content: bytes) -> bool:
    try:
        return place.read_bytes() == content
    except FileNotFoundError:
        return False


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{token_hex(4)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
        sync_folder(place.parent)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
