"""What keeps one job apart: from the machine, from the runner, from the job before and after."""

from __future__ import annotations

import base64
import contextlib
import os
import resource
import shutil
import signal
import time
from contextlib import AbstractContextManager
from typing import Any

from . import kernel, landlock, seccomp
from .cells import HELD, Cell, Warden
from .removing import remove

BOX = "/box"
_JOB = BOX + "/job"
_QUIET = kernel.MS_NOSUID | kernel.MS_NODEV
_MOST_DYING, _PATIENCE = 4, 5.0
_USUAL_ROOM = (64 << 20, 8192)
"""The bytes and inodes of a job whose policy says nothing else."""
_TERMINALS = "newinstance,ptmxmode=0666,mode=0666"
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/dev", "/proc/self")

Job = dict[str, Any]  # as JSON has it


class Namespaces:
    """Each job in namespaces of its own, over an overlay: where mounting is allowed."""

    name = "namespaces"

    def __init__(self, spec: dict[str, Any]) -> None:
        families = (seccomp.AF_UNIX,) if spec["deny_inet"] else _FAMILIES
        self._filter = seccomp.build(families, shared_ipc=True)
        self._trees = spec["trees"]
        self._covered = spec["covered"]
        self._warden = Warden(self._furnish)
        self._cell: Cell | None = None
        self._rules = -1
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
            self._warden.order(_order(job))
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
        _seal(self._filter, self._rules)

    def looking(self) -> AbstractContextManager[None]:
        """Return that in which the memory of the job can be looked into."""
        return contextlib.nullcontext()

    def kill(self) -> None:
        """Kill the first process of the namespaces; the kernel ends all others in them."""
        if self._cell:
            self._cell.kill()

    def clean(self) -> bool:
        """Leave it to the kernel: all files and queues go with the namespaces."""
        if self._cell:
            self._dying.append(self._cell)
        self._cell = None
        return True


def _hide() -> None:
    """Cover what only the making of a job's view needs."""
    kernel.mount("hidden", BOX, "tmpfs", _QUIET | kernel.MS_RDONLY, "size=4k,nr_inodes=2")


def _order(job: Job) -> str:
    return f"{job['tree']} {job['folder']}"


class Slots:
    """Each job under a user id of its own, or only under Landlock: where nothing can be mounted."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.name = "landlock" if spec["uid"] is None else "uids"
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # A job may have the runner's user id.
        families = () if spec["deny_unix"] else (seccomp.AF_UNIX,)
        inet = () if spec["deny_inet"] else (seccomp.AF_INET, seccomp.AF_INET6)
        self._work = spec["work"]
        self._filter = seccomp.build(
            families + inet,
            shared_ipc=False,
            shared_user=spec["uid"] is None,
            attributes=self._work == "/work",
        )
        self._landlock = landlock.abi()
        self._trees = spec["trees"]
        self._places = spec["places"]
        self._uid = spec["uid"]
        self._readable = spec["readable"]
        self._covered = spec.get("covered", ())

    kept: tuple[int, ...] = ()
    """No descriptor is needed until a job is sealed."""

    @property
    def roots(self) -> tuple[int, ...]:
        """Return the processes that the job's own, once orphaned, belong to: this one."""
        return (os.getpid(),)

    def fit(self, job: Job) -> None:
        """Say what is different here from what the job asks for."""
        if self._uid is None and not self._is_shared():
            job["limits"]["processes"] += _processes_of(os.getuid())
        if self._work == "/work":
            job["watched_mounts"] = [self._work, *self._places]
        else:
            job["watched_folders"] = [self._work, *self._places]
            job["env"]["TMPDIR"] = job["env"]["HOME"] = self._places[0]

    def fork(self, job: Job) -> int:
        self._prepare(job)
        return os.fork()

    def _prepare(self, job: Job) -> None:
        """Copy the tree; what the job must not be able to change stays the runner's own."""
        project = self._project(job)
        if job["tree"]:
            shutil.copytree(f"{self._trees}/{job['tree']}", project, symlinks=True)
        else:
            os.mkdir(project)
        write_edits(project, job["edits"])
        if self._uid is not None:
            self._uid += 1
            self._give(project, job["protected"])

    def _is_shared(self) -> bool:
        """Tell whether this user namespace is the box's own, where nobody else's count."""
        return os.getpid() == 1

    def _give(self, path: str, protected: list[str]) -> None:
        """Make the job the owner, but of what is protected and of the folders on the way to it."""
        if not protected:
            _chown_all(path, self._uid)
            return
        os.chmod(path, 0o1777)  # noqa: S103 - what is not its own, the job cannot take away
        for name in os.listdir(path):
            if name not in protected:
                within = [one[len(name) + 1 :] for one in protected if one.startswith(name + "/")]
                self._give(f"{path}/{name}", within)

    def enter(self, job: Job) -> str:
        if self._uid is not None:
            _become(self._uid)
        kernel.drop_capabilities()
        return self._project(job)

    def seal(self, job: Job, project: str) -> None:
        made = None
        if self._landlock:
            writable = _unprotected(project, job["protected"]) if self._uid is None else [project]
            writable += [*self._places, "/dev/null", "/dev/full", "/dev/zero", "/dev/pts"]
            readable = (*_SYSTEM, *self._readable, self._work)
            made = landlock.ruleset(readable, writable, network=True)
        _seal(self._filter, made)

    def looking(self) -> AbstractContextManager[None]:
        """Return that in which the memory of the job can be looked into."""
        return contextlib.nullcontext() if self._uid is None else kernel.looking_as(self._uid)

    def kill(self) -> None:
        """Kill everything that this runner may signal: that is the job and what came of it."""
        if os.getppid() and _may_signal(os.getppid()):
            raise OSError("the runner is not shut in")
        _kill_all_others()

    def clean(self) -> bool:
        """Remove what the job left behind, first as the job's user; say whether nothing is left."""
        dead = _are_dead()
        if self._uid is not None:
            with kernel.as_owner(self._uid):
                self._empty()
        self._empty()
        return dead and not any(self._left_behind())

    def _empty(self) -> None:
        for path in self._left_behind():
            remove(path)

    def _left_behind(self) -> list[str]:
        """Return everything in the writable places but the folders in which others are bound."""
        found = [path for place in (*self._places, self._work) for path in _entries(place)]
        bound = [one + "/" for one in self._covered]
        return [path for path in found if not any(one.startswith(path + "/") for one in bound)]

    def _project(self, job: Job) -> str:
        return f"{self._work}/{job['folder']}"


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _chown_all(path: str, uid: int) -> None:
    os.chown(path, uid, uid, follow_symlinks=False)
    if os.path.isdir(path) and not os.path.islink(path):
        for name in os.listdir(path):
            _chown_all(f"{path}/{name}", uid)


