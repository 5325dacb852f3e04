"""What a bundle says that it holds; the text of it is what is signed."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal

import msgspec

from workbench.errors import Findings
from workbench.visible import visible_line

FORMAT = 1
MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
LARGEST_MANIFEST = 32 * 1024 * 1024
LARGEST_FILE = 64 * 1024 * 1024
LARGEST_BUNDLE = 1024 * 1024 * 1024
"""All files of it together, unpacked."""
MOST_FILES = 100_000
LONGEST_PATH = 400
Kind = Literal["subject", "skill", "source"]


class Entry(msgspec.Struct, frozen=True):
    """Something that the bundle holds."""

    kind: Kind
    id: str
    name: str
    checksum: str
    version: str
    file: str
    """Where in the bundle it is described."""
    bytes: int


class Held(msgspec.Struct, frozen=True):
    """A file in the bundle."""

    sha256: str
    bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All of it: what is not named here is not in the bundle."""

    workbench_bundle: int = FORMAT
    name: str
    made: int
    """When the newest thing in it was learned, so that the same contents are the same bytes."""
    entries: tuple[Entry, ...]
    files: dict[str, Held]
    vectors: str = ""
    """Who made the vectors that lie beside the sources; empty where there are none."""


class _Format(msgspec.Struct, frozen=True):
    workbench_bundle: int


def encode(manifest: Manifest) -> bytes:
    encoded = msgspec.json.encode(manifest, order="deterministic")
    return msgspec.json.format(encoded, indent=1) + b"\n"


def digest_of(text: bytes) -> str:
    return sha256(text).hexdigest()


def held(files: Mapping[str, bytes]) -> dict[str, Held]:
    return {path: Held(sha256(data).hexdigest(), len(data)) for path, data in files.items()}


def decode(text: bytes) -> Manifest:
    """Return a manifest of a stranger, whose every word is looked at."""
    try:
        version = msgspec.json.decode(text, type=_Format).workbench_bundle
        if version != FORMAT:
            raise refuse(
                f"it is of format {version}, and this workbench knows {FORMAT}",
                "Use the release that it was made with, or a newer one.",
            )
        manifest = msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise refuse(f"its manifest cannot be read ({error})") from error
    _check_files(manifest.files)
    _check_entries(manifest)
    return manifest


def _check_files(files: Mapping[str, Held]) -> None:
    if len(files) > MOST_FILES:
        raise refuse(f"it has more than {MOST_FILES:,} files")
    if any(one.bytes < 0 or one.bytes > LARGEST_FILE for one in files.values()):
        raise refuse(f"a file of it is larger than {LARGEST_FILE // 2**20} MiB")
    if sum(one.bytes for one in files.values()) > LARGEST_BUNDLE:
        raise refuse(f"it holds more than {LARGEST_BUNDLE // 2**20} MiB")
    for path in files:
        if not is_safe(path) or path in (MANIFEST, SIGNATURE):
            raise refuse(f"{visible_line(path[:80])!r} is no path that a bundle has")


def _check_entries(manifest: Manifest) -> None:
    names = [(one.kind, one.id) for one in manifest.entries]
    if len(set(names)) != len(names):
        raise refuse("it holds something twice")
    for one in manifest.entries:
        if one.file not in manifest.files:
            raise refuse(f"{visible_line(one.id)} is described nowhere in it")
        if not one.id.isprintable() or not one.name.isprintable():
            raise refuse("a name in it is not one line of text")


def is_safe(path: str) -> bool:
    """Tell whether a path leads to a place below where it is unpacked, and is as it looks."""
    parts = path.split("/")
    return (
        0 < len(path) <= LONGEST_PATH
        and path.isprintable()
        and "\\" not in path
        and ":" not in path
        and all(part and part not in (".", "..") for part in parts)
    )


def refuse(why: str, hint: str = "Have it sent again, or made again.") -> Findings:
    return Findings(f"The bundle is refused: {why}.", hint)
