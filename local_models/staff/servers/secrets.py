"""A server's key: read where the settings say that it lies, and shown nowhere."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from workbench.errors import ConfigurationError
from workbench.visible import visible_line

_LARGEST = 8192
_PLAIN = re.compile(r"[!-~]+")
_FORMS = "Say `env:VARIABLE` or `file:/path/of/the/key`; the key itself never stands in settings."
_SHORTEST_HIDDEN = 4


class Secret:
    """Text that no message, log or traceback has to show."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)

    @property
    def header(self) -> dict[str, str]:
        """Return what carries it to its server."""
        return {"Authorization": f"Bearer {self._text}"} if self._text else {}

    def hidden(self, text: str) -> str:
        """Return `text` without it: a server may say it back."""
        if len(self._text) < _SHORTEST_HIDDEN:
            return text
        return text.replace(self._text, "…")


NONE = Secret("")


def read_secret(name: str, where: str, environ: Mapping[str, str]) -> Secret:
    """Return the key of the server `name`."""
    kind, _, rest = where.partition(":")
    if kind == "env" and rest:
        text = environ.get(rest, "")
        source = f"the variable {visible_line(rest)}"
    elif kind == "file" and rest:
        text = _from_file(name, Path(rest).expanduser())
        source = f"the file {visible_line(rest)}"
    else:
        # What stands there may be the key itself, so that it is not told.
        raise ConfigurationError(f"models.keys.{visible_line(name)} names no place.", _FORMS)
    if not _PLAIN.fullmatch(text.strip()):
        state = "is not set" if not text.strip() else "holds no key"
        raise ConfigurationError(
            f"The key of the server {visible_line(name)} cannot be read: {source} {state}.",
            "The process in the background reads it: after setting a variable,"
            " `workbench host stop`.",
        )
    return Secret(text.strip())


def _from_file(name: str, path: Path) -> str:
    told = f"The key of the server {visible_line(name)} cannot be read: {visible_line(str(path))}"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigurationError(f"{told} is not a file.", _FORMS)
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{told}: {error.strerror}.", _FORMS) from None
    if len(data) > _LARGEST or not data.isascii():
        raise ConfigurationError(f"{told} holds no key.", _FORMS)
    return data.decode("ascii")
