"""What finding is worth and costs: quality on sets of questions, speed beside SQLite and numpy.

Sets that are given are found through BENCH_RETRIEVAL, a folder of folders with corpus.jsonl,
queries.jsonl and qrels.tsv; others are made out of what is installed. `--large` measures a million
passages too, whose vectors lie as those of the sets do.
Times are those of the processor, so what else runs counts for little; nothing here waits.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from math import log1p
from pathlib import Path
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from bench import bulk, finding_many
from bench.found import MadeUp, Sqlite, Vectors
from bench.harness import Row, Sample, at_least, at_most, sample, told, under
from bench.home import Unmeasured, workspace
from bench.question_sets import QuestionSet, given, installed
from local_models.embedder.files import default_folder, why_unusable
from workbench.api import knowing
from workbench.knowledge.finding import open_index
from workbench.knowledge.finding.index import FoundIndex
from workbench.knowledge.finding.words import WHOLE, terms
from workbench.knowledge.values import Piece
from workbench.workspace import Workspace

large = False
"""Whether a million passages are measured too."""
_FOLDER = default_folder()
_SETS = os.environ.get("BENCH_RETRIEVAL", "")
"""Both asked for when this is imported: what is measured has an environment of its own."""
_BEST = 10
_USUAL = 100_000
_QUESTIONS = 40
_K1, _B = 1.2, 0.75


def measure() -> list[Row]:
    """Search sets of questions, then many passages that are made up."""
    if why := why_unusable(_FOLDER):
        raise Unmeasured(why)
    real = finding_many.Real()
    rows = [*_quality(real), *_speed(_USUAL)]
    return [*rows, *(finding_many.measure(real) if large else ())]


# Quality.


def _quality(real: finding_many.Real) -> list[Row]:
    title = "Mean over sets out of what is installed"
    if not _SETS:
        missing = Row("Quality of search", "BENCH_RETRIEVAL names no folder of sets", missing=True)
        return [missing, *_compared(title, installed(), real)]
    wanted = _compared("Mean over the sets", given(Path(_SETS)), real)
    return [*wanted, *_compared(title, installed(), finding_many.Real())]


def _compared(title: str, sets: Iterable[QuestionSet], real: finding_many.Real) -> list[Row]:
    rows, lifts = [], []
    for one in sets:
        ours, words, dense = asyncio.run(_search_set(one, real))
        lifts.append(ours / max(words, dense))
        beside = f"nDCG@10 {ours:.3f}; BM25 {words:.3f}, MiniLM {dense:.3f}"
        rows.append(at_least(f"{one.name}: of the better one", _one(lifts[-1]), 1.0, beside))
    if not lifts:
        return [Row(title, "there are no sets", missing=True)]
    return [*rows, at_least(title, _one(mean(lifts)), 1.05)]


def _one(value: float) -> Sample:
    return Sample((round(value, 4),), "")


async def _search_set(known: QuestionSet, real: finding_many.Real) -> tuple[float, float, float]:
    """Return the quality of the index, of words alone, and of vectors alone."""
    with workspace() as made:
        index = await open_index(made, _FOLDER)
        for name, text in known.texts.items():
            await index.put("s", name, [_piece(name, text)])
        await index.flush()
        found, near = {}, {}
        for question, text in known.questions.items():
            hits = (await index.search(knowing.Search(text, sources=("s",)))).hits
            found[question] = [hit.passage.path for hit in hits]
            near[question] = await _nearest(index, text)
        real.take((await _everything(index))[1], await _vectors(index, known.questions.values()))
        await index.close()
    return known.ndcg(found), known.ndcg(_plain_bm25(known)), known.ndcg(near)


def _piece(name: str, text: str) -> Piece:
    digest = hashlib.sha256(text.encode()).hexdigest()
    is_code = text.lstrip().startswith(("def ", "class ", "async def ", "@"))
    kind, language = ("code", "python") if is_code else ("prose", "")
    return Piece(name, "s", name, digest, 0, 1, 1, (), kind, language, "", text, digest, 1)


async def _nearest(index: FoundIndex, text: str) -> list[str]:
    stock = index._stock
    numbers = np.flatnonzero(stock.catalogue.alive[: stock.catalogue.next]).astype(np.uint32)
    similar = stock.closeness.similar(await index._embedding.question(text), numbers)
    best = numbers[np.argsort(-similar, kind="stable")[:_BEST]]
    return [stock.catalogue.file(int(number)).path for number in best]


def _plain_bm25(known: QuestionSet) -> dict[str, list[str]]:
    """Rank by BM25 over the words as they stand, with identifiers split."""
    bags = {name: Counter(_words(text)) for name, text in known.texts.items()}
    usual = mean(bag.total() for bag in bags.values())
    having = Counter(word for bag in bags.values() for word in bag)
    found = {}
    for question, text in known.questions.items():
        rarity = {
            word: log1p((len(bags) - having[word] + 0.5) / (having[word] + 0.5))
            for word in _words(text)
        }
        scores = {name: _bm25(bag, rarity, usual) for name, bag in bags.items()}
        found[question] = sorted(scores, key=lambda name: -scores[name])[:_BEST]
    return found


def _words(text: str) -> list[str]:
    return [term for term in terms(text) if term[0] == WHOLE]


def _bm25(bag: Counter[str], rarity: dict[str, float], usual: float) -> float:
    norm = _K1 * (1 - _B + _B * bag.total() / usual)
    return sum(
        weight * (_K1 + 1) * often / (often + norm)
        for word, weight in rarity.items()
        if (often := bag.get(word, 0))
    )


# Speed.


def _speed(passages: int) -> list[Row]:
    with workspace() as made:
        return asyncio.run(_measure_speed(made, passages))


async def _measure_speed(made: Workspace, passages: int) -> list[Row]:
    await asyncio.to_thread(bulk.write, made.project, passages)
    index = await open_index(made, _FOLDER)
    await finding_many.laid_out(index)
    asked = _questions(index)
    sqlite = Sqlite(made.project / "peer.db")
    texts, vectors = await _everything(index)
    sqlite.fill(texts, vectors)
    ours, theirs, typed = [], [], []
    for text, vector in asked:
        ours.append(await _timed_search(index, text))
        typed.append(await _timed_search(index, text[: len(text) * 2 // 3], typing=True))
        theirs.append(_timed(lambda t=text, v=vector: sqlite.search(t, v)))  # type: ignore[misc]
    sqlite.close()
    found = await finding_many.compared(index, [vector for _, vector in asked], vectors)
    await index.close()
    what = f"{passages:,} passages"
    p50, peer = sample(ours, "ms CPU", 1000), sample(theirs, "ms CPU", 1000)
    slow = Sample((float(np.percentile(typed, 95)) * 1000,), "ms CPU")
    beside = f"{p50.text} beside {peer.text} of FTS5, a scan of all vectors, and RRF"
    share = Sample((p50.median / peer.median,), "")
    return [
        at_most(f"{what}: a hybrid search, of SQLite's time", share, 0.08, beside),
        under(f"{what}: search as you type, p95", slow, 50),
        told(f"{what} in clouds: recall@10 of the nearest", _one(found.recall)),
        told(f"{what} in clouds: the nearest, of numpy's time", found.share),
    ]


def _questions(index: FoundIndex) -> list[tuple[str, Vectors]]:
    made_up = MadeUp(2)
    asked = [(made_up.text(6), made_up.vectors(1)[0]) for _ in range(_QUESTIONS)]
    for text, vector in asked:
        index._embedding._questions.keep(text, vector)
    return asked


async def _vectors(index: FoundIndex, questions: Iterable[str]) -> Vectors:
    return np.array([await index._embedding.question(text) for text in questions])


async def _everything(index: FoundIndex) -> tuple[list[str], NDArray[np.float32]]:
    """Return all texts and vectors by their numbers, from one on."""
    stock = index._stock
    texts = [""] * (stock.catalogue.next - 1)
    async for rows in stock.table.batches():
        for number, piece in rows:
            texts[number - 1] = piece.text
    return texts, stock.closeness.get(np.arange(1, stock.catalogue.next, dtype=np.uint32))


async def _timed_search(index: FoundIndex, text: str, *, typing: bool = False) -> float:
    began = time.process_time()
    await index.search(knowing.Search(text, sources=("s",), typing=typing))
    return time.process_time() - began


def _timed(search: Callable[[], object]) -> float:
    began = time.process_time()
    search()
    return time.process_time() - began
