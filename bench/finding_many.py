"""What is near among a million passages: found how surely, how soon, and in how much memory."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import ParamSpec, TypeVar

import numpy as np

from bench import bulk
from bench.found import MadeUp, Vectors
from bench.harness import Row, Sample, at_least, at_most, sample, told, under
from bench.home import workspace
from bench.process import MIB, resident
from local_models.embedder.files import default_folder
from workbench.api import knowing
from workbench.knowledge.finding import open_index
from workbench.knowledge.finding.index import FoundIndex
from workbench.workspace import name_workspace

P = ParamSpec("P")
T = TypeVar("T")
_FOLDER = default_folder()
"""Asked for when this is imported: what is measured has an environment of its own."""
_PASSAGES, _QUESTIONS, _BEST = 1_000_000, 40, 10


@dataclass
class Real:
    """Vectors of real passages and questions, as far as somebody made them."""

    passages: list[Vectors] = field(default_factory=list)
    questions: list[Vectors] = field(default_factory=list)

    def take(self, passages: Vectors, questions: Vectors) -> None:
        self.passages.append(passages)
        self.questions.append(questions)


@dataclass(frozen=True)
class Compared:
    """What is near beside what numpy finds when it compares all."""

    recall: float
    share: Sample


@dataclass(frozen=True)
class _Many:
    near: Compared
    hybrid: list[float]
    memory: float


def measure(real: Real) -> list[Row]:
    """Write a million passages, then search them in a process that does nothing else."""
    if not real.passages:
        return [Row("A million passages", "BENCH_RETRIEVAL names no folder of sets", missing=True)]
    with workspace() as made:
        vectors, questions = made.project / "real.npy", made.project / "asked.npy"
        np.save(vectors, np.concatenate(real.passages))
        np.save(questions, np.concatenate(real.questions))
        bulk.write(made.project, _PASSAGES, vectors)
        built, most = _alone(_build, made.project)
        found = _alone(_search, made.project, questions, _FOLDER)
    share, memory = found.near.share, Sample((found.memory,), "MiB")
    return [
        at_least("A million passages: recall@10 of the nearest", _one(found.near.recall), 0.98),
        at_most("A million passages: the nearest, of numpy's time", share, 0.03),
        told("A million passages: a hybrid search", sample(found.hybrid, "ms CPU", 1000)),
        under("A million passages: memory of the process", memory, 900),
        told("A million passages: all laid out anew in", Sample((built,), "s CPU")),
        told("A million passages: memory at its highest meanwhile", Sample((most,), "MiB")),
    ]


async def laid_out(index: FoundIndex) -> None:
    """Wait until the index has laid out its vectors, as it does in the background."""
    while index._stock.nearness.wants_laying:
        await asyncio.sleep(0.05)


async def compared(index: FoundIndex, asked: list[Vectors], vectors: Vectors) -> Compared:
    """Compare what is near with the nearest of all vectors, which numpy reckons."""
    found = [await _near(index, vector) for vector in asked]
    exact = [_exact(vectors, vector) for vector in asked]
    pairs = zip(found, exact, strict=True)
    recall = mean(len(ours & all_) / _BEST for (ours, _), (all_, _) in pairs)
    ours, theirs = (np.median([seconds for _, seconds in one]) for one in (found, exact))
    return Compared(recall, Sample((float(ours / theirs),), ""))


async def _near(index: FoundIndex, vector: Vectors) -> tuple[set[int], float]:
    search = knowing.Search("asked")
    index._embedding._questions.keep(search.text, vector)
    mask = index._searcher._filters.mask(search)
    began = time.process_time()
    near = await index._searcher._near(search, mask, _BEST)
    return set(near.numbers.tolist()), time.process_time() - began


def _exact(vectors: Vectors, vector: Vectors) -> tuple[set[int], float]:
    began = time.process_time()
    best = np.argpartition(-(vectors @ vector), _BEST)[:_BEST] + 1
    return set(best.tolist()), time.process_time() - began


def _build(project: Path) -> tuple[float, float]:
    return asyncio.run(_laid(project))


async def _laid(project: Path) -> tuple[float, float]:
    index = await open_index(name_workspace(project), _FOLDER)
    began = time.process_time()
    await laid_out(index)
    taken = time.process_time() - began
    await index.close()
    return taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB


def _search(project: Path, questions: Path, embedder: Path) -> _Many:
    return asyncio.run(_searched(project, np.load(questions), embedder))


async def _searched(project: Path, questions: Vectors, embedder: Path) -> _Many:
    index = await open_index(name_workspace(project), embedder)
    asked = questions[:: len(questions) // _QUESTIONS][:_QUESTIONS]
    await index._embedding.question("what is near?")  # A host has its embedder, and one thread.
    texts = MadeUp(2)
    hybrid = [await _hybrid(index, texts.text(6), vector) for vector in asked]
    memory = resident(os.getpid()) / MIB
    vectors = index._stock.closeness.get(np.arange(1, _PASSAGES + 1, dtype=np.uint32))
    near = await compared(index, list(asked), vectors)
    await index.close()
    return _Many(near, hybrid, memory)


async def _hybrid(index: FoundIndex, text: str, vector: Vectors) -> float:
    index._embedding._questions.keep(text, vector)
    began = time.process_time()
    await index.search(knowing.Search(text, sources=("s",)))
    return time.process_time() - began


def _alone(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *given, **named).result()


def _one(value: float) -> Sample:
    return Sample((round(value, 4),), "")
