"""Each job in namespaces of its own, over an overlay: where mounting is allowed."""

from __future__ import annotations

import contextlib
import os
from contextlib import AbstractContextManager
from typing import Any

from . import kernel, landlock, seccomp
from .cells import HELD, Cell, Warden
from .confine import FAMILIES, Job, seal, write_edits

BOX = "/box"
_JOB = BOX + "/job"
_QUIET = kernel.MS_NOSUID | kernel.MS_NODEV
_MOST_DYING, _PATIENCE = 4, 5.0
_USUAL_ROOM = (64 << 20, 8192)
"""The bytes and inodes of a job whose policy says nothing else."""
_TERMINALS = "newinstance,ptmxmode=0666,mode=0666"


class Namespaces:
    """The namespaces come from cells, which are made ahead."""

    name = "namespaces"

    def __init__(self, spec: dict[str, Any]) -> None:
        families = (seccomp.AF_UNIX,) if spec["deny_inet"] else FAMILIES
        self._filter = seccomp.build(families, shared_ipc=True)
        self._trees = spec["trees"]
        self._covered = spec["covered"]
        self._warden = Warden(self._furnish)
        self._cell: Cell | None = None
        self._rules = -1
        self._wanted = ""
        self._dying: list[Cell] = []

    def _furnish(self, order: str) -> None:
        """In a new cell: put up all that a job like the one before needs, while that still runs."""
        kernel.mount("job", _JOB, "tmpfs", _QUIET, _room(*_USUAL_ROOM))
        covered = [(kernel.clone_tree(path), path) for path in self._covered]
        for folder, place in (("tmp", "/tmp"), ("shm", "/dev/shm"), ("home", "/work")):
            os.mkdir(f"{_JOB}/{folder}")
            os.chmod(f"{_JOB}/{folder}", 0o1777)  # noqa: S103 - as such places are
            kernel.mount(f"{_JOB}/{folder}", place, flags=kernel.MS_BIND)
        for tree, path in covered:
            os.makedirs(path)
            kernel.attach_tree(tree, path)
        kernel.mount("proc", "/proc", "proc", _QUIET | kernel.MS_NOEXEC)
        kernel.mount("pts", "/dev/pts", "devpts", kernel.MS_NOSUID | kernel.MS_NOEXEC, _TERMINALS)
        rules = landlock.ruleset((), ("/work", "/tmp", "/dev"), network=True, reading=True)
        os.dup2(rules, HELD)
        os.close(rules)
        if order:
            self._lay(order)
        _hide()

    def _lay(self, order: str) -> None:
        """Lay an overlay over a tree, for a job to write to."""
        tree, folder = order.split(" ", 1)
        project, mine = f"/work/{folder}", f"{_JOB}/{tree[:16]}-{folder}"
        os.mkdir(project)
        if tree:
            for made in (mine, f"{mine}/upper", f"{mine}/work"):
                os.mkdir(made)
            layers = f"lowerdir={self._trees}/{tree},upperdir={mine}/upper,workdir={mine}/work"
            kernel.mount("project", project, "overlay", _QUIET, f"{layers},userxattr")

    def fit(self, job: Job) -> None:
        """Do nothing: every job can have what it asks for."""

    def fork(self, job: Job) -> int:
        """Return the job in the parent; nothing of it is outside of its own namespaces."""
        self._bury(_MOST_DYING)
        self._cell = self._warden.next()
        self._rules = self._cell.held()
        pid = self._cell.fork()
        if pid:
            os.close(self._rules)
            self._wanted = _order(job)
        return pid

    @property
    def kept(self) -> tuple[int, ...]:
        """Return the descriptors that a job needs until it is sealed."""
        return (self._rules,)

    def _bury(self, most: int) -> None:
        """Let go of the cells that are dead; so many may still be on their way."""
        self._dying = [cell for cell in self._dying if not cell.is_dead(0)]
        if len(self._dying) > most and not self._dying[0].is_dead(_PATIENCE):
            raise OSError("a job before is not dead")

    @property
    def roots(self) -> tuple[int, ...]:
        """Return the processes that the job's own, once orphaned, belong to."""
        return (self._cell.pid,) if self._cell else ()

    def enter(self, job: Job) -> str:
        """In the new process: make its view of the files; return the project's folder."""
        limits = (job["limits"]["disk"], job["limits"]["inodes"])
        if limits != _USUAL_ROOM:
            kernel.mount("job", "/work", "", _QUIET | kernel.MS_REMOUNT, _room(*limits))
        project = f"/work/{job['folder']}"
        if self._cell and self._cell.order != _order(job):
            self._lay_anew(self._cell.order, _order(job))
        write_edits(project, job["edits"])
        for path in job["protected"]:
            _make_read_only(f"{project}/{path}")
        kernel.drop_all_capabilities()
        return project

    def _lay_anew(self, before: str, order: str) -> None:
        """Take away what was laid for another kind of job."""
        kernel.unmount(BOX)
        if before:
            tree, folder = before.split(" ", 1)
            if tree:
                kernel.unmount(f"/work/{folder}")
            os.rmdir(f"/work/{folder}")
        self._lay(order)
        _hide()

    def seal(self, job: Job, project: str) -> None:
        """In the job, at last: put on the filters, which it cannot take off."""
        del job, project
        seal(self._filter, self._rules)

    def looking(self) -> AbstractContextManager[None]:
        """Return that in which the memory of the job can be looked into."""
        return contextlib.nullcontext()

    def kill(self) -> None:
        """Kill the first process of the namespaces; the kernel ends all others in them."""
        if self._cell:
            self._cell.kill()

    def clean(self) -> bool:
        """Leave it to the kernel: all files and queues go with the namespaces."""
        self._warden.order(self._wanted)
        if self._cell:
            self._dying.append(self._cell)
        self._cell = None
        return True


def _hide() -> None:
    """Cover what only the making of a job's view needs."""
    kernel.mount("hidden", BOX, "tmpfs", _QUIET | kernel.MS_RDONLY, "size=4k,nr_inodes=2")


def _order(job: Job) -> str:
    return f"{job['tree']} {job['folder']}"


def _room(size: int, inodes: int) -> str:
    return f"size={size},nr_inodes={inodes},mode=0755"


def _make_read_only(path: str) -> None:
    if not os.path.lexists(path) or os.path.islink(path):
        return
    kernel.mount(path, path, flags=kernel.MS_BIND)
    flags = kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | _QUIET
    kernel.mount("", path, flags=flags)
