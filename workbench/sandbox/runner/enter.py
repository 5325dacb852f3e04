"""Entering a box: from a process of workbench's own Python to the runner, shut in.

It runs under the interpreter of workbench, before anything of the user's project is executed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import sys
from typing import Any

from . import kernel, landlock, seccomp

_NEW_ROOT = "/tmp"
_OWN = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWCGROUP
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
_FOR_SLOTS = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7
"""CHOWN, KILL, SETGID, SETUID: what it takes to give each job a user of its own."""
_QUIET = kernel.MS_NOSUID | kernel.MS_NODEV


def main() -> None:
    """Become the runner that the JSON in the last argument describes."""
    spec = json.loads(sys.argv[-1])
    {"namespaces": enter_namespaces, "landlock": enter_landlock}[spec["engine"]](spec)
    os.execve(spec["argv"][0], spec["argv"], spec["environment"])


def enter_namespaces(spec: dict[str, Any]) -> None:
    """Return in the first process of new namespaces, with nothing of the machine but what is bound.

    The one outside stays to wait for it.
    """
    _unshare(spec["outer_id"])
    trees = [(kernel.clone_tree(source), target) for source, target in spec["binds"]]
    devices = [(kernel.clone_tree(f"/dev/{name}"), name) for name in _DEVICES]
    if spec["outer_id"]:
        os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
    pid = os.fork()
    if pid:
        _wait_for(pid)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("root", _NEW_ROOT, "tmpfs", _QUIET, "size=32m,nr_inodes=8192,mode=0755")
    _furnish(_NEW_ROOT, spec, trees, devices)
    kernel.pivot_root(_NEW_ROOT)
    flags = kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | _QUIET
    kernel.mount("", "/", flags=flags)
    socket.sethostname("box")
    if spec["network"] == "loopback":
        _raise_loopback()
    os.setsid()
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


def _unshare(outer_id: int) -> None:
    """Make the namespaces; a privileged user maps an id that owns nothing on this machine."""
    if not outer_id:
        uid, gid = os.geteuid(), os.getegid()
        kernel.unshare(_OWN)
        kernel.map_ids(0, 0, uid, gid)
        return
    ready, go = os.pipe()
    target = os.getpid()
    helper = os.fork()
    if helper == 0:
        os.read(ready, 1)
        kernel.map_ids(0, 0, outer_id, outer_id, str(target))
        os._exit(0)
    kernel.unshare(_OWN)
    os.write(go, b"g")
    _, status = os.waitpid(helper, 0)
    for end in (ready, go):
        os.close(end)
    if status:
        raise PermissionError("user ids cannot be mapped")


def _wait_for(pid: int) -> None:
    os.closerange(0, 2)
    _, status = os.waitpid(pid, 0)
    os._exit(min(os.waitstatus_to_exitcode(status) & 0xFF, 255))


def _furnish(root: str, spec: dict[str, Any], trees: Any, devices: Any) -> None:
    for folder in ("proc", "dev", "dev/shm", "dev/pts", "tmp", "work", "box", "box/job", "etc"):
        os.makedirs(f"{root}/{folder}", exist_ok=True)
    os.makedirs(f"{root}/var", exist_ok=True)
    os.symlink("/tmp", f"{root}/var/tmp")
    for path, text in spec["files"].items():
        _write(root + path, text)
    for source, target in spec["copies"]:
        os.makedirs(os.path.dirname(root + target), exist_ok=True)
        _copy(source, root + target)
    for path, target in spec["links"].items():
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        os.symlink(target, root + path)
    for tree, target in trees:
        _attach(tree, root + target)
    for tree, name in devices:
        _write(f"{root}/dev/{name}", "")
        kernel.attach_tree(tree, f"{root}/dev/{name}", read_only=False)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{root}/dev/{name}")
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    os.symlink("pts/ptmx", f"{root}/dev/ptmx")
    options = "newinstance,ptmxmode=0666,mode=0666"
    kernel.mount("pts", f"{root}/dev/pts", "devpts", kernel.MS_NOSUID | kernel.MS_NOEXEC, options)
    kernel.mount("proc", f"{root}/proc", "proc", _QUIET | kernel.MS_NOEXEC)


def _copy(source: str, target: str) -> None:
    """Copy a file or folder: each mount of a box is one more in the namespaces of each job."""
    if os.path.isdir(source):
        shutil.copytree(source, target, symlinks=True, ignore=_unreadable)
    else:
        shutil.copyfile(source, target)


def _unreadable(folder: str, names: list[str]) -> list[str]:
    paths = {name: f"{folder}/{name}" for name in names}
    return [name for name, path in paths.items() if not os.access(path, os.R_OK)]


def _attach(tree: int, target: str) -> None:
    if os.path.isdir(f"/proc/self/fd/{tree}"):
        os.makedirs(target, exist_ok=True)
    elif not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        _write(target, "")
    kernel.attach_tree(tree, target)


def _write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        fcntl.ioctl(made, 0x8914, struct.pack("16sh14x", b"lo", 1 | 64))  # SIOCSIFFLAGS


def enter_landlock(spec: dict[str, Any]) -> None:
    """Restrict this very process: files by Landlock, calls by seccomp, hardly a capability."""
    kernel.drop_capabilities(_FOR_SLOTS if spec["privileged"] else 0)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    if landlock.abi() < landlock.LEAST:
        raise OSError(f"Landlock is at version {landlock.abi()}, not {landlock.LEAST}")
    landlock.restrict(landlock.ruleset(spec["readable"], spec["writable"], network=False))
    program = seccomp.build((), shared_ipc=False)
    if program is None:
        raise OSError(f"no filter of system calls for {kernel.MACHINE}")
    seccomp.install(program)
