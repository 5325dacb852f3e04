"""The original: the process with everything imported, of which each job is a copy.

It does nothing but fork. A fork shares its memory until one side writes to it, so what the runner
does meanwhile, in its own small process, costs neither side a copy.
"""

from __future__ import annotations

import array
import os
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from . import kernel, values

if TYPE_CHECKING:
    from .overlay import Overlay

_ENDS = ("output", "records", "status", "peer")
_ROOM = socket.CMSG_SPACE(4 * len(_ENDS))
_LINE = 3
_PID = struct.Struct("i")


class Original:
    """The runner's line to it; it must be begun before the runner holds anything of its own."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._line, line = socket.socketpair()
        if os.fork() == 0:
            _be_the_original(spec, line)
        line.close()

    def warm_up(self) -> dict[str, Any]:
        """Wait until it is warm; return what is known of its interpreter."""
        facts: dict[str, Any] = values.receive(self._line.fileno())
        return facts

    def fork(self, cell: int, ends: dict[str, int]) -> None:
        """Have it fork into a cell; the new process is a child of the runner."""
        passed = array.array("i", [ends[name] for name in _ENDS])
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, passed)
        self._line.sendmsg([_PID.pack(cell)], [rights])

    def forked(self) -> int:
        """Return the process that was forked."""
        answer = self._line.recv(_PID.size)
        if len(answer) < _PID.size:
            raise OSError("the original has ended")
        pid: int = _PID.unpack(answer)[0]
        if pid < 0:
            raise OSError(-pid, f"it cannot be forked: {os.strerror(-pid)}")
        return pid


def _be_the_original(spec: dict[str, Any], line: socket.socket) -> NoReturn:
    try:
        _fork_each(spec, _let_go_of_all_but(line))
    except ConnectionError:
        os._exit(0)  # The runner has ended with an answer unread.
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)


def _let_go_of_all_but(line: socket.socket) -> socket.socket:
    """Close everything, the line of the box included: no job must inherit it."""
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1):
        os.dup2(nothing, number)
    os.dup2(line.detach(), _LINE)
    os.closerange(_LINE + 1, 1 << 16)
    return socket.socket(fileno=_LINE)


def _fork_each(spec: dict[str, Any], line: socket.socket) -> None:
    from .doing import wait_and_do
    from .overlay import Overlay
    from .warming import warm_up
    from .work import InPlace, have

    overlay = Overlay(spec)
    facts = warm_up(spec)
    in_place = InPlace(spec["origin"])
    have(spec["env"])
    values.send(_LINE, facts)
    while True:
        cell, passed, _, _ = line.recvmsg(_PID.size, _ROOM, socket.MSG_CMSG_CLOEXEC)
        if not cell:
            return
        ends = array.array("i", passed[0][2])
        pid = _fork_into(_PID.unpack(cell)[0], overlay)
        if pid == 0:
            wait_and_do(overlay, in_place, dict(zip(_ENDS, ends)))
        for end in ends:
            os.close(end)
        os.write(_LINE, _PID.pack(pid))


def _fork_into(cell: int, overlay: Overlay) -> int:
    """Return the new process, or the number of the error below zero."""
    try:
        descriptor = os.pidfd_open(cell)
    except OSError as error:
        return -(error.errno or 1)
    overlay.cell = (cell, descriptor)
    pid = _fork_where(descriptor)
    if pid:
        os.close(descriptor)
    return pid


def _fork_where(cell: int) -> int:
    try:
        kernel.setns(cell, kernel.CLONE_NEWPID)
        return kernel.fork_with(kernel.CLONE_PARENT)
    except OSError as error:
        return -(error.errno or 1)
