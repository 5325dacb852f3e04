"""What goes wrong with the store itself, told to the user."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import StoreError

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def store_trouble(folder: Path) -> Iterator[None]:
    """Turn what the operating system says about the store into a sentence."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The snapshots in {folder} cannot be kept: {error.strerror or error}.", _hint(error)
        ) from error


def _hint(error: OSError) -> str:
    if error.errno in _FULL:
        return "Make room on that disk; the folder itself may be deleted at any time."
    return "Make the folder writable, or delete it: it is built anew from the project."
