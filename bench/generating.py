"""What a worker adds to llama.cpp, and what it saves: the shape of a 0.5B model, random weights.

Times are those of the processor, of worker and host together, except where somebody waits.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bench.bare_loop import bare_loop, measured
from bench.harness import Row, Sample, at_least, at_most, sample, told, under
from bench.home import Unmeasured
from bench.random_model import write_model
from local_models.worker.client import Worker
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Generate, Load, Sampling, Tokens

_ROUNDS = 5
_TOKENS = 48
_PROMPT = 32
_SHARED = 1000
_FEW = 3
_CANCELS = 9
_DIGEST = 64 * "0"
_LETTERS = r"root ::= [^\n]*"
_OBJECT = r"""root ::= "{" pair ("," pair)* "}"
pair ::= "\"" [a-z]{2,9} "\":" [0-9]{1,4}"""
_FREE = Sampling(seed=1)


def measure() -> list[Row]:
    """Write a model, and measure with it what a person feels."""
    folder = Path(tempfile.mkdtemp(prefix="wb-bench-"))
    try:
        path = write_model(folder / "random.gguf")
        return asyncio.run(_measured(path, folder))
    except WorkerError as error:
        raise Unmeasured(f"{error.sentence} {error.hint}") from error
    finally:
        shutil.rmtree(folder)


async def _measured(path: Path, folder: Path) -> list[Row]:
    with _one_core():
        async with _working(path, folder) as worker:
            rows = [
                *await _streaming(worker, path),
                *await _grammars(worker),
                *await _prefixes(worker),
                await _cancelling(worker),
            ]
    return [*rows, await _threads(path, folder)]


@contextmanager
def _one_core() -> Iterator[None]:
    """Keep what is started here together on one core, so that processor times compare."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


@asynccontextmanager
async def _working(path: Path, folder: Path, threads: int = 1) -> AsyncIterator[Worker]:
    """With no rack, so that what gave way is read anew."""
    asked = Load(
        0,
        str(path),
        digest=_DIGEST,
        context=2048,
        threads=threads,
        states=str(folder / "states"),
        rack_bytes=0,
    )
    async with await Worker.start(asked, folder / "worker.log") as worker:
        yield worker


async def _streaming(worker: Worker, path: Path) -> list[Row]:
    with bare_loop(path, _TOKENS, _PROMPT) as bare:
        pairs = [(measured(bare), await _per_token(worker)) for _ in range(_ROUNDS)]
    ratios = sample((ours / theirs for theirs, ours in pairs), "")
    beside = f"bare loop {sample((theirs for theirs, _ in pairs), 'ms', 1e3).text}"
    return [
        at_most("a token through a worker and its socket, of a bare loop's", ratios, 1.10, beside),
        told("a token, processor time", sample((ours for _, ours in pairs), "ms", 1e3)),
    ]


async def _grammars(worker: Worker) -> list[Row]:
    free, loose, strict = [], [], []
    for _ in range(_ROUNDS):
        free.append(await _per_token(worker))
        loose.append(await _per_token(worker, _LETTERS))
        strict.append(await _per_token(worker, _OBJECT))
    return [
        at_most("a token under a grammar, of a free one", _ratios(loose, free), 1.2),
        told("a token where the grammar refuses nearly all, of a free one", _ratios(strict, free)),
    ]


async def _prefixes(worker: Worker) -> list[Row]:
    """Ask what begins with a thousand tokens that were read before, or that lie on disk."""
    cold, shared, restored = [], [], []
    for number in range(_FEW):
        prompt = [1000 + number, *range(2000, 2000 + _SHARED - 1)]
        cold.append(await _spent(worker, [*prompt, *range(300, 320)]))
        shared.append(await _spent(worker, [*prompt, *range(400, 420)]))
        await worker.save()
        await _spent(worker, list(range(500, 520)))
        restored.append(await _restoring(worker, prompt))
    return [
        at_most(
            f"first token after {_SHARED:,} that are known, of a cold one",
            _ratios(shared, cold),
            0.15,
            f"cold {sample(cold, 's').text}",
        ),
        at_most(
            "a state restored from disk, of evaluating it",
            _ratios(restored, cold),
            0.02,
            f"restoring {sample(restored, 'ms', 1e3).text}",
        ),
    ]


async def _cancelling(worker: Worker) -> Row:
    """Somebody waits for this, so that it is the clock that counts."""
    waits = []
    for number in range(_CANCELS):
        prompt = (3000 + number, *range(4000, 4000 + _SHARED))
        stream = worker.generate(Generate(0, Tokens(prompt), most=8))
        await anext(aiter(stream))
        await asyncio.sleep(0.2 + 0.1 * number)
        began = time.perf_counter()
        stream.cancel()
        await stream.text()
        waits.append(time.perf_counter() - began)
        if stream.ended is None or stream.ended.reason != "cancelled":
            raise Unmeasured("the prompt was read before it could be cancelled")
    return under("cancelled in the middle of a prompt", sample(waits, "ms", 1e3), 150)


async def _threads(path: Path, folder: Path) -> Row:
    """Both threads must be waited for at each step, while others want the same cores."""
    ratios = []
    async with _working(path, folder) as one, _working(path, folder, threads=2) as two:
        with _busy():
            for _ in range(_FEW):
                alone, together = await _waited(one), await _waited(two)
                ratios.append(alone / together)
    return at_least("two threads on a busy machine, of the speed of one", sample(ratios, ""), 0.9)


@contextmanager
def _busy() -> Iterator[None]:
    """Keep every core that we may use occupied."""
    command = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(command) for _ in os.sched_getaffinity(0)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


async def _waited(worker: Worker) -> float:
    """Return how long a token takes by the clock."""
    prompt = Tokens(tuple(range(300, 300 + _PROMPT)))
    await worker.generate(Generate(0, prompt, most=1)).text()
    began = time.perf_counter()
    await worker.generate(Generate(0, prompt, most=_TOKENS, sampling=_FREE)).text()
    return (time.perf_counter() - began) / _TOKENS


async def _per_token(worker: Worker, grammar: str = "") -> float:
    """Return the processor time of a token after a prompt of 32."""
    prompt = Tokens(tuple(range(300, 300 + _PROMPT)))
    await worker.generate(Generate(0, prompt, most=1)).text()
    began = await _clock(worker)
    stream = worker.generate(Generate(0, prompt, most=_TOKENS + 1, sampling=_FREE, grammar=grammar))
    await stream.text()
    spent = await _clock(worker) - began
    if stream.ended is None or stream.ended.tokens != _TOKENS + 1:
        raise Unmeasured("the model ended its answer early")
    return spent / (_TOKENS + 1)


async def _spent(worker: Worker, prompt: list[int]) -> float:
    """Return the processor time until there is a first token."""
    began = await _clock(worker)
    await worker.generate(Generate(0, Tokens(tuple(prompt)), most=1)).text()
    return await _clock(worker) - began


async def _restoring(worker: Worker, prompt: list[int]) -> float:
    began = await _clock(worker)
    known = await worker.restore(Tokens((*prompt, 600)))
    if known < len(prompt):
        raise Unmeasured(f"only {known} tokens were restored")
    return await _clock(worker) - began


async def _clock(worker: Worker) -> float:
    """Return the processor time of worker and host so far."""
    return (await worker.stats()).cpu_seconds + time.process_time()


def _ratios(ours: list[float], theirs: list[float]) -> Sample:
    return sample((one / other for one, other in zip(ours, theirs, strict=True)), "")
