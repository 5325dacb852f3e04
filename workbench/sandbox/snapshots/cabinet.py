"""Small files of the store: written whole or not at all, and found out when torn."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import get_ident
from typing import TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
_SUM = 32
_numbers = count()


def temporary_name() -> str:
    """Return a name that no other process or thread uses; a sweep removes what is left."""
    return f".{os.getpid()}-{get_ident()}-{next(_numbers)}"


def write_file(path: Path, value: msgspec.Struct) -> None:
    """Replace the file in one step."""
    body = msgspec.msgpack.encode(value)
    beside = path.with_name(temporary_name())
    try:
        beside.write_bytes(sha256(body).digest() + body)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_file(path: Path, kind: type[T]) -> T | None:
    """Return what was written, or None where there is nothing whole."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if sha256(content[_SUM:]).digest() != content[:_SUM]:
        return None
    try:
        return msgspec.msgpack.decode(content[_SUM:], type=kind)
    except msgspec.MsgspecError:
        return None


def pack_texts(texts: Iterable[str]) -> bytes:
    """Join names as bytes, since msgpack's text cannot hold a name that is no UTF-8."""
    return os.fsencode("\0".join(texts))


def unpack_texts(packed: bytes, length: int) -> list[str]:
    return os.fsdecode(packed).split("\0") if length else []


def pack_numbers(numbers: Iterable[int]) -> bytes:
    return array("q", numbers).tobytes()


def unpack_numbers(packed: bytes) -> Sequence[int]:
    numbers = array("q")
    numbers.frombytes(packed)
    return numbers
