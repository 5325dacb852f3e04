"""Contents, each kept once under its hash; executables are kept beside, since a mode is shared."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Container
from hashlib import file_digest, sha256
from pathlib import Path

from workbench.errors import StoreError
from workbench.sandbox.plan import OUTER_ID
from workbench.sandbox.snapshots.cabinet import temporary_name
from workbench.sandbox.snapshots.telling import store_trouble

SMALL = 1 << 20
"""Read into memory up to this many bytes; what is larger is copied beside first."""
_FICLONE = 0x40049409
_UNLINKABLE = (errno.EMLINK, errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP)
"""An empty `__init__.py` may have more names than a file system allows."""
_MODES = {False: 0o644, True: 0o755}
_EXECUTABLE = "x"


class ContentLostError(StoreError):
    """An object is not there or not whole."""


def lost(content: str) -> ContentLostError:
    return ContentLostError(
        f"The snapshot store has lost a content ({content[:12]}).",
        "Try again: the project is read anew.",
    )


class Objects:
    """A folder of contents, which never change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = str(folder)
        self._new = folder / "new"
        """Where all are written first: ext4 makes files in one folder several times faster."""

    def make(self) -> None:
        """Make all folders at once, so that storing never has to; the last one shows it is done."""
        if self._new.is_dir():
            return
        for number in range(256):
            (self._folder / f"{number:02x}").mkdir(parents=True, exist_ok=True)
        self._new.mkdir(exist_ok=True)

    def place(self, content: str, *, executable: bool) -> str:
        """Return where the bytes with that hash lie, or would."""
        return f"{self._root}/{content[:2]}/{content[2:]}{_EXECUTABLE if executable else ''}"

    def keep(self, source: int, size: int, *, executable: bool) -> tuple[str, int]:
        """Keep what can be read from a descriptor; return hash and size of exactly that."""
        if size > SMALL:
            return self._keep_large(source, size, executable=executable)
        content = _read(source, size)
        return self.keep_bytes(content, executable=executable), len(content)

    def forget(self, content: str, *, executable: bool) -> None:
        Path(self.place(content, executable=executable)).unlink(missing_ok=True)

    def read(self, content: str, *, executable: bool) -> bytes:
        """Return the bytes, which are checked against their name."""
        place = Path(self.place(content, executable=executable))
        try:
            found = place.read_bytes()
        except FileNotFoundError as error:
            raise lost(content) from error
        if sha256(found).hexdigest() != content:
            place.unlink()
            raise lost(content)
        return found

    def link(self, content: str, target: str, size: int, *, executable: bool) -> None:
        """Put the object at `target`; one that a crash left short is removed and told."""
        place = self.place(content, executable=executable)
        try:
            os.link(place, target)
        except FileNotFoundError as error:
            raise lost(content) from error
        except OSError as error:
            if error.errno not in _UNLINKABLE:
                raise
            _copy_file(place, target, _MODES[executable])
        if not _is_whole(target, size):
            self.forget(content, executable=executable)
            raise lost(content)

    def sweep(self, kept: Container[str]) -> int:
        """Remove what no tree links to and nobody keeps; return how many bytes that gave."""
        freed = 0
        for folder in os.scandir(self._root):
            for found in os.scandir(folder.path):
                content = folder.name + found.name.removesuffix(_EXECUTABLE)
                stat = found.stat(follow_symlinks=False)
                if found.name.startswith(".") or (stat.st_nlink == 1 and content not in kept):
                    Path(found.path).unlink()
                    freed += stat.st_size
        return freed

    def keep_bytes(self, content: bytes, *, executable: bool) -> str:
        """Keep bytes; return their hash."""
        name = sha256(content).hexdigest()
        place = self.place(name, executable=executable)
        if not _is_whole(place, len(content)):
            with store_trouble(self._folder):
                self._write(place, content, executable=executable)
        return name

    def _write(self, place: str, content: bytes, *, executable: bool) -> None:
        beside = f"{self._root}/new/{temporary_name()}"
        target = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _write_all(target, content)
            hand_over(target, _MODES[executable])
            os.rename(beside, place)  # noqa: PTH104 - twice as fast
        except BaseException:
            os.unlink(beside)  # noqa: PTH108 - as above
            raise
        finally:
            os.close(target)

    def _keep_large(self, source: int, size: int, *, executable: bool) -> tuple[str, int]:
        """Copy first and name the copy after what it holds, so the two cannot disagree."""
        beside = self._new / temporary_name()
        try:
            with store_trouble(self._folder):
                target = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                name, size = self._copy(source, target, size)
                hand_over(target, _MODES[executable])
            finally:
                os.close(target)
            place = self.place(name, executable=executable)
            if not _is_whole(place, size):
                with store_trouble(self._folder):
                    beside.replace(place)
        finally:
            beside.unlink(missing_ok=True)
        return name, size

    def _copy(self, source: int, target: int, limit: int) -> tuple[str, int]:
        """Share the blocks where the file system can; else copy what is hashed."""
        try:
            fcntl.ioctl(target, _FICLONE, source)
        except OSError:
            return self._copy_bytes(source, target, limit)
        with os.fdopen(target, "rb", closefd=False) as file:
            return file_digest(file, "sha256").hexdigest(), os.fstat(target).st_size

    def _copy_bytes(self, source: int, target: int, limit: int) -> tuple[str, int]:
        """Stop behind `limit`: a file that grows as fast as it is copied has no end."""
        hashed, size = sha256(), 0
        while size <= limit and (chunk := os.read(source, SMALL)):
            hashed.update(chunk)
            size += len(chunk)
            with store_trouble(self._folder):
                _write_all(target, chunk)
        return hashed.hexdigest(), size


def _read(source: int, size: int) -> bytes:
    content = os.read(source, size)
    while len(content) < size and (more := os.read(source, size - len(content))):
        content += more
    return content


def _write_all(target: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(target, rest) :]


def _copy_file(place: str, target: str, mode: int) -> None:
    shutil.copyfile(place, target)
    hand_over(target, mode)


def hand_over(target: int | str | Path, mode: int) -> None:
    """Let the user that boxes run as own `target`, so that a job may change its view of it."""
    os.chmod(target, mode)  # noqa: PTH101 - it may be a descriptor
    if os.geteuid() == 0:
        os.chown(target, OUTER_ID, OUTER_ID)


def _is_whole(place: str, size: int) -> bool:
    """Find what a crash left short: the name of an object comes to the disk before its bytes."""
    try:
        return os.stat(place, follow_symlinks=False).st_size == size  # noqa: PTH116 - as above
    except FileNotFoundError:
        return False
