"""Landlock: which files a process and all that come of it may touch, and whom they may signal."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

from . import kernel

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_ALL_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
_REFER, _IOCTL = 1 << 13, 1 << 15
LEAST = 6
"""The first version that keeps signals and abstract sockets in."""
READ = _EXECUTE | _READ_FILE | _READ_DIR
_NET_TCP, _SCOPES = 3, 3
TERMINALS = "/dev/pts"
"""Where a box has terminals of its own; no others can be opened."""


def abi() -> int:
    """Return the version that the kernel speaks, 0 where there is none."""
    try:
        return kernel.syscall("landlock_create_ruleset", 0, 0, 1)
    except OSError:
        return 0


def _all_rights(version: int) -> int:
    return max(rights for since, rights in _ALL_BY_ABI.items() if since <= version)


def ruleset(
    readable: Iterable[str], writable: Iterable[str], *, network: bool, reading: bool = False
) -> int:
    """Return the descriptor of a ruleset, to be put in force by `restrict`.

    `reading`: it says nothing of reading and executing, which are then allowed everywhere.
    """
    version = abi()
    rights = _all_rights(version) & (~READ if reading else -1)
    fields = [rights]
    if version >= 4:
        fields.append(0 if network else _NET_TCP)
    if version >= 6:
        fields.append(_SCOPES)
    packed = struct.pack(f"={len(fields)}Q", *fields)
    made = kernel.syscall("landlock_create_ruleset", packed, len(packed), 0)
    for path in readable:
        _allow(made, path, READ & rights)
    for path in writable:
        _allow(made, path, rights & ~_IOCTL)
    _allow(made, TERMINALS, rights & _IOCTL)
    return made


def allow_all(made: int, writable: Iterable[str]) -> None:
    """Add places that may be read and written."""
    rights = _all_rights(abi())
    for path in writable:
        _allow(made, path, rights & ~_IOCTL)


def _allow(made: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return  # What is not there needs no right.
    try:
        if not os.path.isdir(path):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, place)
        kernel.syscall("landlock_add_rule", made, 1, ctypes.c_char_p(rule), 0)
    finally:
        os.close(place)


def restrict(made: int) -> None:
    """Put a ruleset in force, for good."""
    kernel.syscall("landlock_restrict_self", made, 0)
