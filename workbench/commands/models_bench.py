"""How fast a model reads and writes on this machine, measured in a worker of its own."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from local_models.registry import context_for, needed, room
from local_models.registry.sizes import gigabytes
from workbench.errors import ModelError
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from local_models.registry import Model
    from local_models.worker.client import Worker
    from local_models.worker.protocol import Ended

_CONTEXT = 2048
_PROMPT = 512
_ANSWER = 64
_ROUNDS = 3
_TEXT = "A program was changed, and a test that passed before does not pass any more. "


@dataclass(frozen=True)
class Measured:
    """Medians of several rounds."""

    load_seconds: float
    prompt_tokens: int
    prompt_tokens_per_second: float
    tokens: int
    tokens_per_second: float
    resident_bytes: int
    needed_bytes: int
    """What was reckoned from the header."""
    context: int
    cache: str
    threads: int


def refuse_what_cannot_be_measured(model: Model) -> None:
    """Refuse before a worker is started in vain."""
    if not model.header.generates:
        raise ModelError(
            f"{visible_line(model.name)} generates no text.", "Only what does is measured."
        )
    need, there_is = needed(model.header, _CONTEXT).total, room().available
    if need > there_is:
        raise ModelError(
            f"{visible_line(model.name)} needs {gigabytes(need)} of memory, and there are "
            f"{gigabytes(there_is)}.",
            "End what takes the memory, or take a smaller model.",
        )


async def measure(model: Model, threads: int) -> Measured:
    """Load the model in a worker; have it read and write several times, each a new prompt."""
    from local_models.worker.client import Worker
    from local_models.worker.protocol import Load

    threads = threads or max(1, len(os.sched_getaffinity(0)) - 1)
    context = context_for(model.header, _CONTEXT)
    asked = Load(0, str(model.path), model.sha256, context, threads)
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        began = time.monotonic()
        async with await Worker.start(asked, Path(folder) / "worker.log") as worker:
            load_seconds = time.monotonic() - began
            rounds = [await _round(worker, number) for number in range(_ROUNDS)]
            counters = await worker.stats()
            loaded = worker.loaded
    return Measured(
        load_seconds=load_seconds,
        prompt_tokens=rounds[0].prompt_tokens,
        prompt_tokens_per_second=median(_read_rate(one) for one in rounds),
        tokens=round(median(one.tokens for one in rounds)),
        tokens_per_second=median(one.tokens / one.seconds for one in rounds),
        resident_bytes=counters.resident_bytes,
        needed_bytes=needed(model.header, _CONTEXT).total,
        context=loaded.context,
        cache=loaded.cache,
        threads=loaded.threads,
    )


async def _round(worker: Worker, number: int) -> Ended:
    """Let nothing of the round before be of use in this one: the prompts differ from the start."""
    from local_models.worker.protocol import Generate, Sampling, Text, Tokens

    read = await worker.tokenize(Text(f"{number + 1}. {_TEXT * _PROMPT}"[: _PROMPT * 8]))
    prompt = Tokens(read[: min(_PROMPT, worker.loaded.context // 2)])
    stream = worker.generate(Generate(0, prompt, _ANSWER, sampling=Sampling(temperature=0)))
    await stream.text()
    if stream.ended is None:
        raise ModelError("The worker ended before the generation did.", "Try again.")
    return stream.ended


def _read_rate(ended: Ended) -> float:
    return (ended.prompt_tokens - ended.reused_tokens) / ended.prompt_seconds


def answer(model: Model, found: Measured) -> Answer:
    """Return what was measured, for a program and for a person."""
    reads, writes = found.prompt_tokens_per_second, found.tokens_per_second
    takes, said = gigabytes(found.resident_bytes), gigabytes(found.needed_bytes)
    rows = {
        "loads in": f"{found.load_seconds:.1f} s",
        "reads": f"{reads:.1f} tokens/s (a prompt of {found.prompt_tokens})",
        "writes": f"{writes:.1f} tokens/s ({found.tokens} of them)",
        "takes": f"{takes} of memory (by its header {said})",
        "threads": f"{found.threads}",
        "context": f"{found.context}, kept as {found.cache}",
    }
    lines = [f"{name:<9} {told}" for name, told in rows.items()]
    fields = {"name": model.name, **asdict(found)}
    return Answer(f"{model.name} was measured.", fields, "\n".join(lines))
