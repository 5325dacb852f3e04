"""What tests leave in the folder for temporary files: it goes when what left it has ended."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress


def own_folder(name: str) -> str:
    """Let this process and its children have a folder for temporary files of their own."""
    folder = os.path.join(tempfile.gettempdir(), name)
    os.makedirs(folder, exist_ok=True)
    os.environ["TMPDIR"] = folder
    tempfile.tempdir = None  # It is found out anew.
    return folder


class Sweeper:
    """Takes away what came into a folder since; only the process that it was made in does so."""

    def __init__(self) -> None:
        self._folder = tempfile.gettempdir()
        self._owner = os.getpid()
        self._kept = set(os.listdir(self._folder))

    def sweep(self) -> None:
        if os.getpid() != self._owner:
            return
        for name in os.listdir(self._folder):
            if name not in self._kept:
                self._remove(os.path.join(self._folder, name))

    def _remove(self, path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
            return
        with suppress(OSError):  # What cannot be removed is in nobody's way but its own.
            os.unlink(path)
