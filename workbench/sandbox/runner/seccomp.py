"""The filter of system calls: what a job never needs and an attacker would."""

from __future__ import annotations

import ctypes
import struct

from . import kernel

EPERM, ENOSYS, EAFNOSUPPORT = 1, 38, 97
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NR, _ARCH, _FIRST_ARGUMENT = 0, 4, 16

_ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C

# (x86-64, aarch64); -1: there is none
_DENIED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "ioperm": (173, -1),
    "iopl": (172, -1),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "modify_ldt": (154, -1),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
}
_ABSENT = {
    "clone3": (435, 435),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
}
_SHARED_IPC = {
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "semget": (64, 190),
    "shmget": (29, 194),
}
_CLONE, _SOCKET, _IOCTL = (56, 220), (41, 198), (16, 29)


def build(families: tuple[int, ...], *, shared_ipc: bool) -> ctypes.Array[ctypes.c_char] | None:
    """Return the filter for this machine; None where the numbers are not known.

    `shared_ipc`: the System V and POSIX queues are the job's own, so it may use them.
    """
    if kernel.MACHINE not in _ARCHES:
        return None
    arch = list(_ARCHES).index(kernel.MACHINE)
    code = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, _ARCHES[kernel.MACHINE]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NR),
    ]
    if arch == 0:  # the x32 numbers would go around the list
        code += [(_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL)]
    denied = dict(_DENIED) if shared_ipc else {**_DENIED, **_SHARED_IPC}
    code += _each(denied, arch, EPERM) + _each(_ABSENT, arch, ENOSYS)
    code += _on_argument(_CLONE[arch], 0, [(_ANY_BIT, _NAMESPACES)], EPERM)
    code += _on_argument(_IOCTL[arch], 1, [(_EQUAL, _TIOCSTI), (_EQUAL, _TIOCLINUX)], EPERM)
    code += _only_families(_SOCKET[arch], families)
    code.append((_RETURN, 0, 0, _ALLOW))
    return ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def install(program: ctypes.Array[ctypes.c_char]) -> None:
    """Put the filter over this process and all that come of it; there is no way back."""
    described = _Program(ctypes.sizeof(program) // 8, ctypes.addressof(program))
    kernel.syscall("seccomp", 1, 0, ctypes.byref(described))


_Code = list[tuple[int, int, int, int]]  # operation, jump if true, jump if false, value


def _each(calls: dict[str, tuple[int, int]], arch: int, error: int) -> _Code:
    numbers = sorted(pair[arch] for pair in calls.values() if pair[arch] >= 0)
    lines = [(_EQUAL, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    return [*lines, (_EQUAL, 0, 1, 0xFFFFFFFF), (_RETURN, 0, 0, _ERRNO | error)]


def _on_argument(call: int, position: int, tests: list[tuple[int, int]], error: int) -> _Code:
    """Refuse `call` when its argument passes one of the tests."""
    lines = [(_LOAD, 0, 0, _FIRST_ARGUMENT + 8 * position)]
    lines += [(kind, len(tests) - at, 0, value) for at, (kind, value) in enumerate(tests)]
    lines += [(_EQUAL, 0, 1, 0xFFFFFFFF), (_RETURN, 0, 0, _ERRNO | error), (_LOAD, 0, 0, _NR)]
    return [(_EQUAL, 0, len(lines), call), *lines]


def _only_families(call: int, families: tuple[int, ...]) -> _Code:
    lines = [(_LOAD, 0, 0, _FIRST_ARGUMENT)]
    lines += [(_EQUAL, len(families) - at, 0, one) for at, one in enumerate(families)]
    lines += [(_RETURN, 0, 0, _ERRNO | EAFNOSUPPORT), (_LOAD, 0, 0, _NR)]
    return [(_EQUAL, 0, len(lines), call), *lines]
