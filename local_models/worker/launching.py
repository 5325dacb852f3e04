"""Starting a worker: its own descriptors, its own log, and a notice when it has ended."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from local_models.worker.log import tail
from local_models.worker.problems import WorkerError, last_words
from local_models.worker.process import ENVIRONMENT, NO_LLAMA
from local_models.worker.protocol import Kind

_PATIENCE = 5.0
_LET_THROUGH = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "LLAMA_CPP_LIB_PATH",
    "OMP_NUM_THREADS",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONPYCACHEPREFIX",
    "TMPDIR",
    "TZ",
)
_BUILD_ANEW = "build it here, with `pip install --force-reinstall --no-cache-dir llama-cpp-python`."


class Launched:
    """A worker's process, as its parent sees it."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, began: int) -> None:
        self._process = process
        self._log = log
        self._log_began = began
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._watch = os.pidfd_open(process.pid)
        self._loop.add_reader(self._watch, self._reap)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._ended.done()

    async def wait(self) -> int:
        """Wait until it has ended and is no zombie; return its status."""
        return int(await asyncio.shield(self._ended))

    def kill(self) -> None:
        if self.alive:
            self._process.kill()

    async def end(self, patience: float = _PATIENCE) -> None:
        """Give it a moment to end by itself, then end it."""
        try:
            await asyncio.wait_for(self.wait(), patience)
        except TimeoutError:
            self.kill()
            await self.wait()

    def why(self, model: str) -> WorkerError:
        """Return what its end means to whoever used it."""
        return explained(self._process.returncode, model, tail(self._log, self._log_began))

    def _reap(self) -> None:
        self._loop.remove_reader(self._watch)
        os.close(self._watch)
        self._ended.set_result(self._process.wait())


def launch(log: Path, memory_bytes: int) -> tuple[Launched, socket.socket]:
    """Start a worker and return it with the host's end of the socket pair.

    It lives no longer than the thread that calls this: call it where the event loop runs.
    """
    process, ours, began = spawn(log, memory_bytes)
    ours.setblocking(False)
    return Launched(process, log, began), ours


def spawn(log: Path, memory_bytes: int) -> tuple[subprocess.Popen[bytes], socket.socket, int]:
    """Start a worker and return it, the host's end, and how long its log was before."""
    ours, theirs = socket.socketpair()
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with theirs, log.open("ab") as output:
            began = output.tell()
            process = subprocess.Popen(
                _command(theirs.fileno(), memory_bytes),
                cwd="/",
                env=_environment(),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
    except OSError as error:
        ours.close()
        raise WorkerError(
            "defect", f"A worker for models cannot be started: {error}.", f"Its log is {log}."
        ) from error
    return process, ours, began


def _environment() -> dict[str, str]:
    """Let through what a process needs; keys and tokens are not for native code to find."""
    kept = {name: os.environ[name] for name in _LET_THROUGH if name in os.environ}
    return {**kept, **ENVIRONMENT}


def _command(descriptor: int, memory_bytes: int) -> list[str]:
    module = "local_models.worker"
    told = map(str, (descriptor, os.getpid(), memory_bytes))
    return [sys.executable, "-P", "-m", module, *told]


def explained(status: int | None, model: str, log: tuple[str, ...]) -> WorkerError:
    """Say what a worker died of, in words that help."""
    kind, sentence, hint = _explained(status, model)
    return WorkerError(kind, sentence, hint + last_words(log), log)


def _explained(status: int | None, model: str) -> tuple[Kind, str, str]:
    if status == NO_LLAMA:
        return (
            "no-llama",
            "llama-cpp-python is not installed, so that no local model can be loaded.",
            'Install it with `pip install "workbench[llama]"`, which needs a C++ compiler.',
        )
    if status is None or status >= 0:
        told = f"The worker of {model} ended by itself (status {status})."
        return "ended", told, "It is started again when it is needed."
    return _killed(signal.Signals(-status), model)


def _killed(by: signal.Signals, model: str) -> tuple[Kind, str, str]:
    told = f"The worker of {model} died of {by.name}."
    match by:
        case signal.SIGILL:
            return (
                "illegal",
                told,
                "llama.cpp was built for another processor: " + _BUILD_ANEW,
            )
        case signal.SIGKILL:
            return (
                "killed",
                told,
                "Somebody ended it, or the memory ran out: take a smaller model or context.",
            )
        case signal.SIGBUS:
            return "crashed", told, "Its file may have been shortened while it was loaded."
        case _:
            return "crashed", told, "The fault is in llama.cpp or in the model's file."
