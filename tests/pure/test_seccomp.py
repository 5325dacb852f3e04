"""The filter of system calls, interpreted here as the kernel does it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sandbox.runner import kernel, seccomp

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
FAMILIES = (seccomp.AF_UNIX,)


def decide(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """Run a classic BPF program over the description of a call."""
    padded = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("=IIQ6Q", number & 0xFFFFFFFF, arch, 0, *padded)
    lines = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    at = accumulator = 0
    while True:
        operation, if_true, if_false, value = lines[at]
        at += 1
        if operation == 0x06:
            return int(value)
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif operation == 0x15:
            at += if_true if accumulator == value else if_false
        elif operation == 0x35:
            at += if_true if accumulator >= value else if_false
        elif operation == 0x45:
            at += if_true if accumulator & value else if_false
        else:
            raise AssertionError(hex(operation))


@pytest.fixture(params=ARCHES)
def arch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name: str = request.param
    monkeypatch.setattr(kernel, "MACHINE", name)
    return name


def built(
    *,
    families: tuple[int, ...] = FAMILIES,
    shared_ipc: bool = True,
    shared_user: bool = False,
    attributes: bool = True,
) -> bytes:
    program = seccomp.build(
        families, shared_ipc=shared_ipc, shared_user=shared_user, attributes=attributes
    )
    assert program is not None
    return program.raw[: len(program.raw) // 8 * 8]


def number_of(name: str, arch: str) -> int:
    tables = {**seccomp._DENIED, **seccomp._ABSENT, **seccomp._SHARED_IPC, **seccomp._OF_PROCESSES}
    return tables[name][list(ARCHES).index(arch)]


@pytest.mark.parametrize("name", [*seccomp._DENIED, *seccomp._ABSENT])
def test_what_is_listed_is_refused(arch: str, name: str) -> None:
    number = number_of(name, arch)
    if number < 0:
        assert arch == "aarch64"
        return
    error = seccomp.ENOSYS if name in seccomp._ABSENT else seccomp.EPERM
    assert decide(built(), ARCHES[arch], number) == ERRNO | error


def test_all_else_is_allowed(arch: str) -> None:
    at = list(ARCHES).index(arch)
    listed = {pair[at] for table in (seccomp._DENIED, seccomp._ABSENT) for pair in table.values()}
    special = {seccomp._CLONE, seccomp._SOCKET, seccomp._SOCKETPAIR, seccomp._IOCTL}
    examined = {pair[at] for pair in special}
    program = built()
    for number in set(range(600)) - listed - examined:
        assert decide(program, ARCHES[arch], number) == ALLOW, number


def test_another_machines_calls_end_the_process(arch: str) -> None:
    for other in (0x40000003, 0x40000028, *ARCHES.values()):
        if other != ARCHES[arch]:
            assert decide(built(), other, 39) == KILL


def test_the_other_numbering_of_x86_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "MACHINE", "x86_64")
    assert decide(built(), ARCHES["x86_64"], 0x40000000 | 39) == KILL


@given(flags=st.integers(0, 2**32 - 1))
def test_clone_makes_processes_and_threads_but_no_namespaces(flags: int) -> None:
    number = seccomp._CLONE[list(ARCHES).index(kernel.MACHINE)]
    reaches_out = bool(flags & (seccomp._NAMESPACES | seccomp._CLONE_PARENT))
    found = decide(built(), ARCHES[kernel.MACHINE], number, flags)
    assert found == (ERRNO | seccomp.EPERM if reaches_out or flags == 0xFFFFFFFF else ALLOW)


@given(family=st.integers(0, 2**31), kept=st.sets(st.sampled_from([1, 2, 10])))
def test_sockets_are_of_the_families_that_are_named(family: int, kept: set[int]) -> None:
    number = seccomp._SOCKET[list(ARCHES).index(kernel.MACHINE)]
    found = decide(built(families=tuple(kept)), ARCHES[kernel.MACHINE], number, family)
    assert found == (ALLOW if family in kept else ERRNO | seccomp.EAFNOSUPPORT)


@pytest.mark.parametrize(
    ("kind", "connected"), [(1, True), (5, True), (2, False), (3, False), (2 | 0x80800, False)]
)
def test_a_pair_is_connected_for_good_where_sockets_are_refused(
    arch: str, kind: int, *, connected: bool
) -> None:
    number = seccomp._SOCKETPAIR[list(ARCHES).index(arch)]
    refused = ALLOW if connected else ERRNO | seccomp.EPERM
    assert decide(built(families=()), ARCHES[arch], number, seccomp.AF_UNIX, kind) == refused
    assert decide(built(), ARCHES[arch], number, seccomp.AF_UNIX, kind) == ALLOW
    assert decide(built(), ARCHES[arch], number, 38, kind) == ERRNO | seccomp.EAFNOSUPPORT


@pytest.mark.parametrize("name", seccomp._OF_PROCESSES)
def test_a_job_sets_limits_for_itself_alone_where_others_have_its_user(
    arch: str, name: str
) -> None:
    kinds = {"ioprio_set": (1,), "setpriority": (0,)}.get(name, ())
    number = number_of(name, arch)
    program = built(shared_user=True)
    assert decide(program, ARCHES[arch], number, *kinds, 0) == ALLOW
    assert decide(program, ARCHES[arch], number, *kinds, 77) == ERRNO | seccomp.EPERM
    if kinds:
        assert decide(program, ARCHES[arch], number, 2, 0) == ERRNO | seccomp.EPERM
    assert decide(built(), ARCHES[arch], number, *kinds, 77) == ALLOW


def test_a_terminal_cannot_be_typed_into(arch: str) -> None:
    number = seccomp._IOCTL[list(ARCHES).index(arch)]
    for request in (seccomp._TIOCSTI, seccomp._TIOCLINUX, seccomp._TIOCSETD):
        assert decide(built(), ARCHES[arch], number, 0, request) == ERRNO | seccomp.EPERM
    assert decide(built(), ARCHES[arch], number, 0, 0x5401) == ALLOW


@pytest.mark.parametrize("name", seccomp._SHARED_IPC)
def test_queues_are_refused_where_they_would_be_shared(arch: str, name: str) -> None:
    number = number_of(name, arch)
    assert decide(built(), ARCHES[arch], number) == ALLOW
    assert decide(built(shared_ipc=False), ARCHES[arch], number) == ERRNO | seccomp.EPERM


@pytest.mark.parametrize("name", seccomp._ATTRIBUTES)
def test_attributes_are_not_supported_where_nothing_bounds_them(arch: str, name: str) -> None:
    number = seccomp._ATTRIBUTES[name][list(ARCHES).index(arch)]
    assert decide(built(), ARCHES[arch], number) == ALLOW
    found = decide(built(attributes=False), ARCHES[arch], number)
    assert found == ERRNO | seccomp.ENOTSUP


def test_an_unknown_machine_has_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "MACHINE", "pdp11")
    assert seccomp.build(FAMILIES, shared_ipc=True) is None
