"""A worker for one caller that waits for each answer, and needs no event loop for it."""

from __future__ import annotations

import subprocess
from itertools import count
from pathlib import Path
from threading import Lock
from typing import TypeVar

from local_models.worker.launching import explained, spawn
from local_models.worker.log import tail
from local_models.worker.problems import WorkerError, from_failure
from local_models.worker.protocol import (
    NOT_OURS,
    Answer,
    Counters,
    Embed,
    Embedded,
    Failure,
    Frames,
    Garbled,
    Load,
    Loaded,
    Request,
    Stats,
    frame,
    replies,
)

A = TypeVar("A", bound=Answer)
_AT_ONCE = 1 << 16
_PATIENCE = 5.0


class Direct:
    """A process with one model; any thread may ask, one request is under way at a time.

    It lives no longer than the thread that makes this.
    """

    def __init__(self, asked: Load, log: Path, silence: float = 120.0) -> None:
        self._log, self._name = log, Path(asked.path).name
        self._process, self._end, self._began = spawn(log, 0)
        self._end.settimeout(silence)
        self._frames = Frames()
        self._ids = count(asked.id + 1)
        self._lock = Lock()
        try:
            self.loaded = self._ask(asked, Loaded)
        except BaseException:
            self.close()
            raise

    def embed(self, texts: tuple[tuple[int, ...], ...]) -> tuple[bytes, ...]:
        """Return the vectors of token ids, each of length one, as 32-bit floats."""
        return self._ask(Embed(next(self._ids), texts), Embedded).vectors

    def cpu_seconds(self) -> float:
        """Return what the process has computed so far."""
        return self._ask(Stats(next(self._ids)), Counters).cpu_seconds

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        """End the process, which also ends by itself when nobody is left to ask it."""
        self._end.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, request: Request, kind: type[A]) -> A:
        with self._lock:
            try:
                self._end.sendall(frame(request))
                answer = self._hear()
            except TimeoutError:
                raise self._hung() from None
            except (OSError, EOFError, Garbled, *NOT_OURS) as error:
                raise self._died() from error
        if isinstance(answer, Failure):
            raise from_failure(answer)
        if not isinstance(answer, kind) or answer.id != request.id:
            raise self._died()
        return answer

    def _hear(self) -> Answer:
        """Wait for one answer: there is never more than one on its way."""
        while data := self._end.recv(_AT_ONCE):
            for body in self._frames.feed(data):
                answer: Answer = replies.decode(body)
                return answer
        raise EOFError

    def _died(self) -> WorkerError:
        self.close()
        return explained(self._process.returncode, self._name, tail(self._log, self._began))

    def _hung(self) -> WorkerError:
        self._process.kill()
        self._process.wait()
        return WorkerError("hung", f"The worker of {self._name} gave no answer and was ended.")
