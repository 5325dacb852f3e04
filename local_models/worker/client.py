"""The host's side of a worker: it is started, spoken to, watched, and ended."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec

from local_models.worker.launching import Launched, launch
from local_models.worker.problems import WorkerError, from_failure
from local_models.worker.protocol import (
    NOT_OURS,
    Answer,
    Asked,
    Cancel,
    Chat,
    Count,
    Counted,
    Counters,
    Embed,
    Embedded,
    Ended,
    Failure,
    Frames,
    Garbled,
    Generate,
    Load,
    Loaded,
    Pause,
    Piece,
    Ping,
    Pong,
    Progress,
    Prompt,
    Render,
    Rendered,
    Restore,
    Restored,
    Resume,
    Save,
    Saved,
    Stats,
    Tokenize,
    Tokenized,
    frame,
    replies,
)

_AT_ONCE = 1 << 16
_TEXTS_AT_ONCE = 16
"""So that neither others nor a time-out wait for all of them."""
A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Patience:
    """How long a worker may be silent, in seconds."""

    load: float = 300.0
    pong: float = 10.0
    """A worker that lives answers a ping at once, whatever it computes."""
    step: float = 300.0
    """Between two signs of a generation: a batch of its prompt, a token."""
    answer: float = 120.0


class Stream:
    """A generation under way: iterate over what comes, then see how it `ended`."""

    def __init__(self, worker: Worker, asked: Generate) -> None:
        self._worker = worker
        self._coming: asyncio.Queue[Answer | WorkerError] = asyncio.Queue()
        self.asked = asked
        self.paused = False
        self.over = False
        """Whether the worker has nothing more to say about it."""
        self.ended: Ended | None = None
        self._when_over: Callable[[], None] | None = None

    async def __aiter__(self) -> AsyncIterator[Progress | Piece]:
        """Yield progress and pieces; a failure is raised."""
        while self.ended is None:
            match await self._next():
                case Progress() | Piece() as told:
                    yield told
                case Ended() as ended:
                    self.ended = ended
                case Failure() as failure:
                    raise from_failure(failure)

    async def text(self) -> str:
        """Wait for the end and return all of it."""
        pieces = [told.text async for told in self if isinstance(told, Piece)]
        return "".join(pieces) + (self.ended.text if self.ended else "")

    def cancel(self) -> None:
        """Have it end as soon as can be; `ended` tells when it has."""
        self._say(Cancel(self.asked.id))

    def pause(self) -> None:
        self.paused = True
        self._say(Pause(self.asked.id))

    def resume(self) -> None:
        self.paused = False
        self._say(Resume(self.asked.id))

    def put(self, told: Answer | WorkerError) -> None:
        self._coming.put_nowait(told)
        if isinstance(told, Ended | Failure | WorkerError) and not self.over:
            self.over = True
            if self._when_over:
                self._when_over()

    def when_over(self, call: Callable[[], None]) -> None:
        """Call back once nothing more comes, at once if that is so already."""
        if self.over:
            call()
        else:
            self._when_over = call

    def _say(self, message: Asked) -> None:
        """Send what makes no difference any more where it is over."""
        if not self.over and not self._worker.lost:
            self._worker.say(message)

    async def _next(self) -> Answer:
        """Wait for a sign; a worker that gives none is ended, unless this one has been paused."""
        while True:
            try:
                async with asyncio.timeout(self._worker.patience.step):
                    told = await self._coming.get()
            except TimeoutError:
                if not self._coming.empty() or not self._worker.is_at(self):
                    continue
                raise self._worker.give_up("gave no sign of work") from None
            if isinstance(told, WorkerError):
                raise told
            return told


class Worker:
    """One process with one model. Make it with `start`; it ends with `close` or by a failure."""

    def __init__(
        self, launched: Launched, end: socket.socket, name: str, patience: Patience
    ) -> None:
        self._launched = launched
        self._end = end
        self._name = name
        self.patience = patience
        self._ids = count(1)
        self._frames = Frames()
        self._unsent = bytearray()
        self._streams: dict[int, Stream] = {}
        self._awaited: dict[int, asyncio.Future[Answer]] = {}
        self._lost: WorkerError | None = None
        self.stale = False
        """Whether its file is another by now, so that the model must be loaded anew."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(end, self._hear)
        self._watch: asyncio.Task[None] | None = None
        self.loaded: Loaded

    @classmethod
    async def start(
        cls, asked: Load, log: Path, *, memory_bytes: int = 0, patience: Patience | None = None
    ) -> Self:
        """Start a process and load a model in it; nothing is left of one that cannot."""
        launched, end = launch(log, memory_bytes)
        worker = cls(launched, end, Path(asked.path).name, patience or Patience())
        try:
            worker.loaded = await worker._ask(asked, Loaded, worker.patience.load)
        except BaseException:
            await worker.close(at_once=True)
            raise
        # While it loads it hears nothing, which may take as long as reading the file does.
        worker._watch = asyncio.create_task(worker._watch_over(), name="worker-watch")
        return worker

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def pid(self) -> int:
        return self._launched.pid

    @property
    def lost(self) -> WorkerError | None:
        """Why it cannot be used any more, if it cannot."""
        return self._lost

    def generate(self, asked: Generate) -> Stream:
        """Begin a generation; its `id` is given here."""
        stream = Stream(self, msgspec.structs.replace(asked, id=next(self._ids)))
        self._streams[stream.asked.id] = stream
        try:
            self.say(stream.asked)
        except WorkerError as error:
            del self._streams[stream.asked.id]
            stream.put(error)
        return stream

    async def tokenize(self, prompt: Prompt) -> tuple[int, ...]:
        return (await self._answer(Tokenize(self._id(), prompt), Tokenized)).tokens

    async def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Return how many tokens each text has, as part of a prompt."""
        return (await self._answer(Count(self._id(), tuple(texts)), Counted)).counts

    async def render(self, chat: Chat) -> str:
        return (await self._answer(Render(self._id(), chat), Rendered)).text

    async def embed(self, texts: Sequence[Sequence[int]]) -> tuple[bytes, ...]:
        """Return the vectors of token ids, each of length one, as 32-bit floats."""
        found: list[bytes] = []
        for at in range(0, len(texts), _TEXTS_AT_ONCE):
            some = tuple(map(tuple, texts[at : at + _TEXTS_AT_ONCE]))
            found += (await self._answer(Embed(self._id(), some), Embedded)).vectors
        return tuple(found)

    async def save(self) -> Saved:
        """Keep what the context holds on disk."""
        return await self._answer(Save(self._id()), Saved)

    async def restore(self, prompt: Prompt) -> int:
        """Make ready for `prompt`; return how many of its tokens need no reading."""
        return (await self._answer(Restore(self._id(), prompt), Restored)).tokens

    async def stats(self) -> Counters:
        return await self._answer(Stats(self._id()), Counters)

    async def close(self, *, at_once: bool = False) -> None:
        """End the process; it is no zombie afterwards."""
        self._lose(WorkerError("ended", f"The worker of {self._name} was ended."))
        if at_once:
            self._launched.kill()
        await self._launched.end()
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)

    def give_up(self, why: str) -> WorkerError:
        """End a worker that does not work any more."""
        self._launched.kill()
        error = WorkerError(
            "hung",
            f"The worker of {self._name} {why} and was ended.",
            "It is started again when it is needed.",
        )
        self._lose(error)
        return self._lost or error

    def is_at(self, stream: Stream) -> bool:
        """Tell whether `stream` is the one that is being worked on."""
        active = [one for one in self._streams.values() if not one.paused]
        return bool(active) and active[0] is stream

    def say(self, message: Asked) -> None:
        """Send; what the socket does not take now goes out when it does."""
        if self._lost:
            raise self._lost
        try:
            data = frame(message)
        except Garbled as error:
            raise WorkerError("too-long", f"The request is too large: {error}.") from error
        if not self._unsent:
            self._loop.add_writer(self._end, self._flush)
        self._unsent += data
        self._flush()

    def _flush(self) -> None:
        try:
            sent = self._end.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:  # What it died of is told when its end is read.
            sent = len(self._unsent)
        del self._unsent[:sent]
        if not self._unsent:
            self._loop.remove_writer(self._end)

    def _id(self) -> int:
        return next(self._ids)

    async def _answer(self, asked: Asked, kind: type[A]) -> A:
        return await self._ask(asked, kind, self.patience.answer)

    async def _ask(self, asked: Asked, kind: type[A], seconds: float) -> A:
        """Ask and wait; behind a generation that is under way it may take as long as that."""
        if not asked.id:
            asked = msgspec.structs.replace(asked, id=self._id())
        waiting: asyncio.Future[Answer] = self._loop.create_future()
        self._awaited[asked.id] = waiting
        try:
            self.say(asked)
            # An answer counts that came while this loop was held up, however late that is.
            await asyncio.wait({waiting}, timeout=seconds)
        finally:
            self._awaited.pop(asked.id, None)
        if not waiting.done():
            raise self.give_up(f"did not answer for {seconds:g} seconds")
        answer = waiting.result()
        if isinstance(answer, Failure):
            raise from_failure(answer)
        if not isinstance(answer, kind):
            raise self.give_up("answered something else than it was asked")
        return answer

    async def _watch_over(self) -> None:
        """Ping while there is something to wait for: a worker that is stopped answers nothing."""
        while True:
            await asyncio.sleep(self.patience.pong / 2)
            if self._streams or len(self._awaited):
                try:
                    await self._ask(Ping(self._id()), Pong, self.patience.pong)
                except WorkerError:
                    return

    def _hear(self) -> None:
        try:
            data = self._end.recv(_AT_ONCE)
            bodies = list(self._frames.feed(data))
            told = [replies.decode(body) for body in bodies]
        except BlockingIOError:
            return
        except (OSError, Garbled, *NOT_OURS):
            data, told = b"", []
        for answer in told:
            self._deliver(answer)
        if not data:
            self._loop.remove_reader(self._end)
            self._ending = asyncio.create_task(self._mourn(), name="worker-end")

    def _deliver(self, answer: Answer) -> None:
        self.stale |= isinstance(answer, Failure) and answer.kind == "replaced"
        stream = self._streams.get(answer.id)
        if stream:
            if isinstance(answer, Ended | Failure):
                del self._streams[answer.id]
            stream.put(answer)
            return
        waiting = self._awaited.get(answer.id)
        if waiting and not waiting.done():
            waiting.set_result(answer)

    async def _mourn(self) -> None:
        """Find out what it died of, and tell all who wait."""
        await self._launched.end(1.0)
        self._lose(self._launched.why(self._name))

    def _lose(self, error: WorkerError) -> None:
        """Tell all who wait, once, and let go of the socket."""
        if self._lost:
            return
        self._lost = error
        self._loop.remove_reader(self._end)
        self._loop.remove_writer(self._end)
        self._end.close()
        for stream in list(self._streams.values()):
            stream.put(error)
        self._streams.clear()
        for waiting in self._awaited.values():
            if not waiting.done():
                waiting.set_exception(error)
