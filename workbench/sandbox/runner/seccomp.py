"""The filter of system calls: what a job never needs and an attacker would."""

from __future__ import annotations

import ctypes
import struct

from . import kernel

EPERM, ENOSYS, ENOTSUP, EAFNOSUPPORT = 1, 38, 95, 97
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NR, _ARCH, _FIRST_ARGUMENT = 0, 4, 16

_ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NAMESPACES = 0x7E020080  # every CLONE_NEW* flag
_CLONE_PARENT = 0x8000  # what nobody but the runner would be the parent of
_TIOCSTI, _TIOCLINUX, _TIOCSETD = 0x5412, 0x541C, 0x5423
_DATAGRAMS = 2  # the bit of a socket's type that SOCK_DGRAM and SOCK_RAW have

# (x86-64, aarch64); -1: there is none
_DENIED = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
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
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
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
    "semget": (64, 190),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
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
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
}
"""Memory without a mapping or a mount is in nobody's account, so no limit would bind it."""
_SHARED_IPC = {"mq_open": (240, 180)}
_ATTRIBUTES = {
    "fsetxattr": (190, 7),
    "lsetxattr": (189, 6),
    "setxattr": (188, 5),
    "setxattrat": (463, 463),
}
_CLONE, _IOCTL, _SOCKET, _SOCKETPAIR = (56, 220), (16, 29), (41, 198), (53, 199)
_OF_PROCESSES = {
    "ioprio_set": (251, 30),
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "setpriority": (141, 140),
}
_BY_KIND = ("ioprio_set", "setpriority")
"""The first argument says whether the second is a process, a group or a user."""


def build(
    families: tuple[int, ...],
    *,
    shared_ipc: bool,
    shared_user: bool = False,
    attributes: bool = True,
) -> ctypes.Array[ctypes.c_char] | None:
    """Return the filter for this machine; None where the numbers are not known.

    `shared_ipc`: the POSIX queues are the job's own, so it may use them. `shared_user`: processes
    that are not the job's have its user, so it may set limits and priorities for itself alone.
    `attributes`: those of files take room that a mount keeps within bounds.
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
    if not attributes:
        code += _each(_ATTRIBUTES, arch, ENOTSUP)
    code += _on_argument(_CLONE[arch], 0, [(_ANY_BIT, _NAMESPACES | _CLONE_PARENT)], EPERM)
    terminal = [(_EQUAL, one) for one in (_TIOCSTI, _TIOCLINUX, _TIOCSETD)]
    code += _on_argument(_IOCTL[arch], 1, terminal, EPERM)
    code += _only(_SOCKET[arch], 0, families, EAFNOSUPPORT)
    code += _only(_SOCKETPAIR[arch], 0, (AF_UNIX,), EAFNOSUPPORT)
    if AF_UNIX not in families:  # such a pair can still be connected to somebody else
        code += _on_argument(_SOCKETPAIR[arch], 1, [(_ANY_BIT, _DATAGRAMS)], EPERM)
    if shared_user:
        code += _only_itself(arch)
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


def _only(call: int, position: int, allowed: tuple[int, ...], error: int) -> _Code:
    """Refuse `call` unless its argument is one of those allowed."""
    lines = [(_LOAD, 0, 0, _FIRST_ARGUMENT + 8 * position)]
    lines += [(_EQUAL, len(allowed) - at, 0, one) for at, one in enumerate(allowed)]
    lines += [(_RETURN, 0, 0, _ERRNO | error), (_LOAD, 0, 0, _NR)]
    return [(_EQUAL, 0, len(lines), call), *lines]


def _only_itself(arch: int) -> _Code:
    """Refuse what names another process; 0 means the one that asks."""
    code: _Code = []
    for name, numbers in _OF_PROCESSES.items():
        code += _only(numbers[arch], int(name in _BY_KIND), (0,), EPERM)
    code += _only(_OF_PROCESSES["ioprio_set"][arch], 0, (1,), EPERM)
    return code + _only(_OF_PROCESSES["setpriority"][arch], 0, (0,), EPERM)
