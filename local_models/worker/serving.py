"""The worker at work: one thread computes, one hears, one answers what needs no computing."""

from __future__ import annotations

import queue
import resource
import socket
import threading
import traceback
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path

from local_models.worker.decoding import Generation
from local_models.worker.embedding import embed
from local_models.worker.loading import load
from local_models.worker.log import Log
from local_models.worker.native import Model
from local_models.worker.problems import WorkerError
from local_models.worker.prompts import Prompts
from local_models.worker.protocol import (
    NOT_OURS,
    Answer,
    Cancel,
    Count,
    Counted,
    Counters,
    Embed,
    Embedded,
    Frames,
    Garbled,
    Generate,
    Load,
    Loaded,
    Pause,
    Ping,
    Pong,
    Render,
    Rendered,
    Request,
    Restore,
    Restored,
    Resume,
    Save,
    Saved,
    Stats,
    Tokenize,
    Tokenized,
    frame,
    requests,
)
from local_models.worker.sequence import Sequence
from local_models.worker.state import StateStore

_AT_ONCE = 1 << 16
_WORTH_A_FILE = 32
"""Sequences shorter than this are not worth a file."""


class HostGone(Exception):
    """Nobody is left to work for."""


class Wire:
    """The worker's end of the socket pair; several threads say things."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._frames = Frames()
        self._lock = threading.Lock()

    def tell(self, answer: Answer) -> None:
        data = frame(answer)
        try:
            with self._lock:
                self._end.sendall(data)
        except OSError as error:
            raise HostGone from error

    def hear(self) -> list[Request]:
        """Wait for what comes next; nothing when the host is gone."""
        heard: list[Request] = []
        while not heard and (data := self._received()):
            heard = [requests.decode(body) for body in self._frames.feed(data)]
        return heard

    def _received(self) -> bytes:
        try:
            return self._end.recv(_AT_ONCE)
        except OSError:
            return b""


class Worker:
    """A loaded model and who waits for it."""

    def __init__(self, wire: Wire, model: Model, asked: Load, log: Log) -> None:
        self._wire = wire
        self._log = log
        self._model = model
        self._prompts = Prompts(model)
        log.hushed = lambda: model.bell.rung
        self._store = _store(asked, model.loaded)
        self._held = Sequence(model, asked.rack_bytes, self._store)
        self._inbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._desk: queue.SimpleQueue[Request] = queue.SimpleQueue()
        self._running: Generation | None = None
        self._waiting: deque[Generation] = deque()
        self._paused: OrderedDict[int, Generation] = OrderedDict()
        self._served = self._prompt_tokens = self._reused = self._made = 0

    def serve(self) -> None:
        """Work until the host goes."""
        for name, work in (("hearing", self._hear), ("desk", self._answer_at_desk)):
            threading.Thread(target=work, name=name, daemon=True).start()
        while True:
            self._model.bell.silence()
            for request in self._news():
                if request is None:
                    return
                self._guarded(request, self._do)
            if self._running:
                self._step(self._running)

    def _news(self) -> list[Request | None]:
        """Return what has come; wait for something if there is nothing to compute."""
        news = [] if self._running else [self._inbox.get()]
        while not self._inbox.empty():
            news.append(self._inbox.get())
        return news

    def _hear(self) -> None:
        """Put what comes where it belongs; what must interrupt a computation rings."""
        try:
            while heard := self._wire.hear():
                for request in heard:
                    self.put(request)
        except (Garbled, HostGone, *NOT_OURS) as error:
            self._log.write(f"the host cannot be understood: {error!r}")
        self._inbox.put(None)
        self._model.bell.ring()

    def put(self, request: Request) -> None:
        match request:
            case Ping():
                self._wire.tell(Pong(request.id))
            case Tokenize() | Count() | Render():
                self._desk.put(request)
            case Cancel() | Pause():
                self._inbox.put(request)
                self._model.bell.ring()
            case _:
                self._inbox.put(request)

    def _answer_at_desk(self) -> None:
        while True:
            self._guarded(self._desk.get(), self._answer)

    def _answer(self, request: Request) -> None:
        match request:
            case Tokenize():
                self._wire.tell(Tokenized(request.id, tuple(self._prompts.tokens(request.prompt))))
            case Count():
                counts = tuple(len(self._prompts.plain(text)) for text in request.texts)
                self._wire.tell(Counted(request.id, counts))
            case Render():
                self._wire.tell(Rendered(request.id, self._prompts.written(request.chat)))

    def _guarded(self, request: Request, work: Callable[[Request], None]) -> None:
        """Tell what goes wrong to whoever asked; the worker goes on."""
        try:
            work(request)
        except WorkerError as error:
            self._wire.tell(error.answer(request.id))
        except MemoryError:
            self._wire.tell(_no_memory().answer(request.id))
        except HostGone:
            self._inbox.put(None)
        except Exception:  # noqa: BLE001 - nobody sees a traceback but the log
            self._log.write(traceback.format_exc())
            self._wire.tell(_defect().answer(request.id))

    def _do(self, request: Request) -> None:
        self._served += 1
        match request:
            case Generate():
                self._begin(request)
            case Cancel():
                self._cancel(request.id)
            case Pause():
                self._pause(request.id)
            case Resume():
                self._resume(request.id)
            case Embed():
                self._embed(request)
            case Save():
                self._save(request)
            case Restore():
                self._restore(request)
            case Stats():
                self._wire.tell(self._counters(request.id))
            case _:
                raise WorkerError("busy", "A model is loaded already.", "Start another worker.")

    def _begin(self, asked: Generate) -> None:
        self._model.check_file()
        self._refuse_embedder()
        prompt = self._prompts.tokens(asked.prompt)
        generation = Generation(self._model, self._held, asked, prompt, self._wire.tell)
        self._waiting.append(generation)
        self._choose_next()

    def _choose_next(self) -> None:
        if self._running is None and self._waiting:
            self._running = self._waiting.popleft()

    def _step(self, generation: Generation) -> None:
        try:
            ended = generation.step()
        except WorkerError as error:
            generation.close()
            self._wire.tell(error.answer(generation.id))
            self._let_go(generation)
            return
        if ended:
            self._wire.tell(ended)
            self._let_go(generation)

    def _let_go(self, generation: Generation) -> None:
        self._prompt_tokens += generation.prompt_tokens
        self._reused += generation.reused
        self._made += generation.made
        self._log.trim()
        self._running = None
        self._choose_next()

    def _cancel(self, request: int) -> None:
        """End it wherever it is; one that has ended meanwhile needs no more."""
        if self._running and self._running.id == request:
            self._wire.tell(self._running.end("cancelled"))
            self._let_go(self._running)
            return
        found = self._paused.pop(request, None) or self._take_waiting(request)
        if found:
            self._wire.tell(found.end("cancelled"))

    def _take_waiting(self, request: int) -> Generation | None:
        found = next((one for one in self._waiting if one.id == request), None)
        if found:
            self._waiting.remove(found)
        return found

    def _pause(self, request: int) -> None:
        if self._running and self._running.id == request:
            self._running.rest()
            self._paused[request] = self._running
            self._running = None
            self._choose_next()
        elif waiting := self._take_waiting(request):
            self._paused[request] = waiting

    def _resume(self, request: int) -> None:
        if found := self._paused.pop(request, None):
            self._waiting.appendleft(found)
            self._choose_next()

    def _embed(self, asked: Embed) -> None:
        self._model.check_file()
        if not self._model.embedding:
            raise WorkerError(
                "unsuitable", "This model was not loaded for embedding.", "Load it for that role."
            )
        self._wire.tell(Embedded(asked.id, embed(self._model, asked.texts)))

    def _refuse_embedder(self) -> None:
        if self._model.embedding:
            raise WorkerError(
                "unsuitable", "This model was loaded for embedding only.", "Ask another role."
            )

    def _save(self, asked: Save) -> None:
        tokens = self._held.tokens
        if self._store is None or len(tokens) < _WORTH_A_FILE:
            self._wire.tell(Saved(asked.id, 0, 0))
            return
        self._wire.tell(Saved(asked.id, len(tokens), self._store.save(tokens, self._held.state())))

    def _restore(self, asked: Restore) -> None:
        if self._running:
            raise WorkerError("busy", "The model is at work.", "Restore before you generate.")
        tokens = self._prompts.tokens(asked.prompt)
        self._wire.tell(Restored(asked.id, self._held.prepare(tokens)))

    def _counters(self, request: int) -> Counters:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return Counters(
            request,
            requests=self._served,
            prompt_tokens=self._prompt_tokens,
            reused_tokens=self._reused,
            tokens=self._made,
            paused=len(self._paused),
            racked=self._held.racked,
            racked_bytes=self._held.racked_bytes,
            resident_bytes=_resident(),
            cpu_seconds=used.ru_utime + used.ru_stime,
        )


def serve(end: socket.socket, log: Log) -> None:
    """Load what the host asks for first, and work for it."""
    wire = Wire(end)
    log.listen()
    heard = wire.hear()
    if not heard or not isinstance(heard[0], Load):
        return
    asked, more = heard[0], heard[1:]
    try:
        model = load(asked, log)
    except WorkerError as error:
        wire.tell(error.answer(asked.id))
        return
    worker = Worker(wire, model, asked, log)
    wire.tell(model.loaded)
    for request in more:
        worker.put(request)
    worker.serve()


def _store(asked: Load, loaded: Loaded) -> StateStore | None:
    if not asked.states or not asked.digest or asked.embedding:
        return None
    shape = f"{loaded.cache}:{loaded.flash_attention}:{loaded.llama}"
    return StateStore(Path(asked.states), asked.digest, shape, asked.states_bytes)


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - of the kernel
        return int(file.read().split()[1]) * resource.getpagesize()


def _defect() -> WorkerError:
    return WorkerError("defect", "The worker failed at this.", "Its log has the details.")


def _no_memory() -> WorkerError:
    return WorkerError(
        "memory", "The worker has no memory left for this.", "Ask for less, or free some."
    )
