"""Renames that never lose what was there: two names exchanged, or a name given only if it is free.

Python has neither; the C library has both since glibc 2.28.
"""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache
from typing import Any

_NOREPLACE, _EXCHANGE = 1, 2
_UNKNOWN = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})
"""What a kernel or a file system says that cannot do so."""


class CannotRename(Exception):
    """No error: this file system, or this C library, knows plain renames only."""


def exchange(folder: int, one: str, other: str) -> None:
    """Let two names of an open folder change their places, in one step."""
    _rename(folder, one, other, _EXCHANGE)


def place(folder: int, old: str, new: str) -> None:
    """Rename within an open folder, unless the new name is taken."""
    _rename(folder, old, new, _NOREPLACE)


def _rename(folder: int, old: str, new: str, flags: int) -> None:
    call = _renameat2()
    if call is None:
        raise CannotRename
    if call(folder, os.fsencode(old), folder, os.fsencode(new), flags) == 0:
        return
    code = ctypes.get_errno()
    if code in _UNKNOWN:
        raise CannotRename
    raise OSError(code, os.strerror(code), new)


@cache
def _renameat2() -> Any:  # noqa: ANN401 - a function of the C library
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is not None:
        call.argtypes = (
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_uint,
        )
    return call
