"""Docker images without a registry: an empty skeleton, or a closure of an interpreter.

Nothing is ever pulled. An image is named after what is in it, so one that is there is right.
"""

from __future__ import annotations

import io
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from workbench.sandbox.closure import Entry, collect
from workbench.sandbox.daemon import explain, explained
from workbench.sandbox.engines.namespaces import FILES, TREES, links
from workbench.sandbox.plan import INSIDE, Plan

SKELETON, CLOSURE = "workbench/skeleton", "workbench/closure"
_STICKY = 0o1777
_FOLDERS = {  # Of the trees a job sees its own copy alone, so their folder is the runner's.
    "dev": 0o755,
    "etc": 0o755,
    "proc": 0o755,
    "run": 0o755,
    INSIDE.lstrip("/"): 0o755,
    "sys": 0o755,
    "tmp": _STICKY,
    "usr": 0o755,
    "var": 0o755,
    "work": 0o755,
    "box": 0o700,
    TREES.lstrip("/"): 0o755,
}


def prepare_skeleton(client: Any) -> str:
    """Return the name of the image with nothing but folders, links and a few lines."""
    content = skeleton()
    return _have(client, SKELETON, sha256(content).hexdigest(), lambda: io.BytesIO(content))


def skeleton() -> bytes:
    """Return the skeleton as a tar, the same bytes for the same machine."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        _add_skeleton(archive)
    return held.getvalue()


def prepare_closure(client: Any, plan: Plan) -> str:
    """Return the name of the image with all that the interpreter of `plan` needs to run."""
    entries = collect(plan)
    digest = sha256(skeleton() + "\n".join(one.line for one in entries).encode()).hexdigest()
    return _have(client, CLOSURE, digest, lambda: _closure(entries))


def save(client: Any, image: str, file: Path) -> None:
    """Write `image` to `file`, for a machine that this one cannot reach."""
    with explained(), file.open("wb") as target:
        for chunk in client.images.get(image).save(named=True):
            target.write(chunk)


def load(client: Any, file: Path) -> tuple[str, ...]:
    """Take in the images that `save` wrote; return their names."""
    with explained(), file.open("rb") as source:
        return tuple(tag for image in client.images.load(source) for tag in image.tags)


def _have(client: Any, name: str, digest: str, make: Any) -> str:
    from docker.errors import ImageNotFound

    tag = digest[:12]
    with explained():
        try:
            client.api.inspect_image(f"{name}:{tag}")
        except ImageNotFound:
            with make() as content:
                said = client.api.import_image_from_data(content, repository=name, tag=tag)
            _insist(said)
    return f"{name}:{tag}"


def _insist(said: str) -> None:
    """Look for an error in what the daemon says after it has answered that all is well."""
    if '"errorDetail"' in said:
        raise explain(ValueError(said.strip()[-500:]))


@contextmanager
def _closure(entries: Iterable[Entry]) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            _add_skeleton(archive)
            for entry in entries:
                _add(archive, entry)
        file.seek(0)
        yield file


def _add_skeleton(archive: tarfile.TarFile) -> None:
    for path, mode in _FOLDERS.items():
        archive.addfile(_named(path, tarfile.DIRTYPE, mode))
    for path, target in {**links(), "/var/tmp": "/tmp"}.items():  # noqa: S108 - the box's own
        link = _named(path, tarfile.SYMTYPE, 0o777)
        link.linkname = target
        archive.addfile(link)
    for path, text in FILES.items():
        file = _named(path, tarfile.REGTYPE, 0o644)
        file.size = len(text.encode())
        archive.addfile(file, io.BytesIO(text.encode()))


def _add(archive: tarfile.TarFile, entry: Entry) -> None:
    if entry.link:
        made = _named(entry.target, tarfile.SYMTYPE, 0o777)
        made.linkname = entry.link
        archive.addfile(made)
        return
    with Path(entry.source).open("rb") as content:
        made = _named(entry.target, tarfile.REGTYPE, 0o755 if entry.executable else 0o644)
        made.size, made.mtime = entry.size, entry.mtime
        archive.addfile(made, content)


def _named(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    made = tarfile.TarInfo(path.lstrip("/"))
    made.type, made.mode = kind, mode
    return made
