"""Which projects a person trusts to widen what the workbench may do, kept outside of them."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.errors import ConfigurationError, StoreError

_FORMAT = 1
_MEND = "Look at it, move it away, and run `workbench trust` again in the projects you trust."


@dataclass(frozen=True)
class Grant:
    """A settings file that a person trusts, as it was when they read it."""

    project: str
    sha256: str
    since: int
    """Seconds since 1970."""
    policy: str = ""
    """The digest of the approval policy whose keys they trust as well; empty for none."""


def trust_file() -> Path:
    """Return where trust is kept: the user's own folder, never the project."""
    from platformdirs import user_state_path

    return user_state_path("workbench", appauthor=False) / "trust.json"


def covers(project: Path, sha256: str) -> bool:
    """Tell whether a person trusts exactly this settings file of `project`."""
    grant = read_grants().get(str(project))
    return grant is not None and grant.sha256 == sha256


def covers_policy(project: Path, sha256: str) -> bool:
    """Tell whether a person trusts the keys of exactly this approval policy of `project`."""
    grant = read_grants().get(str(project))
    return grant is not None and bool(sha256) and grant.policy == sha256


def grant(project: Path, sha256: str, policy: str = "") -> Grant:
    """Trust the files of `project` as long as their content stays the same."""
    given = Grant(str(project), sha256, int(time.time()), policy)
    with _alone() as file:
        _write(file, {**read_grants(), given.project: given})
    return given


def revoke(project: Path) -> bool:
    """Take trust back; return whether there was any."""
    with _alone() as file:
        grants = read_grants()
        had = grants.pop(str(project), None) is not None
        if had:
            _write(file, grants)
    return had


def read_grants() -> dict[str, Grant]:
    """Return whom the user trusts, by project; a file that looks wrong grants nothing."""
    file = trust_file()
    try:
        _refuse_foreign(file)
        content = json.loads(file.read_bytes())
        if content["format"] != _FORMAT:
            raise ConfigurationError(f"{file} was written by another version of workbench.", _MEND)
        return {path: _grant(path, found) for path, found in content["projects"].items()}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}.", _MEND) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ConfigurationError(f"{file} is damaged, so no project is trusted.", _MEND) from error


def _grant(path: str, found: Mapping[str, object]) -> Grant:
    sha256, since, policy = found["sha256"], found["since"], found.get("policy", "")
    if not isinstance(sha256, str) or not isinstance(since, int) or not isinstance(policy, str):
        raise TypeError(path)
    return Grant(path, sha256, since, policy)


def _refuse_foreign(file: Path) -> None:
    """Refuse a link, and what somebody else owns or may write: it could be their trust."""
    found = file.lstat()
    ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid()
    if not ours or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigurationError(f"{file} can be written by somebody else.", _MEND)


@contextmanager
def _alone() -> Iterator[Path]:
    """Hold the folder, so that of two terminals neither undoes what the other does."""
    file = trust_file()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield file
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise StoreError(
            f"{file} cannot be written: {error.strerror}.",
            "Trust is kept there: make the folder writable, or set XDG_STATE_HOME.",
        ) from error


def _write(file: Path, grants: Mapping[str, Grant]) -> None:
    """Replace the file at once; mkstemp makes it 0600."""
    content = {"format": _FORMAT, "projects": {path: asdict(one) for path, one in grants.items()}}
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".trust-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as temporary:
            json.dump(content, temporary, indent=1)
            temporary.flush()
            os.fsync(descriptor)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
