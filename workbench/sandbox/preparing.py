"""Docker's images as files, for a daemon that does not see the files of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import SandboxError, StoreError
from workbench.sandbox import daemon, images
from workbench.sandbox.plan import Plan


def take_in(file: Path) -> str:
    """Give Docker the images in `file`, which `save` wrote."""
    with _docker(file) as client:
        names = images.load(client, file)
    if not names:
        raise SandboxError(
            f"{file} holds no image.", "`workbench sandbox prepare --save` writes one."
        )
    return f"Docker has taken in {', '.join(names)}."


def save(plan: Plan, file: Path) -> str:
    """Write the image of the interpreter and all it needs to `file`, for another machine."""
    with _docker(file) as client:
        image = images.prepare_closure(client, plan)
        images.save(client, image, file)
    return f"The image {image} is in {file}: {file.stat().st_size / 1e6:.0f} MB."


@contextmanager
def _docker(file: Path) -> Iterator[Any]:
    """Reach the daemon, and say in a sentence what is wrong with it or the file."""
    with closing(daemon.connect()) as client, daemon.explained():
        try:
            yield client
        except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
            raise StoreError(
                f"{file} cannot be used: {error.strerror}.", "Name another."
            ) from error
