"""Landlock and seccomp alone: for machines where no namespace can be made.

It is reduced: the machine's files can be listed where they are readable for everybody's use, the
disk is watched and not partitioned, and what is shared by all processes of a user is only denied.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path
from stat import S_IXOTH

from workbench.sandbox.engines.namespaces import ProcessLine
from workbench.sandbox.plan import (
    OUTER_ID,
    RUNNER,
    Level,
    Plan,
    boot,
    lent_packages,
    own_python,
)
from workbench.sandbox.runner.removing import remove

NAME = "landlock"
LEVEL = Level.REDUCED
_PREFIX = "workbench-box-"
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/proc")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
"""Not all of /dev: the user's terminals, shared memory and other boxes' folders lie there."""


class FolderLine(ProcessLine):
    """The line to a runner that has a folder on this machine."""

    patience = 2.0
    """What the job began is ended by the runner alone."""

    def __init__(self, command: list[str], folder: Path) -> None:
        super().__init__(command)
        self._folder = folder

    def kill(self) -> None:
        super().kill()
        remove(str(self._folder))


def open_line(plan: Plan) -> FolderLine:
    """Return the line to a new runner of `plan`."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_memory_folder()))
    folder.chmod(0o711)
    work, temporary, lent = (folder / name for name in ("work", "tmp", "lent"))
    for made in (work, temporary, lent):
        made.mkdir()
    temporary.chmod(0o1777)
    privileged = os.geteuid() == 0
    packages = lent_packages() if plan.lends_pytest else {}
    runner = _lend(RUNNER, folder / RUNNER.name, to_others=privileged)
    read = [
        _lend(Path(package), lent / name, to_others=privileged)
        for name, package in packages.items()
    ]
    shown = [*plan.bound, *map(str, (*read, lent, runner))]
    spec = {
        "mode": "slots",
        "trees": plan.trees,
        "lent": [str(lent)] if packages else [],
        "preload": ["pytest", *plan.preload],
        "origin": plan.origin,
        "deny_inet": True,
        "deny_unix": True,
        "work": str(work),
        "places": [str(temporary)],
        "uid": OUTER_ID + secrets.randbelow(1 << 20) * 1000 if privileged else None,
        "readable": shown,
    }
    entry = {
        "engine": NAME,
        "privileged": privileged,
        "readable": [*_SYSTEM, *shown, plan.trees],
        "writable": [str(work), str(temporary), *_DEVICES],
        "argv": boot(plan.interpreter.executable, str(runner), "begin", spec, "-s"),
        "environment": plan.environment,
    }
    python, *flags = own_python()
    return FolderLine(boot(python, str(RUNNER), "enter", entry, *flags), folder)


def _lend(package: Path, place: Path, *, to_others: bool) -> Path:
    """Have a package at a place, and return where it is read: a copy if others cannot reach it."""
    if not to_others or all(one.stat().st_mode & S_IXOTH for one in package.resolve().parents):
        place.symlink_to(package)
        return package
    if package.is_dir():
        shutil.copytree(package, place, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(package, place)
    return place


def sweep() -> None:
    """Remove the folders of boxes whose workbench was killed."""
    for left in Path(_memory_folder()).glob(f"{_PREFIX}*"):
        owner = re.match(rf"{_PREFIX}(\d+)-", left.name)
        if owner and not Path(f"/proc/{owner[1]}").exists() and left.owner() == _me():
            remove(str(left))


def _me() -> str:
    return Path("/proc/self").owner()


def _memory_folder() -> str:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()  # noqa: S108
