"""The registry's file: which models lie elsewhere, their hashes, and who was asked for."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from local_models.registry.values import Role, Stamp
from workbench.errors import ModelError, StoreError

FILE = "registry.json"
_FORMAT = 1
_MEND = "Move it away: models in the folder are found again, those elsewhere must be added again."


@dataclass(frozen=True)
class Entry:
    """What is remembered of one model."""

    path: str = ""
    """Where it lies if not in the folder of models."""
    sha256: str = ""
    stamp: Stamp | None = None
    """Of the file when it was hashed."""
    source: str = ""


@dataclass(frozen=True)
class Record:
    """All that is remembered; what can be seen by looking at the files is not."""

    models: Mapping[str, Entry] = field(default_factory=lambda: MappingProxyType({}))
    asked: Mapping[Role, str] = field(default_factory=lambda: MappingProxyType({}))

    def having(self, name: str, entry: Entry) -> Record:
        return replace(self, models={**self.models, name: entry})

    def without(self, name: str) -> Record:
        models = {one: entry for one, entry in self.models.items() if one != name}
        asked = {role: one for role, one in self.asked.items() if one != name}
        return Record(models, asked)

    def asking(self, role: Role, name: str) -> Record:
        """Return it with `name` asked for in `role`, or nobody if that is empty."""
        asked = {**self.asked, role: name}
        return replace(self, asked={key: one for key, one in asked.items() if one})


def read_record(folder: Path) -> Record:
    """Return what the file says; one that is not there says nothing."""
    file = folder / FILE
    try:
        return _decoded(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return Record()
    except OSError as error:
        raise StoreError(f"{file} cannot be read: {error.strerror}.", _MEND) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ModelError(f"{file} is damaged, or of another version.", _MEND) from error


@contextmanager
def changing(folder: Path) -> Iterator[Changes]:
    """Hold the folder against everybody else; what `changes.record` is set to is written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        before = read_record(folder)
        changes = Changes(before)
        yield changes
        if changes.record != before:
            _write(folder, changes.record, descriptor)
    finally:
        os.close(descriptor)


@dataclass
class Changes:
    """The record while it is held."""

    record: Record


def _write(folder: Path, record: Record, folder_descriptor: int) -> None:
    """Replace the file at once, and let it survive a loss of power."""
    try:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".registry-")
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                json.dump(_encoded(record), file, indent=1)
                file.flush()
                os.fsync(descriptor)
            Path(name).replace(folder / FILE)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        os.fsync(folder_descriptor)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"{folder} cannot be written: {error.strerror}.",
        "Models are kept there: make the folder writable, or set XDG_DATA_HOME.",
    )


def _encoded(record: Record) -> dict[str, object]:
    models = {name: asdict(entry) for name, entry in record.models.items()}
    return {"format": _FORMAT, "models": models, "roles": dict(record.asked)}


def _decoded(content: Mapping[str, Any]) -> Record:
    if content["format"] != _FORMAT:
        raise ValueError(content["format"])
    models = {_text(name): _entry(said) for name, said in content["models"].items()}
    return Record(models, {Role(role): _text(name) for role, name in content["roles"].items()})


def _entry(said: Mapping[str, object]) -> Entry:
    stamp = said["stamp"]
    if stamp is not None and not isinstance(stamp, dict):
        raise TypeError(stamp)
    return Entry(
        path=_text(said["path"]),
        sha256=_text(said["sha256"]),
        stamp=None if stamp is None else Stamp(**{key: _int(one) for key, one in stamp.items()}),
        source=_text(said["source"]),
    )


def _text(found: object) -> str:
    """Return text that can be a path: no call of the system takes one with a NUL in it."""
    if not isinstance(found, str) or "\0" in found:
        raise TypeError(found)
    return found


def _int(found: object) -> int:
    if not isinstance(found, int):
        raise TypeError(found)
    return found
