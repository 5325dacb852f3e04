"""Watching one job from beside it: output, records, time, memory; ending all that came of it."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Iterator
from typing import Any

from . import channel as wire

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_FIRST_LOOK, _LOOK_EVERY = 0.03, 0.05
_CHUNK = 1 << 16


class Output:
    """What a job printed: its first and its last bytes, and how much there was."""

    def __init__(self, kept: int) -> None:
        self._half = kept // 2
        self._head = bytearray()
        self._tail = bytearray()
        self.total = 0

    def add(self, data: bytes) -> None:
        self.total += len(data)
        room = self._half - len(self._head)
        self._head += data[:room]
        self._tail += data[room:]
        del self._tail[: max(0, len(self._tail) - self._half)]

    @property
    def parts(self) -> dict[str, Any]:
        return {
            "head": self._head.decode("utf-8", "replace"),
            "tail": self._tail.decode("utf-8", "replace"),
            "total": self.total,
        }


class Watch:
    """One running job."""

    def __init__(
        self,
        job: dict[str, Any],
        line: wire.Channel,
        pid: int,
        ends: dict[str, int],
        confinement: Any,
    ) -> None:
        self._confinement = confinement
        self._job = job
        self._limits = job["limits"]
        self._line = line
        self._pid = pid
        self._ends = ends
        self._output = Output(self._limits["output"])
        self._record_bytes = 0
        self._status = bytearray()
        self._reason = ""
        self._ended = False
        self._peak = 0
        self._cpu = 0.0
        self._cpu_of_orphans = 0.0
        self._taken = self._room()
        self._began = time.monotonic()
        self._process = os.pidfd_open(pid)
        self._poll = select.poll()
        self._poll.register(self._process, select.POLLIN)
        for end in (line.incoming, *ends.values()):
            os.set_blocking(end, end == line.incoming)
            self._poll.register(end, select.POLLIN)

    def run(self) -> dict[str, Any]:
        """Return what became of it; nothing of it is alive afterwards."""
        next_look = self._began + _FIRST_LOOK
        deadline = self._began + self._limits["wall"]
        while not self._ended:
            now = time.monotonic()
            if now >= deadline:
                self._end("timeout")
            if now >= next_look:
                self._look()
                next_look = now + _LOOK_EVERY
            until = max(0.0, min(deadline, next_look) - now)
            for end, _ in self._poll.poll(1000 * until + 1):
                self._heed(end)
        return self._finish()

    def _finish(self) -> dict[str, Any]:
        wall = time.monotonic() - self._began
        self._kill()
        _, status, used = os.wait4(self._pid, 0)
        self._drain()
        if not self._reason and self._is_full():
            self._reason = "disk"
        for end in (self._process, *self._ends.values()):
            os.close(end)
        return {
            "id": self._job["id"],
            "reason": self._reason,
            "error": self._status.decode("utf-8", "replace"),
            "ended": os.waitstatus_to_exitcode(status),
            "wall": wall,
            "cpu": max(self._cpu, used.ru_utime + used.ru_stime),
            "peak": max(self._peak, used.ru_maxrss * 1024),
            "output": self._output.parts,
            "records": self._record_bytes,
        }

    def _heed(self, end: int) -> None:
        if end == self._process:
            self._ended = True
            return
        if end == self._line.incoming:
            for kind, content in self._line.receive():
                self._obey(kind, content)
            return
        name = next(name for name, one in self._ends.items() if one == end)
        try:
            data = os.read(end, _CHUNK)
        except (BlockingIOError, ConnectionResetError):
            data = b""
        if data:
            self._take(name, data)
        else:
            self._poll.unregister(end)
            os.close(self._ends.pop(name))

    def _obey(self, kind: bytes, content: bytes) -> None:
        if kind == wire.CANCEL and int(content) == self._job["id"]:
            self._end("cancelled")
        elif kind == wire.PEER and "peer" in self._ends:
            self._pass_on(content)

    def _pass_on(self, content: bytes) -> None:
        """Hand on what the other job said; one that does not listen is ended."""
        _, ready, _ = select.select([], [self._ends["peer"]], [], 1.0)
        try:
            sent = os.write(self._ends["peer"], content) if ready else 0
        except OSError:
            return  # It is about to end, which its status tells.
        if sent < len(content):
            self._pass_on(content[sent:]) if sent else self._end("deaf")

    def _take(self, name: str, data: bytes) -> None:
        if name == "output":
            self._output.add(data)
            if self._output.total > self._limits["output_kill"]:
                self._end("output")
        elif name == "records":
            self._record_bytes += len(data)
            if self._record_bytes > self._limits["records"]:
                self._end("records")
            else:
                self._line.send(wire.RECORDS, data)
        elif name == "peer":
            self._line.send(wire.PEER, data)
        elif len(self._status) < 4096:
            self._status += data

    def _drain(self) -> None:
        """Take what is still in the pipes; those who held them are dead."""
        for name in ("output", "records", "status"):
            while name in self._ends:
                try:
                    data = os.read(self._ends[name], _CHUNK)
                except BlockingIOError:
                    break
                if not data:
                    break
                self._take(name, data)

    def _end(self, reason: str) -> None:
        self._reason = self._reason or reason
        self._kill()

    def _kill(self) -> None:
        self._confinement.kill()

    def _look(self) -> None:
        """See how much the processes of the job use together."""
        if os.getpid() in self._confinement.roots:
            self._bury_orphans()
        mine = _family((self._pid, *self._confinement.roots))
        resident = sum(_resident(pid) for pid in mine)
        if resident > self._limits["memory_total"] // 2:
            with self._confinement.looking():
                resident = sum(_proportional(pid) for pid in mine)
        self._peak = max(self._peak, resident)
        self._cpu = max(self._cpu, self._cpu_of_orphans + sum(_cpu(pid) for pid in mine))
        if resident > self._limits["memory_total"]:
            self._end("memory")
        elif self._cpu > self._limits["cpu"]:
            self._end("cpu")
        elif len(mine) > self._limits["processes"] + 8:
            self._end("processes")
        elif self._is_full():
            self._end("disk")

    def _bury_orphans(self) -> None:
        """Wait for those that have ended, but not for the job itself."""
        with contextlib.suppress(ChildProcessError):
            while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if found.si_pid == self._pid:
                    return
                _, _, used = os.wait4(found.si_pid, 0)
                self._cpu_of_orphans += used.ru_utime + used.ru_stime

    def _is_full(self) -> bool:
        """Tell whether more was written than may be, where no mount keeps the limit."""
        size, inodes = (now - before for now, before in zip(self._room(), self._taken))
        return bool(size > self._limits["disk"] or inodes > self._limits["inodes"])

    def _room(self) -> tuple[int, int]:
        """Return how many bytes and inodes are in use in the places that must be watched."""
        sizes = [size for folder in self._job.get("watched_folders", ()) for size in _sizes(folder)]
        mounts = [os.statvfs(place) for place in self._job.get("watched_mounts", ())]
        size = sum(sizes) + sum((one.f_blocks - one.f_bfree) * one.f_frsize for one in mounts)
        return size, len(sizes) + sum(one.f_files - one.f_ffree for one in mounts)


def _sizes(top: str) -> Iterator[int]:
    """Return the size of everything below `top`; nothing here may be as deep as that is."""
    waiting = [top]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # It is gone meanwhile.
                    yield entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)


def _family(roots: tuple[int, ...]) -> list[int]:
    """Return every process that comes of one of `roots`, but not this one."""
    found = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    parents = {pid: _parent(pid) for pid in found}
    return [pid for pid in found if pid != os.getpid() and _descends(pid, roots, parents)]


def _descends(pid: int, roots: tuple[int, ...], parents: dict[int, int]) -> bool:
    for _ in range(len(parents) + 1):
        if pid in roots:
            return True
        pid = parents.get(pid, 0)
    return False


def _stat(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return []  # It has ended meanwhile.


def _parent(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[1]) if fields else 0


def _cpu(pid: int) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11:15])) / _TICK if fields else 0.0


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except OSError:
        return 0  # It has ended meanwhile.


def _proportional(pid: int) -> int:
    """Return its memory with what is shared divided by those who share it."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            lines = file.read().split(b"\n")
    except OSError:
        return _own_share(pid)
    sizes = [int(line.split()[1]) for line in lines if line.startswith(b"Pss:")]
    return sum(sizes) * 1024


def _own_share(pid: int) -> int:
    """Estimate the same where it does not let its memory be looked into.

    A fork has the runner's beside its own; what it shares with others counts in full.
    """
    size, own, shared = _sizes_in_memory(pid)
    runner_size, runner_own, _ = _sizes_in_memory("self")
    return shared + max(0, own - (runner_own if size >= runner_size else 0))


def _sizes_in_memory(pid: object) -> tuple[int, int, int]:
    """Return the size of its address space, and what is in memory: its own, and shared."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            fields = dict(line.split(b":", 1) for line in file.read().splitlines())
    except OSError:
        return 0, 0, 0  # It has ended meanwhile.
    size, own, shared = (fields.get(name, b"0") for name in (b"VmSize", b"RssAnon", b"RssShmem"))
    return _kibibytes(size), _kibibytes(own), _kibibytes(shared)


def _kibibytes(told: bytes) -> int:
    return int(told.split()[0]) * 1024
