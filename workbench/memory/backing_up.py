"""Copies of what is remembered, where a person wants them: each whole, the oldest goes first."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

_NAMED = re.compile(r"workbench-memory-\d{8}T\d{6}Z\.zip")
_DAY = 86_400.0


def back_up(folder: Path, files: Mapping[str, str], days: float, keep: int) -> str:
    """Write the next copy if it is due; return what is wrong, in a sentence, or nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copies = _copies(folder)
        now = datetime.now(UTC)
        if copies and now.timestamp() - copies[-1].stat().st_mtime < days * _DAY:
            return ""
        _write(folder / f"workbench-memory-{now:%Y%m%dT%H%M%SZ}.zip", files)
        for old in _copies(folder)[:-keep]:
            old.unlink()
    except OSError as error:
        return f"What is remembered could not be copied to {folder}: {error.strerror}."
    return ""


def _copies(folder: Path) -> list[Path]:
    """Return the copies that were made, the oldest first."""
    return sorted(path for path in folder.iterdir() if _NAMED.fullmatch(path.name))


def _write(path: Path, files: Mapping[str, str]) -> None:
    beside = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with beside.open("xb") as file:
            beside.chmod(0o600)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                for name, text in files.items():
                    packed.writestr(name, text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
