"""Taking a file into the registry: looked at first, then copied, checked, and put in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local_models.gguf import Header, read_header
from local_models.registry.copying import copy
from local_models.registry.hashing import fingerprint, sha256_of
from local_models.registry.partials import Partial, explained, held, partial_path
from local_models.registry.record import Entry, Record, changing
from local_models.registry.shelf import Registry
from local_models.registry.values import Progress, Stamp
from workbench.errors import ModelError
from workbench.visible import visible_line

_LONGEST_NAME = 120
_OTHERS = re.compile(r"[^A-Za-z0-9._-]+")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Wanted:
    """A file to add, and what is to become of it."""

    path: Path
    name: str = ""
    """What to call it; by default as the file is called."""
    sha256: str = ""
    """What it must hash to, where somebody knows that."""
    link: bool = False
    """Leave it where it lies."""
    source: str = ""
    """Where it came from, if not from the path."""


@dataclass(frozen=True)
class Added:
    name: str
    path: Path
    sha256: str
    new: bool
    """The very file was not there before."""


def add(registry: Registry, wanted: Wanted, progress: Progress) -> Added:
    """Add a file; whatever happens on the way, no half a file ever has a model's name."""
    refuse_useless(wanted.path, read_header(wanted.path))
    expected = _expected(wanted.sha256)
    name = checked_name(wanted.name) or name_for(wanted.path.stem)
    path = wanted.path.absolute()
    if wanted.link or path.parent == registry.folder:
        return _link(registry, wanted, path, (name, expected), progress)
    return _take(registry, wanted, path, (name, expected), progress)


def checked_name(name: str) -> str:
    """Return a name that somebody chose, if it can be one."""
    if name and name != name_for(name):
        raise ModelError(
            f"{visible_line(name)} cannot be the name of a model.",
            "Letters, digits, dots, underscores and hyphens make one, as in qwen-7b.",
        )
    return name


def name_for(stem: str) -> str:
    """Return a name that needs no quotes, made of a file's."""
    return _OTHERS.sub("-", stem).lstrip(".-_")[:_LONGEST_NAME] or "model"


def refuse_useless(path: Path, header: Header) -> None:
    """Refuse a file that is sound and yet nothing that could serve a role."""
    name = visible_line(path.name)
    if header.parts > 1:
        raise ModelError(
            f"{name} is one of {header.parts} parts of a model.",
            "Join them first: `llama-gguf-split --merge FIRST-PART WHOLE.gguf`.",
        )
    if header.kind != "model":
        raise ModelError(
            f"{name} is no model but what belongs to one ({visible_line(header.kind)}).",
            "Add the model itself.",
        )
    if not header.generates and not (header.embeds and header.weights):
        raise ModelError(f"{name} has no weights.", "It may be a vocabulary alone.")


def _expected(sha256: str) -> str:
    expected = sha256.strip().lower().removeprefix("sha256:")
    if expected and not _HASH.fullmatch(expected):
        raise ModelError(f"{visible_line(sha256)} is no SHA-256.", "It has 64 hexadecimal digits.")
    return expected


def _link(
    registry: Registry, wanted: Wanted, path: Path, terms: tuple[str, str], progress: Progress
) -> Added:
    """Remember a file where it lies."""
    name, expected = terms
    ours = path.parent == registry.folder
    sha256, stamp = sha256_of(path, progress)
    _refuse_other_hash(path, sha256, expected)
    with changing(registry.folder) as changes:
        name = path.stem if ours else name
        known = changes.record.models.get(name, Entry())
        if not ours and known.path != str(path):
            refuse_taken(registry, changes.record, name)
        kept = Entry("" if ours else str(path), sha256, stamp, wanted.source or _source(path))
        changes.record = changes.record.having(name, kept)
    return Added(name, path, sha256, new=known.sha256 != sha256)


def _take(
    registry: Registry, wanted: Wanted, path: Path, terms: tuple[str, str], progress: Progress
) -> Added:
    """Copy a file into the folder and give it its name when all of it is there and right."""
    name, expected = terms
    there, key = registry.path_of(name), fingerprint(path)
    if _is_there(registry, there, key):
        return _compared(path, there, terms, progress)
    with held(partial_path(registry.folder, key), path.name) as partial:
        if _is_there(registry, there, key):  # Another was quicker.
            partial.path.unlink()
            return _compared(path, there, terms, progress)
        sha256 = copy(path, partial, progress)
        with keeping_only_what_is_right(partial):
            _refuse_other_hash(path, sha256, expected)
        added = Added(name, there, sha256, new=True)
        place(registry, partial, added, wanted.source or _source(path))
    return added


def _is_there(registry: Registry, there: Path, key: str) -> bool:
    """Tell whether what has the name already looks the same; anything else that has is refused."""
    with changing(registry.folder) as changes:
        if there.is_file() and fingerprint(there) == key:
            return True
        refuse_taken(registry, changes.record, there.stem)
    return False


@contextmanager
def keeping_only_what_is_right(partial: Partial) -> Iterator[None]:
    """Delete a file that turns out not to be the one that was meant."""
    try:
        yield
    except ModelError:
        partial.path.unlink()
        raise


def place(registry: Registry, partial: Partial, added: Added, source: str) -> None:
    """Give a finished file its name, unless something else has got it meanwhile."""
    with changing(registry.folder) as changes, explained(registry.folder, added.name):
        refuse_taken(registry, changes.record, added.name)
        partial.path.replace(added.path)
        kept = Entry("", added.sha256, Stamp.of(added.path), source)
        changes.record = changes.record.having(added.name, kept)


def refuse_taken(registry: Registry, record: Record, name: str) -> None:
    """Refuse a name that something else has, here or elsewhere."""
    if registry.path_of(name).exists() or record.models.get(name, Entry()).path:
        raise _taken(name)


def _compared(path: Path, there: Path, terms: tuple[str, str], progress: Progress) -> Added:
    """Read both: what looks the same is to be the same."""
    name, expected = terms
    sha256, _ = sha256_of(path, progress)
    _refuse_other_hash(path, sha256, expected)
    if sha256_of(there, progress)[0] != sha256:
        raise _taken(name)
    return Added(name, there, sha256, new=False)


def _refuse_other_hash(path: Path, found: str, expected: str) -> None:
    if expected and found != expected:
        raise ModelError(
            f"{visible_line(path.name)} is not the file that was meant: its SHA-256 is {found}.",
            "It was damaged on the way, or is another one. Get it again.",
        )


def _taken(name: str) -> ModelError:
    return ModelError(
        f"There is another model {visible_line(name)}.",
        "Call this one otherwise with --name, or remove the other.",
    )


def _source(path: Path) -> str:
    return f"added from {path}"
