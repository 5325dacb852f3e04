"""Writing what a person wants to keep into a file of its own."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.errors import UsageError


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet; one that is, or a link, is left alone."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags, 0o644)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already.", "Choose another name.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
