"""What reading costs: an installed environment, beside the embedder alone; changes; reading again.

BENCH_READ_FILES says how many files are read by words alone, BENCH_READ_EMBEDDED how many with
vectors, of which each needs some seconds of computing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sysconfig
import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from statistics import quantiles

from bench.harness import Row, Sample, at_least, at_most, sample, told, under
from bench.home import Unmeasured, host_of, workspace
from bench.process import MIB, cpu_of, resident
from local_models.embedder.files import default_folder, why_unusable
from workbench.api.client import Client
from workbench.api.knowing import AddSource, NextKnowledge, ReadKnowledge, RereadSource, Search
from workbench.api.passages import KnowledgeBase
from workbench.knowledge.embedding import Embedding
from workbench.knowledge.reading.parsing import parse
from workbench.knowledge.reading.values import Ask
from workbench.workspace import Workspace

FILES = int(os.environ.get("BENCH_READ_FILES", "20000"))
EMBEDDED = int(os.environ.get("BENCH_READ_EMBEDDED", "150"))
_EMBEDDER = default_folder()
"""Asked for when this is imported: what is measured has an environment of its own."""
_CHANGES, _AGAIN = 40, 3
_GOING_ON = ("waiting", "reading")


def measure() -> list[Row]:
    """Read by words alone, then with vectors."""
    with workspace() as made:
        rows = asyncio.run(_by_words(made))
    with workspace() as made:
        return [*rows, *asyncio.run(_with_vectors(made))]


async def _by_words(made: Workspace) -> list[Row]:
    """Read many files, again with nothing changed, and change some of them."""
    _fill(made.project / "library", FILES)
    first = made.project / "first"
    first.mkdir()
    (first / "a.md").write_text("# First\n\nSo that the index is open.\n")
    async with Client(made, "bench", patience=300) as client:
        await _read(client, first)
        before, parts = resident(host_of(made)), await _read(client, made.project / "library")
        grown = (resident(host_of(made)) - before) / MIB
        took, base = parts
        source = next(one for one in base.sources if one.name == "library")
        again = [await _reread(client, source.id) for _ in range(_AGAIN)]
        paths = list(islice(_files(made.project / "library"), _CHANGES))
        found = [await _change(client, path, n) for n, path in enumerate(paths)]
    what = f"{source.files:,} files, {source.passages:,} passages, by words alone"
    share = sample([one / took for one in again], "of the first time")
    return [
        told(f"Reading {what}", sample([took], "s")),
        told("Passages a second, by words alone", sample([source.passages / took], "/s")),
        at_most("Reading again with nothing changed", share, 0.02),
        under("From saving a file to finding it, 95th of a hundred", _p95(found), 1000),
        under(f"Memory of the host grows by, {what}", sample([grown], "MiB"), 150),
    ]


async def _with_vectors(made: Workspace) -> list[Row]:
    """Read with vectors, and embed the same texts alone, before and after."""
    if why := why_unusable(_EMBEDDER):
        raise Unmeasured(why)
    folder = Path(os.environ["XDG_DATA_HOME"]) / "workbench" / "embedder"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(_EMBEDDER, folder / _EMBEDDER.name, dirs_exist_ok=True)
    library = made.project / "library"
    _fill(library, EMBEDDED)
    texts = [part.text for path in _files(library) for part in parse(_ask(library, path)).parts]
    alone = [await _alone(texts)]
    async with Client(made, "bench", patience=300) as client:
        await client.call(ReadKnowledge())
        before = cpu_of(host_of(made))
        took, base = await _read(client, library)
        own = cpu_of(host_of(made)) - before
    alone.append(await _alone(texts))
    rate = base.passages / took
    raw = sample(alone, "/s")
    share = sample([rate / raw.median], "of the embedder's rate")
    beside = f"the embedder alone: {raw.text}"
    return [
        told("Passages a second, with vectors", sample([rate], "/s"), beside),
        at_least(f"Reading {base.sources[0].files:,} files with vectors", share, 0.8, beside),
        told("The host computes meanwhile", sample([own / took * 100], "% of a core")),
    ]


async def _alone(texts: list[str]) -> float:
    """Return how many passages a second the embedder does when nothing else is done."""
    embedding = Embedding(_EMBEDDER)
    await embedding.open()
    digests = [sha256(text.encode()).hexdigest() for text in texts]
    try:
        await embedding.passages(digests[:2], texts[:2])  # Its processes have begun then.
        began = time.perf_counter()
        for start in range(2, len(texts), 256):
            await embedding.passages(digests[start : start + 256], texts[start : start + 256])
        return len(texts) / (time.perf_counter() - began)
    finally:
        await embedding.close()


async def _read(client: Client, folder: Path) -> tuple[float, KnowledgeBase]:
    began = time.perf_counter()
    await client.call(AddSource(str(folder)))
    base = await _settled(client)
    return time.perf_counter() - began, base


async def _reread(client: Client, source: str) -> float:
    began = time.perf_counter()
    await client.call(RereadSource(source))
    await _settled(client)
    return time.perf_counter() - began


async def _settled(client: Client) -> KnowledgeBase:
    base = await client.call(ReadKnowledge())
    while any(one.state in _GOING_ON for one in base.sources):
        base = await client.call(NextKnowledge(base.mark))
    return base


async def _change(client: Client, path: Path, number: int) -> float:
    """Return the seconds until a word is found that was not there before."""
    word = f"quokka{number}marker"
    path.write_text(f"{path.read_text()}\n\ndef {word}():\n    return {number}\n")
    began = time.perf_counter()
    while not await _is_found(client, word):
        await asyncio.sleep(0.02)
    return time.perf_counter() - began


async def _is_found(client: Client, word: str) -> bool:
    hits = (await client.call(Search(word, limit=1))).hits
    return bool(hits) and word in hits[0].passage.text


def _fill(folder: Path, wanted: int) -> None:
    """Copy files of the environment, over and over if it has fewer."""
    every = sorted(Path(sysconfig.get_path("purelib")).rglob("*.py"))
    for number in range(wanted):
        source = every[number % len(every)]
        place = folder / f"{number // 100:03}" / f"{number:05}_{source.name}"
        place.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8", errors="replace")
        place.write_text(f"# {number}\n{text}", encoding="utf-8")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if path.stat().st_size > 200)


def _ask(library: Path, path: Path) -> Ask:
    return Ask(str(library), path.relative_to(library).as_posix())


def _p95(seconds: list[float]) -> Sample:
    return sample([quantiles(seconds, n=20)[-1]], "ms", 1000)
