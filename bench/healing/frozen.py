"""The source that is measured, which stays as it is while others work on it."""

from __future__ import annotations

import compileall
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]
_SHIPPED = ("workbench", "screens", "widgets", "local_models", "configs", "data")


@contextmanager
def source(commit: str | None) -> Iterator[Path]:
    """Return a folder with the source of a commit, compiled, or the working tree."""
    if commit is None:
        yield _REPOSITORY
        return
    with tempfile.TemporaryDirectory(prefix="wb-source-") as place:
        command = ["git", "archive", commit, *_SHIPPED]
        done = subprocess.run(command, cwd=_REPOSITORY, capture_output=True, check=True)
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(place, filter="data")
        compileall.compile_dir(place, quiet=2)
        yield Path(place)
