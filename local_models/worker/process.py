"""The life of a worker, from its first instruction: shut in, watched over, then at work."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence

from local_models.worker.log import Log

ENVIRONMENT = {
    "OMP_WAIT_POLICY": "passive",  # Threads that spin make two of them slower than one.
    "GOMP_SPINCOUNT": "0",
    "GGML_NO_BACKTRACE": "1",  # It would start a debugger, which writes into the terminal.
}
NO_LLAMA = 3
_PR_SET_PDEATHSIG = 1
_LEAST_WANTED = "600"


def main(arguments: Sequence[str]) -> int:
    """Be a worker: the socket's descriptor, the host's pid, and the most bytes of memory."""
    descriptor, host, memory = map(int, arguments)
    _die_with(host)
    _limit(memory)
    log = Log()
    with socket.socket(fileno=descriptor) as end:
        os.set_inheritable(descriptor, False)
        return _work(end, log)


def _work(end: socket.socket, log: Log) -> int:
    try:
        from local_models.worker.serving import HostGone, serve
    except (ImportError, OSError, RuntimeError) as error:
        log.write(f"llama-cpp-python cannot be imported: {error}")
        return NO_LLAMA
    try:
        serve(end, log)
    except HostGone:
        log.write("the host is gone")
    # Threads may be in native code, which must not meet the end of the interpreter.
    os._exit(0)


def _die_with(host: int) -> None:
    """End when the host's thread that started this one ends, however it does."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != host:
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the host, which tells us.


def _limit(memory: int) -> None:
    """Bound what cannot be given back; the mapped file is not in it. No core of gigabytes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(_LEAST_WANTED)
    except OSError as error:
        print(f"this process is not preferred when memory runs out: {error}", file=sys.stderr)  # noqa: T201