def _are_dead() -> bool:
    """Wait for all that was killed, or the next job pays for it; say whether it is gone."""
    deadline = time.monotonic() + _PATIENCE
    while not _reaps_the_last():
        if time.monotonic() > deadline:
            return False
        _kill_all_others()
        time.sleep(0.001)
    return True


def _reaps_the_last() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            continue
    except ChildProcessError:
        return True
    return False


def _processes_of(uid: int) -> int:
    """Count the processes of a user, since the kernel's limit counts them all."""
    owners = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            owners.append(os.stat(f"/proc/{name}").st_uid)
    return owners.count(uid)


_FAMILIES = (seccomp.AF_UNIX, seccomp.AF_INET, seccomp.AF_INET6)


def _room(size: int, inodes: int) -> str:
    return f"size={size},nr_inodes={inodes},mode=0755"


def limit(limits: dict[str, Any]) -> None:
    """Put the limits that the kernel keeps for each process into force."""
    _set(resource.RLIMIT_CPU, int(limits["cpu"]) + 1)
    _set(resource.RLIMIT_AS, limits["memory"])
    _set(resource.RLIMIT_NPROC, limits["processes"])
    _set(resource.RLIMIT_FSIZE, limits["file_size"])
    _set(resource.RLIMIT_NOFILE, limits["descriptors"])
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_MEMLOCK, 1 << 16)
    _set(resource.RLIMIT_MSGQUEUE, 1 << 16)
    _set(resource.RLIMIT_SIGPENDING, 256)


def _set(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _seal(program: Any, made: int | None) -> None:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if made is not None:
        landlock.restrict(made)
        os.close(made)
    if program is not None:
        seccomp.install(program)


def write_edits(project: str, edits: dict[str, Any]) -> None:
    """Lay what differs from the tree over it."""
    for path, wanted in edits.items():
        target = f"{project}/{path}"
        remove(target)
        if wanted is not None:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            _write(target, wanted)


def _write(target: str, wanted: dict[str, Any]) -> None:
    if "link" in wanted:
        os.symlink(wanted["link"], target)
        return
    mode = 0o755 if wanted.get("executable") else 0o644
    opened = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(opened, "wb") as file:
        file.write(base64.b64decode(wanted["content"]))


def _make_read_only(path: str) -> None:
    if not os.path.lexists(path) or os.path.islink(path):
        return
    kernel.mount(path, path, flags=kernel.MS_BIND)
    flags = kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | _QUIET
    kernel.mount("", path, flags=flags)


def _unprotected(project: str, protected: list[str]) -> list[str]:
    """Return the largest places in the project that hold nothing protected."""
    if not protected:
        return [project]
    found = []
    for name in os.listdir(project):
        within = [one[len(name) + 1 :] for one in protected if one.startswith(name + "/")]
        if name in protected:
            continue
        found += _unprotected(f"{project}/{name}", within) if within else [f"{project}/{name}"]
    return found


def _entries(place: str) -> list[str]:
    try:
        return [f"{place}/{name}" for name in os.listdir(place)]
    except FileNotFoundError:
        return []


def _may_signal(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return False
    return True


def _kill_all_others() -> None:
    """Kill whatever may be killed; the kernel lets no fork that is under way escape."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
