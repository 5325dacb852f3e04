"""In the process of a job: its own view of the files, over an overlay."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from . import kernel, landlock, seccomp
from .cells import enter_all_of
from .confine import FAMILIES, Job, seal, write_edits

BOX = "/box"
_JOB = BOX + "/job"
_QUIET = kernel.MS_NOSUID | kernel.MS_NODEV
_USUAL_ROOM = (64 << 20, 8192)
"""The bytes and inodes of a job whose policy says nothing else."""
_TERMINALS = "newinstance,ptmxmode=0666,mode=0666"
_PLACES = {"/tmp": _JOB + "/tmp", "/dev/shm": _JOB + "/shm", "/work": _JOB + "/home"}
"""Where a job may write, and what lies there."""
_SAME = {"/var/tmp/": "/tmp/"}


class Overlay:
    """What is mounted in a cell."""

    cell = (0, -1)
    """The cell that this process is for: its first process, and the descriptor of that."""

    def __init__(self, spec: dict[str, Any]) -> None:
        families = (seccomp.AF_UNIX,) if spec["deny_inet"] else FAMILIES
        self._filter = seccomp.build(families, shared_ipc=True)
        self._trees = spec["trees"]
        self._covered = {path: _inside(path) for path in spec["covered"]}
        self._folders = _folders_of(self._covered.values())
        self._rules = -1
        self._laid: tuple[str, str] | None = None

    @property
    def kept(self) -> tuple[int, ...]:
        return (self._rules,)

    def enter(self, likely: Job) -> None:
        enter_all_of(*self.cell)
        self._furnish()
        writable = ("/work", "/tmp", "/dev")
        self._rules = landlock.ruleset((), writable, network=True, reading=True)
        if likely:
            self._lay(likely)
        _hide()

    def _furnish(self) -> None:
        kernel.mount("job", _JOB, "tmpfs", _QUIET, _room(*_USUAL_ROOM))
        usual = os.umask(0)
        for made in _PLACES.values():
            os.mkdir(made, 0o1777)
        os.umask(usual)
        for folder in self._folders:
            os.mkdir(folder)
        for path, inside in self._covered.items():
            kernel.mount(path, inside, "", kernel.MS_BIND | kernel.MS_REC)
        for place, made in _PLACES.items():
            kernel.mount(made, place, "", kernel.MS_BIND | kernel.MS_REC)
        kernel.mount("proc", "/proc", "proc", _QUIET | kernel.MS_NOEXEC)
        kernel.mount("pts", "/dev/pts", "devpts", kernel.MS_NOSUID | kernel.MS_NOEXEC, _TERMINALS)

    def _lay(self, job: Job) -> None:
        """Lay an overlay over its tree, for it to write to."""
        tree, folder = self._laid = _view(job)
        project, mine = f"/work/{folder}", f"{_JOB}/{tree[:16]}-{folder}"
        os.mkdir(project)
        if tree:
            for made in (mine, f"{mine}/upper", f"{mine}/work"):
                os.mkdir(made)
            layers = f"lowerdir={self._trees}/{tree},upperdir={mine}/upper,workdir={mine}/work"
            kernel.mount("project", project, "overlay", _QUIET, f"{layers},userxattr")

    def shut_in(self, job: Job) -> str:
        limits = (job["limits"]["disk"], job["limits"]["inodes"])
        if limits != _USUAL_ROOM:
            kernel.mount("job", "/work", "", _QUIET | kernel.MS_REMOUNT, _room(*limits))
        if self._laid != _view(job):
            self._lay_anew(job)
        project = f"/work/{job['folder']}"
        write_edits(project, job["edits"])
        for path in job["protected"]:
            _make_read_only(f"{project}/{path}")
        kernel.drop_all_capabilities()
        return project

    def _lay_anew(self, job: Job) -> None:
        """Take away what was laid for another kind of job."""
        kernel.unmount(BOX)
        if self._laid:
            tree, folder = self._laid
            if tree:
                kernel.unmount(f"/work/{folder}")
            os.rmdir(f"/work/{folder}")
        self._lay(job)
        _hide()

    def seal(self, job: Job, project: str) -> None:
        del job, project
        seal(self._filter, self._rules)


def _inside(path: str) -> str:
    """Return where something must lie, of which the path is covered by a place of the job."""
    for other, usual in _SAME.items():
        path = path.replace(other, usual, 1) if path.startswith(other) else path
    place = next(one for one in _PLACES if path.startswith(one + "/"))
    return _PLACES[place] + path[len(place) :]


def _folders_of(paths: Iterable[str]) -> list[str]:
    """Return the folders that must be made for `paths`, those above before those below."""
    made = set()
    for path in paths:
        folder = path
        while folder not in _PLACES.values():
            made.add(folder)
            folder = os.path.dirname(folder)
    return sorted(made)


def _hide() -> None:
    """Cover what only the making of a job's view needs."""
    kernel.mount("hidden", BOX, "tmpfs", _QUIET | kernel.MS_RDONLY, "size=4k,nr_inodes=2")


def _view(job: Job) -> tuple[str, str]:
    return job["tree"], job["folder"]


def _room(size: int, inodes: int) -> str:
    return f"size={size},nr_inodes={inodes},mode=0755"


def _make_read_only(path: str) -> None:
    if not os.path.lexists(path) or os.path.islink(path):
        return
    kernel.mount(path, path, flags=kernel.MS_BIND)
    flags = kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | _QUIET
    kernel.mount("", path, flags=flags)
