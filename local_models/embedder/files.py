"""The embedder's files: which they are, where they lie, whether they are the right ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import msgspec

from workbench.errors import ModelError

NAME = "all-minilm-l6-v2"
FULL_TEXT_ALONE = "without an embedder, search is by words alone"
_INSTALL = f"Run `workbench models install-default`; {FULL_TEXT_ALONE}."
_STAMPS = "checked.json"
_Stamp = tuple[int, int, int]

Progress = Callable[[int, int], None]
"""Told how many bytes are done, and how many there are."""


@dataclass(frozen=True)
class Pinned:
    """A file whose every byte is known."""

    name: str
    size: int
    sha256: str


WEIGHTS = Pinned(
    "model.safetensors",
    90_868_376,
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
VOCABULARY = Pinned(
    "vocab.txt",
    231_508,
    "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
)
PINNED = (WEIGHTS, VOCABULARY)
TOTAL = sum(file.size for file in PINNED)


def default_folder() -> Path:
    """Return where the files lie: the user's own, shared by all projects."""
    from platformdirs import user_data_path

    return user_data_path("workbench", appauthor=False) / "embedder" / NAME


def cache_folder() -> Path:
    """Return where lies what is made of them: it can be made again, and so it may be deleted."""
    from platformdirs import user_cache_path

    return user_cache_path("workbench", appauthor=False) / "embedder" / NAME


def why_unusable(folder: Path) -> str:
    """Return, after a glance at sizes, why there is no embedder in `folder`; empty if there is."""
    for file in PINNED:
        path = folder / file.name
        try:
            size = path.stat().st_size
        except OSError as error:
            return f"The embedder's file {path} cannot be used: {error.strerror}"
        if size != file.size:
            return f"The embedder's file {path} has {size:,} bytes instead of {file.size:,}"
    return ""


def check(folder: Path) -> None:
    """Refuse files that are not the right ones; one is read again only if it was touched since."""
    if problem := why_unusable(folder):
        raise ModelError(f"{problem}.", _INSTALL)
    if _known(folder) == _stamps(folder, PINNED):
        return
    for file in PINNED:
        with (folder / file.name).open("rb") as stream:
            refuse_other(file, sha256_of(stream), folder / file.name)
    remember(folder)


def are_right(folder: Path, wanted: Sequence[Pinned]) -> bool:
    """Tell whether files are there and the right ones, reading only what was touched since."""
    try:
        stamps = _stamps(folder, wanted)
    except FileNotFoundError:
        return False
    if _known(folder) == stamps:
        return True
    for file in wanted:
        with (folder / file.name).open("rb") as stream:
            if stamps[file.name][0] != file.size or sha256_of(stream) != file.sha256:
                return False
    remember(folder, wanted)
    return True


def remember(folder: Path, right: Sequence[Pinned] = PINNED) -> None:
    """Note that the files are the right ones as they are now."""
    stamps = _stamps(folder, right)
    with suppress(OSError):  # Where somebody else keeps the files they are read each time.
        (folder / _STAMPS).write_bytes(msgspec.json.encode(stamps))


def refuse_other(file: Pinned, sha256: str, source: object) -> None:
    """Refuse a file with another hash than the one it is known by."""
    if sha256 != file.sha256:
        raise ModelError(
            f"{source} is not the {file.name} of {NAME}: its SHA-256 is {sha256}.",
            f"It should be {file.sha256}. {_INSTALL}",
        )


def sha256_of(stream: BufferedReader) -> str:
    """Return the hash of all that is left in a stream."""
    return hashlib.file_digest(stream, "sha256").hexdigest()


def vocabulary(folder: Path) -> list[str]:
    """Return the word pieces, each at its number."""
    return (folder / VOCABULARY.name).read_text(encoding="utf-8").splitlines()


def _stamps(folder: Path, wanted: Sequence[Pinned]) -> dict[str, _Stamp]:
    return {file.name: _stamp(folder / file.name) for file in wanted}


def _stamp(path: Path) -> _Stamp:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


def _known(folder: Path) -> dict[str, _Stamp] | None:
    try:
        content = (folder / _STAMPS).read_bytes()
        return msgspec.json.decode(content, type=dict[str, _Stamp])
    except (OSError, msgspec.DecodeError):
        return None
