"""Writing bundles, so that the same contents are the same bytes; and reading those of strangers."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from workbench.errors import UsageError
from workbench.knowledge.bundles.manifest import (
    LARGEST_BUNDLE,
    LARGEST_MANIFEST,
    MANIFEST,
    MOST_FILES,
    SIGNATURE,
    Manifest,
    decode,
    digest_of,
    encode,
    refuse,
)
from workbench.review.approval.keys import LONGEST_SIGNATURE
from workbench.visible import visible_line

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can tell: what was packed when is nobody's business."""
_MODE = stat.S_IFREG | 0o644
_UNIX = 3
_ENCRYPTED = 0x1
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CENTRAL = 1024
"""No more bytes than this describe a member, so that a list of them has a bound."""


def write(path: Path, manifest: Manifest, files: Mapping[str, bytes]) -> None:
    """Write a bundle, whole or not at all."""
    members = {MANIFEST: encode(manifest), **{name: files[name] for name in sorted(files)}}
    with _in_place_of(path) as file, zipfile.ZipFile(file, "w") as packed:
        for name, data in members.items():
            packed.writestr(_described(name), data, zipfile.ZIP_DEFLATED, 9)


def sign(path: Path, signature: str) -> None:
    """Put a signature of the manifest into a bundle."""
    with opened(path) as bundle:
        members = [*bundle.manifest.files]
        manifest = bundle.text
        with _in_place_of(path) as file, zipfile.ZipFile(file, "w") as packed:
            for name, data in ((MANIFEST, manifest), (SIGNATURE, signature.encode())):
                packed.writestr(_described(name), data, zipfile.ZIP_DEFLATED, 9)
            for name in sorted(members):
                packed.writestr(_described(name), bundle.read(name), zipfile.ZIP_DEFLATED, 9)


def _described(name: str) -> zipfile.ZipInfo:
    described = zipfile.ZipInfo(name, _WHEN)
    described.create_system = _UNIX
    described.external_attr = _MODE << 16
    return described


@contextmanager
def _in_place_of(path: Path) -> Iterator[BinaryIO]:
    """Write beside a path and put it there at the end."""
    beside = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise UsageError(
            f"{visible_line(str(path))} cannot be written: {error.strerror}.",
            "Name a file in a folder that is yours and has room.",
        ) from error
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


class Opened:
    """A bundle that is open: its manifest is read, each file is checked when it is."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self._members = _members(packed)
        self.text = self._read(MANIFEST, LARGEST_MANIFEST)
        self.digest = digest_of(self.text)
        self.manifest = decode(self.text)
        self.signature = self._signature()
        self._check_members()

    def _signature(self) -> str:
        if SIGNATURE not in self._members:
            return ""
        return self._read(SIGNATURE, LONGEST_SIGNATURE).decode("ascii", "replace")

    def _check_members(self) -> None:
        named = self.manifest.files.keys() | {MANIFEST}
        if missing := sorted(self.manifest.files.keys() - self._members.keys()):
            raise refuse(f"{visible_line(missing[0])} is missing")
        if more := sorted(self._members.keys() - named - {SIGNATURE}):
            raise refuse(f"{visible_line(more[0][:80])!r} is in it and not in its manifest")

    def read(self, name: str) -> bytes:
        """Return what a file holds, which must be what the manifest says."""
        wanted = self.manifest.files.get(name)
        if wanted is None:
            raise refuse(f"{visible_line(name[:80])!r} is not in its manifest")
        data = self._read(name, wanted.bytes)
        if len(data) != wanted.bytes or sha256(data).hexdigest() != wanted.sha256:
            raise refuse(f"{visible_line(name)} is not what its manifest says")
        return data

    def check(self) -> None:
        """Read every file once."""
        for name in self.manifest.files:
            self.read(name)

    def _read(self, name: str, most: int) -> bytes:
        """Unpack no more than is allowed, whatever the archive says of itself."""
        member = self._members.get(name)
        if member is None:
            raise refuse(f"it has no {name}")
        try:
            with self._packed.open(member) as file:
                data = file.read(most + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            OSError,
            EOFError,
            RuntimeError,
            ValueError,
        ) as error:
            raise refuse(f"{visible_line(name)} cannot be unpacked ({error})") from error
        if len(data) > most:
            raise refuse(f"{visible_line(name)} is larger than it says")
        return data


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a bundle of a stranger."""
    try:
        with path.open("rb") as file:
            _check_size(file, path)
            with zipfile.ZipFile(file) as packed:
                yield Opened(packed)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError) as error:
        raise refuse(f"it is no archive ({error})") from error
    except OSError as error:
        raise UsageError(
            f"{visible_line(str(path))} cannot be read: {error.strerror}.", "Name a bundle."
        ) from error


def _check_size(file: BinaryIO, path: Path) -> None:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise refuse(f"{visible_line(str(path))} is no file")
    if found.st_size > LARGEST_BUNDLE + MOST_FILES * _CENTRAL:
        raise refuse(f"it is larger than {LARGEST_BUNDLE // 2**20} MiB")


def _members(packed: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return what is in an archive by name, unless something about it is odd."""
    listed = packed.infolist()
    if len(listed) > MOST_FILES + 2:
        raise refuse(f"it has more than {MOST_FILES:,} files")
    found = {one.filename: one for one in listed}
    if len(found) != len(listed):
        raise refuse("two files in it have the same name")
    for one in listed:
        kind = stat.S_IFMT(one.external_attr >> 16)
        if one.is_dir() or kind not in (0, stat.S_IFREG):
            raise refuse(f"{visible_line(one.filename[:80])!r} in it is no plain file")
        if one.flag_bits & _ENCRYPTED or one.compress_type not in _KINDS:
            raise refuse(f"{visible_line(one.filename[:80])!r} in it is packed in an odd way")
    return found
