"""Writing reports: each is there whole, or as it was before."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from workbench.errors import StoreError

_IGNORE = ".gitignore"


def write_whole(place: Path, content: bytes) -> None:
    """Put a file where a report goes; a link that is there is replaced and not followed."""
    beside = place.with_name(f".{place.name}.{token_hex(4)}")
    try:
        _make(place.parent)
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise _unwritten(place, error) from error


def write_folder(place: Path, files: Mapping[str, bytes]) -> None:
    """Put a folder of files in the place of the one that is there."""
    beside = place.with_name(f".{place.name}.{token_hex(4)}")
    gone = place.with_name(f".{place.name}.{token_hex(4)}")
    try:
        _make(place.parent)
        beside.mkdir()
        if not place.exists() or (place / _IGNORE).exists():
            (beside / _IGNORE).write_text("*\n", encoding="utf-8")
        for name, content in files.items():
            (beside / name).write_bytes(content)
        _exchange(place, beside, gone)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        raise _unwritten(place, error) from error


def append(place: Path, content: bytes) -> None:
    """Add to a file that others add to as well."""
    try:
        with place.open("ab") as file:
            file.write(content)
    except OSError as error:
        raise _unwritten(place, error) from error


def _exchange(place: Path, beside: Path, gone: Path) -> None:
    with suppress(FileNotFoundError):
        place.rename(gone)
    try:
        beside.rename(place)
    except OSError:
        with suppress(OSError):
            gone.rename(place)
        raise
    if gone.is_symlink():
        gone.unlink()
    shutil.rmtree(gone, ignore_errors=True)


def _make(folder: Path) -> None:
    """Make a folder for reports; a new one ignores itself in git, so that it is never tested."""
    if folder.is_dir():
        return
    above = folder
    while not above.parent.is_dir():
        above = above.parent
    folder.mkdir(parents=True)
    (above / _IGNORE).write_text("*\n", encoding="utf-8")


def _unwritten(place: Path, error: OSError) -> StoreError:
    return StoreError(
        f"The report {place.name} could not be written: {error.strerror}.",
        "Is the folder writable, and the disk not full?",
    )
