"""System calls that Python does not offer, by number, on x86-64 and 64-bit ARM."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
from collections.abc import Iterator
from typing import Any

_LIBC = ctypes.PyDLL(None, use_errno=True)  # PyDLL keeps the GIL, which a fork needs.
_LIBC.syscall.restype = ctypes.c_long

MACHINE = platform.machine()
_NUMBERS = {
    "x86_64": {"clone": 56, "pivot_root": 155, "seccomp": 317},
    "aarch64": {"clone": 220, "pivot_root": 41, "seccomp": 277},
}.get(MACHINE, {})
_NUMBERS.update(
    open_tree=428,
    move_mount=429,
    mount_setattr=442,
    landlock_create_ruleset=444,
    landlock_add_rule=445,
    landlock_restrict_self=446,
    pidfd_getfd=438,
)

CLONE_PARENT = 0x00008000
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
AT_FDCWD, AT_RECURSIVE, AT_EMPTY_PATH = -100, 0x8000, 0x1000
OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC = 1, 0o2000000
MOVE_MOUNT_F_EMPTY_PATH = 4
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV = 1, 2, 4

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECUREBITS = 1, 4, 24, 28
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 36, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
_NO_SUCH_CAPABILITY = 22
_NO_ROOT_LOCKED = 0b00101111


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(name: str, *arguments: object) -> int:
    """Make the system call `name`; integers are passed as C longs."""
    if name not in _NUMBERS:
        raise OSError(38, f"{name} has no known number on {MACHINE}")
    passed = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(_LIBC.syscall(ctypes.c_long(_NUMBERS[name]), *passed), name)


def _prepared(library: ctypes.PyDLL, name: str, arguments: int, result: Any) -> Any:
    """Return a function of integers whose calls make few objects.

    A process that does nothing but fork copies each page that it writes to in between.
    """
    function = library[name]
    function.argtypes = (ctypes.c_long,) * arguments
    function.restype = result
    return function


_clone = _prepared(_LIBC, "syscall", 6, ctypes.c_long)
_setns = _prepared(_LIBC, "setns", 2, ctypes.c_int)
_before_fork = _prepared(ctypes.pythonapi, "PyOS_BeforeFork", 0, None)
_after_in_parent = _prepared(ctypes.pythonapi, "PyOS_AfterFork_Parent", 0, None)
_after_in_child = _prepared(ctypes.pythonapi, "PyOS_AfterFork_Child", 0, None)
_CLONE = _NUMBERS.get("clone", -1)
_SIGCHLD = 17


def fork_with(flags: int) -> int:
    """Fork as `os.fork` does, with more to it: new namespaces, the parent's parent."""
    _before_fork()
    pid: int = _clone(_CLONE, flags | _SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        _after_in_child()
        return 0
    number = ctypes.get_errno() if pid < 0 else 0
    _after_in_parent()
    if number:
        raise OSError(number, f"clone: {os.strerror(number)}")
    return pid


def setns(descriptor: int, flags: int) -> None:
    _checked(_setns(descriptor, flags), "setns")


def unshare(flags: int) -> None:
    _checked(_LIBC.unshare(flags), "unshare")


_mount = _LIBC["mount"]
_mount.argtypes = (*(ctypes.c_char_p,) * 3, ctypes.c_ulong, ctypes.c_char_p)


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    texts = map(_encoded, (source, target, kind))
    if _mount(*texts, flags, _encoded(options)) < 0:
        _checked(-1, f"mount {kind or 'bind'} on {target}")


def _encoded(text: str) -> bytes | None:
    return text.encode("utf-8", "surrogateescape") or None


def unmount(target: str) -> None:
    _checked(_LIBC.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def clone_tree(path: str) -> int:
    """Return a detached copy of the mounts at `path`, to be put elsewhere later."""
    flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE
    return syscall("open_tree", AT_FDCWD, os.fsencode(path), flags)


def attach_tree(tree: int, target: str, *, read_only: bool = True) -> None:
    """Put a detached copy at `target`; no set-uid program in it works, no device opens."""
    attributes = (ctypes.c_uint64 * 4)(ATTR_NOSUID, 0, 0, 0)
    if read_only:
        attributes[0] |= ATTR_RDONLY | ATTR_NODEV
    size = ctypes.sizeof(attributes)
    flags = AT_EMPTY_PATH | AT_RECURSIVE
    syscall("mount_setattr", tree, b"", flags, ctypes.byref(attributes), size)
    syscall("move_mount", tree, b"", AT_FDCWD, os.fsencode(target), MOVE_MOUNT_F_EMPTY_PATH)
    os.close(tree)


def pivot_root(folder: str) -> None:
    """Make `folder` the root and let go of the old one."""
    os.chdir(folder)
    syscall("pivot_root", b".", b".")
    unmount(".")
    os.chdir("/")


def prctl(option: int, value: int = 0) -> None:
    _checked(_prctl(option, value), f"prctl {option}")


def _prctl(option: int, value: int) -> int:
    passed = [ctypes.c_ulong(one) for one in (value, 0, 0, 0)]
    result: int = _LIBC.prctl(option, *passed)
    return result


def drop_capabilities(keep: int = 0) -> None:
    """Give up every capability but those in the mask `keep`, for good."""
    for number in range(64):
        failed = not keep >> number & 1 and _prctl(PR_CAPBSET_DROP, number)
        if failed and ctypes.get_errno() == _NO_SUCH_CAPABILITY:
            break
    _set_capabilities(keep)


def drop_all_capabilities() -> None:
    """Give up every capability; root's own powers go first, so that no program brings them back."""
    prctl(PR_SET_SECUREBITS, _NO_ROOT_LOCKED)
    _set_capabilities(0)


def _set_capabilities(mask: int) -> None:
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    data = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    _checked(_LIBC.capset(ctypes.byref(header), ctypes.byref(data)), "capset")


@contextlib.contextmanager
def as_owner(uid: int) -> Iterator[None]:
    """Have the rights of `uid` alone for a while: root without its powers may not remove all."""
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@contextlib.contextmanager
def looking_as(uid: int) -> Iterator[None]:
    """See files and memory as `uid` does for a while; whom it may signal stays as it is."""
    for call in (_LIBC.setfsgid, _LIBC.setfsuid):
        call(uid)
    try:
        yield
    finally:
        for call in (_LIBC.setfsuid, _LIBC.setfsgid):
            call(0)


def map_ids(uid: int, gid: int, outer_uid: int, outer_gid: int, pid: object = "self") -> None:
    """Name the ids inside a new user namespace."""
    if pid == "self":
        _write(f"/proc/{pid}/setgroups", "deny")
    _write(f"/proc/{pid}/uid_map", f"{uid} {outer_uid} 1")
    _write(f"/proc/{pid}/gid_map", f"{gid} {outer_gid} 1")


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
