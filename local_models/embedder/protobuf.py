"""Writes the few fields of a protocol buffer that an ONNX graph needs."""

from __future__ import annotations

import struct

_VARINT, _BYTES, _FLOAT = 0, 2, 5


def number(field: int, value: int) -> bytes:
    """Return an integer as a field."""
    return _varint(field << 3 | _VARINT) + _varint(value & (1 << 64) - 1)


def real(field: int, value: float) -> bytes:
    """Return a number of 32 bits as a field."""
    return _varint(field << 3 | _FLOAT) + struct.pack("<f", value)


def nested(field: int, content: bytes) -> bytes:
    """Return a message as a field of another."""
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def text(field: int, value: str) -> bytes:
    """Return a text as a field."""
    return nested(field, value.encode())


def _varint(value: int) -> bytes:
    groups = bytearray()
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
