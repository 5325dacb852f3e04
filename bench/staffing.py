"""What it costs that an answer comes to a face: worker, host, journal and two sockets, per token.

Processor time of face, host and worker together, held against llama.cpp's own loop alone.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import home
from bench.bare_loop import bare_loop, measured
from bench.harness import Row, at_most, sample, told
from bench.home import Unmeasured
from bench.random_model import write_model
from local_models.registry import Registry
from workbench import settings
from workbench.api.chats import Pieces, Said
from workbench.api.chatting import NextPieces, Say
from workbench.api.client import Client
from workbench.api.commands import Terms
from workbench.workspace import Workspace

_ROUNDS = 5
_TOKENS = 160
_WARM = 16
"""By so many tokens an answer has begun; what leads up to it is not part of its stream."""
_TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:"
)
_SETTINGS = "[models]\nthreads = 1\ncontext = 2048\n"


@dataclass(frozen=True)
class Answered:
    """One answer: processor time of a token, and how long its prompt was."""

    whole: float
    around: float
    """Of it in host and face."""
    prompt: int


def measure() -> list[Row]:
    """Have a model of 0.5B shape answer several times, next to the bare loop."""
    with home.workspace() as workspace:
        path = _prepared()
        try:
            pairs = asyncio.run(_pairs(workspace, path))
        finally:
            path.unlink()
    ratios = sample((ours.whole / theirs for theirs, ours in pairs), "")
    prompt = pairs[0][1].prompt
    beside = f"bare loop {sample((theirs for theirs, _ in pairs), 'ms', 1e3).text}"
    around = sample((ours.around for _, ours in pairs), "ms", 1e3)
    what = "a token through worker, host and socket to a face, of a bare loop's"
    return [
        at_most(what, ratios, 1.10, f"{beside}, both after {prompt} tokens"),
        told("of it in host and face", around),
    ]


def _prepared() -> Path:
    """Write a model where it is found, and have it computed by one thread."""
    registry = Registry()
    registry.make()
    settings.user_file().parent.mkdir(parents=True, exist_ok=True)
    settings.user_file().write_text(_SETTINGS, encoding="utf-8")
    return write_model(registry.path_of("random"), _TEMPLATE)


async def _pairs(workspace: Workspace, path: Path) -> list[tuple[float, Answered]]:
    async with Client(workspace, "bench", patience=120) as client:
        first = await _answered(client, workspace)
        with bare_loop(path, _TOKENS, first.prompt) as bare:
            return [(measured(bare), await _answered(client, workspace)) for _ in range(_ROUNDS)]


async def _answered(client: Client, workspace: Workspace) -> Answered:
    terms = Terms.of(settings.load(workspace, (), os.environ).sandbox, os.environ)
    text = "Tell me something long about nothing."
    said = await client.call(Say(text, terms, kind="question", most=_TOKENS, temperature=0.7))
    first = await _until(client, said, _WARM)
    began = _clocks(workspace)
    last = await _until(client, said, _TOKENS + 1, first.length)
    ended = _clocks(workspace)
    tokens = last.tokens - first.tokens
    receipt = last.message.receipt if last.message else None
    if receipt is None or tokens < _TOKENS // 2:
        raise Unmeasured(f"the answer ended after {last.tokens} tokens: {last.problem}")
    worker, around = (after - before for before, after in zip(began, ended, strict=True))
    return Answered((worker + around) / tokens, around / tokens, receipt.prompt_tokens)


async def _until(client: Client, said: Said, tokens: int, length: int = 0) -> Pieces:
    """Follow an answer, as faces do, until it has so many tokens or is over."""
    seen = -1
    while True:
        pieces = await client.call(NextPieces(said.answer, length, seen))
        length, seen = pieces.length, pieces.mark
        if pieces.message is not None or pieces.tokens >= tokens:
            return pieces


def _clocks(workspace: Workspace) -> tuple[float, float]:
    """Return the processor time so far of the worker, and of host and face."""
    host = home.host_of(workspace)
    workers = [pid for pid in _children(host) if b"local_models.worker" in _command(pid)]
    return sum(map(_spent, workers)), _spent(host) + time.process_time()


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    found = " ".join((task / "children").read_text(encoding="ascii") for task in tasks)
    return [int(child) for child in found.split()]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _spent(pid: int) -> float:
    """Return seconds of the processor, from the scheduler's own count in nanoseconds."""
    return sum(_of_tasks(pid)) / 1e9


def _of_tasks(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield int((task / "schedstat").read_text(encoding="ascii").split()[0])
