"""The import of the project's own files: from text, with a counter in the code."""

from __future__ import annotations

import os
import sys
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any

from . import compiling
from .sources import Text, decoded, encoded

_SITE = ("site-packages", "dist-packages")


class Loader:
    """Takes the place of Python's own loader for what lies in the project."""

    def __init__(self, project: str) -> None:
        self.project = os.path.realpath(project)
        self.instead: dict[str, CodeType] = {}
        """What takes the place of files, by path in the project."""
        self.codes: dict[str, CodeType] = {}
        """What was compiled, by path in the project."""
        self._texts: dict[str, Text] = {}
        self._paths: dict[str, str | None] = {}
        self._prefixes = tuple({self._slashed(sys.prefix), self._slashed(sys.base_prefix)})

    def install(self) -> None:
        original = SourceFileLoader.get_code

        def get_code(loader: Any, fullname: str) -> Any:
            path = self.path_of(loader.get_filename(fullname))
            return original(loader, fullname) if path is None else self.code(path)

        SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]

    def path_of(self, file: str) -> str | None:
        """Return where a file lies in the project; nothing if it is not the project's own."""
        if file not in self._paths:
            self._paths[file] = self._path_of(file)
        return self._paths[file]

    def _path_of(self, file: str) -> str | None:
        real = os.path.realpath(file)
        inside = real.startswith(self.project + "/") and real.endswith(".py")
        if not inside or any(part in _SITE for part in real.split("/")):
            return None
        installed = any(real.startswith(one) for one in self._prefixes if self._is_below(one))
        return None if installed else real[len(self.project) + 1 :]

    def _is_below(self, prefix: str) -> bool:
        """Tell whether an environment lies in the project, so that it is not all of it."""
        return prefix.startswith(self.project + "/") and prefix != self.project + "/"

    @staticmethod
    def _slashed(path: str) -> str:
        return os.path.realpath(path) + "/"

    def file_of(self, path: str) -> str:
        return f"{self.project}/{path}"

    def code(self, path: str) -> CodeType:
        """Return the code of a file, or of what takes its place."""
        return self.instead.get(path) or self.original(path)

    def original(self, path: str) -> CodeType:
        if path not in self.codes:
            self.codes[path] = self.compiled(path, self._read(path))
        return self.codes[path]

    def compiled(self, path: str, text: str) -> CodeType:
        return compiling.whole(text, self.file_of(path))

    def text(self, path: str) -> Text:
        """Return a file as it was when it was first asked for."""
        if path not in self._texts:
            self._texts[path] = Text(self._read(path))
        return self._texts[path]

    def write(self, path: str, text: str) -> bytes:
        """Put a text on the disk in the encoding of what lies there, which is returned."""
        with open(self.file_of(path), "rb") as file:
            before = file.read()
        self.write_bytes(path, encoded(text, before))
        return before

    def write_bytes(self, path: str, content: bytes) -> None:
        """Put a new file there, since the old one may not be written to."""
        target = self.file_of(path)
        mode = os.stat(target).st_mode
        with open(f"{target}.new", "wb") as file:
            file.write(content)
        os.chmod(f"{target}.new", mode)
        os.replace(f"{target}.new", target)

    def _read(self, path: str) -> str:
        with open(self.file_of(path), "rb") as file:
            return decoded(file.read())
