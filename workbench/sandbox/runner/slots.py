"""Each job under a user id of its own, or only under Landlock: where nothing can be mounted."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from contextlib import AbstractContextManager
from typing import Any

from . import kernel, landlock, seccomp
from .confine import Job, seal, write_edits
from .copying import copy, give_away
from .doing import wait_and_do
from .removing import remove
from .warming import warm_up
from .work import InPlace, have

_PATIENCE = 5.0
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/dev", "/proc/self")
_DEVICES = ("/dev/null", "/dev/full", "/dev/zero", "/dev/pts")


class Slot:
    """What the process of a job does to itself where nothing can be mounted."""

    def __init__(self, spec: dict[str, Any]) -> None:
        families = () if spec["deny_unix"] else (seccomp.AF_UNIX,)
        inet = () if spec["deny_inet"] else (seccomp.AF_INET, seccomp.AF_INET6)
        self._work = spec["work"]
        self._filter = seccomp.build(
            families + inet,
            shared_ipc=False,
            shared_user=spec["uid"] is None,
            attributes=self._work == "/work",
        )
        self._rules: int | None = None
        self._places = spec["places"]
        self._readable = spec["readable"]
        self.uid: int | None = spec["uid"]
        """The user of the job, where it has one of its own."""

    def take_another_user(self) -> None:
        """In the runner: let nobody be two jobs."""
        if self.uid is not None:
            self.uid += 1

    def enter(self, likely: Job) -> None:
        del likely
        if self.uid is not None:
            _become(self.uid)
        kernel.drop_capabilities()
        if landlock.abi():
            readable = (*_SYSTEM, *self._readable, self._work)
            self._rules = landlock.ruleset(readable, (*self._places, *_DEVICES), network=True)

    @property
    def kept(self) -> tuple[int, ...]:
        return () if self._rules is None else (self._rules,)

    def shut_in(self, job: Job) -> str:
        return f"{self._work}/{job['folder']}"

    def seal(self, job: Job, project: str) -> None:
        if self._rules is not None:
            own = _unprotected(project, job["protected"]) if self.uid is None else [project]
            landlock.allow_all(self._rules, own)
        seal(self._filter, self._rules)


class Slots:
    """What is not kept apart by a mount is copied, given away, and removed."""

    kills_all = True

    def __init__(self, spec: dict[str, Any]) -> None:
        self.name = "landlock" if spec["uid"] is None else "uids"
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # A job may have the runner's user id.
        self._spec = spec
        self._slot = Slot(spec)
        self._work = spec["work"]
        self._trees = spec["trees"]
        self._places = spec["places"]
        self._covered = spec.get("covered", ())
        self._forked = 0

    @property
    def _uid(self) -> int | None:
        return self._slot.uid

    @property
    def roots(self) -> tuple[int, ...]:
        """Return this process."""
        return (os.getpid(),)

    def warm_up(self) -> dict[str, Any]:
        facts = warm_up(self._spec)
        self._in_place = InPlace(self._spec["origin"])
        return facts

    def fork(self, ends: dict[str, int]) -> None:
        self._slot.take_another_user()
        self._forked = os.fork()
        if self._forked == 0:
            wait_and_do(self._slot, self._in_place, ends)

    def forked(self) -> int:
        return self._forked

    def begin(self, job: Job) -> None:
        """Say what is different here from what the job asks for, and copy its tree.

        What it must not be able to change stays the runner's own.
        """
        self._fit(job)
        have(job["env"])  # The next job is likely to find it there.
        project = self._project(job)
        if job["tree"]:
            copy(f"{self._trees}/{job['tree']}", project)
        else:
            os.mkdir(project)
        write_edits(project, job["edits"])
        if self._uid is not None:
            self._give(project, job["protected"], self._uid)

    def _fit(self, job: Job) -> None:
        if self._uid is None and not self._is_shared():
            job["limits"]["processes"] += _processes_of(os.getuid())
        if self._work == "/work":
            job["watched_mounts"] = [self._work, *self._places]
        else:
            job["watched_folders"] = [self._work, *self._places]
            job["env"]["TMPDIR"] = job["env"]["HOME"] = self._places[0]

    def _is_shared(self) -> bool:
        """Tell whether this user namespace is the box's own, where nobody else's count."""
        return os.getpid() == 1

    def _give(self, path: str, protected: list[str], uid: int) -> None:
        """Make the job the owner, but of what is protected and of the folders on the way to it."""
        if not protected:
            give_away(path, uid)
            return
        os.chmod(path, 0o1777)  # noqa: S103 - what is not its own, the job cannot take away
        for name in os.listdir(path):
            if name not in protected:
                within = [one[len(name) + 1 :] for one in protected if one.startswith(name + "/")]
                self._give(f"{path}/{name}", within, uid)

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
        left = self._left_behind()
        if self._uid is not None:
            with kernel.as_owner(self._uid):
                left = self._without(left)
        return dead and not self._without(left)

    def _without(self, left: list[str]) -> list[str]:
        """Remove what is left behind; return what is left even so."""
        for path in left:
            remove(path)
        return self._left_behind() if left else []

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
