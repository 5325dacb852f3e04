"""What embedding costs, one thread each, beside sentence-transformers.

That is found through BENCH_SENTENCE_TRANSFORMERS, the Python of a virtual environment that has it
and torch; without it only ours is measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.harness import Row, Sample, at_least, at_most, in_turn, readable, sample, told
from bench.home import Unmeasured
from bench.process import MIB
from local_models.embedder.files import PINNED, default_folder, why_unusable
from local_models.embedder.names import INT8, LLAMA, NUMPY, ONNXRUNTIME

_FOLDER = default_folder()
_PEER = os.environ.get("BENCH_SENTENCE_TRANSFORMERS", "")
"""Both asked for when this is imported: what is measured has an environment of its own."""
_BACKENDS = (NUMPY, ONNXRUNTIME, LLAMA, INT8)
_CHUNKS, _CHARACTERS, _ROUNDS = 64, 900, 3
_ROOT = Path(__file__).resolve().parent.parent
_CHILDREN = _ROOT / "bench" / "children"
_ALONE = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1") | {
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_MISSING = "sentence-transformers is missing: BENCH_SENTENCE_TRANSFORMERS names no Python with it"
_MODEL: dict[str, object] = {
    "config.json": {
        "architectures": ["BertModel"],
        "hidden_act": "gelu",
        "hidden_size": 384,
        "intermediate_size": 1536,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 512,
        "model_type": "bert",
        "num_attention_heads": 12,
        "num_hidden_layers": 6,
        "type_vocab_size": 2,
        "vocab_size": 30522,
    },
    "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "do_lower_case": True},
    "sentence_bert_config.json": {"max_seq_length": 256},
    "modules.json": [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.{kind}"}
        for number, (path, kind) in enumerate(
            (
                ("", "models.Transformer"),
                ("1_Pooling", "models.Pooling"),
                ("2_Normalize", "models.Normalize"),
            )
        )
    ],
    "1_Pooling/config.json": {"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True},
}


class _Taken(NamedTuple):
    """CPU seconds of one process, and the bytes it had."""

    first: float
    """From the start of the process to its first vector."""
    chunks: float
    queries: float
    tokens: float
    memory: float


@dataclass(frozen=True)
class _Maker:
    """Who embeds, and what each round took."""

    name: str
    rounds: tuple[_Taken, ...]

    def sample(self, of: Callable[[_Taken], float], unit: str) -> Sample:
        return sample(map(of, self.rounds), unit)


def measure() -> list[Row]:
    """Let numpy, onnxruntime twice, llama.cpp and sentence-transformers embed the same, in turn."""
    if problem := why_unusable(_FOLDER):
        raise Unmeasured(problem)
    with tempfile.TemporaryDirectory(prefix="bench-embedding-") as folder:
        model = Path(folder)
        _lay_out(model)
        makers = _measured(model)
    ours, peers = makers[: len(_BACKENDS)], makers[len(_BACKENDS) :]
    named = {maker.name: maker for maker in ours}
    return [*_rows(named, peers[0] if peers else None), *_told(makers)]


def _measured(model: Path) -> list[_Maker]:
    ours = (sys.executable, _CHILDREN / "embedding_ours.py", _FOLDER)
    commands: dict[str, Sequence[object]] = {name: (*ours, name) for name in _BACKENDS}
    if _PEER:
        commands["sentence-transformers"] = (_PEER, _CHILDREN / "embedding_theirs.py", model)
    given = json.dumps(_chunks())
    taken = in_turn(_ROUNDS, [_timed(command, given) for command in commands.values()])
    return [_Maker(name, rounds) for name, rounds in zip(commands, taken, strict=True)]


def _timed(command: Sequence[object], given: str) -> Callable[[], _Taken]:
    environment = os.environ | _ALONE | {"PYTHONPATH": str(_ROOT)}

    def run() -> _Taken:
        ended = subprocess.run(
            list(map(str, command)),
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise Unmeasured(f"{Path(str(command[1])).name}: {ended.stderr.splitlines()[-1:]}")
        return _Taken(*json.loads(ended.stdout))

    return run


def _rows(ours: Mapping[str, _Maker], peer: _Maker | None) -> list[Row]:
    numpy, int8 = ours[NUMPY], ours[INT8]
    best, other = sorted((ours[ONNXRUNTIME], ours[LLAMA]), key=_median_speed, reverse=True)
    return [
        _ratio("Chunks a CPU-second, numpy", 0.9, numpy, peer, _speed),
        _ratio(f"Chunks a CPU-second, {best.name}", 1.0, best, peer, _speed),
        _ratio(f"Chunks a CPU-second, {other.name}", None, other, peer, _speed),
        _ratio("Chunks a CPU-second, onnxruntime in int8", 2.5, int8, peer, _speed),
        _ratio("Start to first vector, numpy", 0.05, numpy, peer, lambda taken: taken.first),
        _ratio("Tokens of the chunks", 0.5, numpy, peer, lambda taken: taken.tokens),
    ]


def _ratio(
    what: str,
    limit: float | None,
    ours: _Maker,
    peer: _Maker | None,
    of: Callable[[_Taken], float],
) -> Row:
    """Compare round by round; without a peer only the figure to reach is told."""
    faster = of is _speed
    unit = "of sentence-transformers"
    own = ours.sample(of, "chunks/s" if faster else "s CPU").text
    if peer is None:
        bound = "at least" if faster else "at most"
        goal = f"{bound} {readable(limit)} {unit}" if limit else ""
        return Row(what, f"{own}, not compared", goal, _MISSING)
    pairs = zip(ours.rounds, peer.rounds, strict=True)
    found = sample((of(our) / of(their) for our, their in pairs), unit)
    beside = f"{own} against {peer.sample(of, '').text}"
    if limit is None:
        return told(what, found, beside)
    return (at_least if faster else at_most)(what, found, limit, beside)


def _median_speed(maker: _Maker) -> float:
    return maker.sample(_speed, "").median


def _told(makers: Sequence[_Maker]) -> list[Row]:
    rows = []
    for maker in makers:
        queries = sample((taken.queries / _CHUNKS for taken in maker.rounds), "ms CPU", 1000)
        memory = sample((taken.memory for taken in maker.rounds), "MiB", 1 / MIB)
        rows.append(told(f"A query of 60 characters, {maker.name}", queries))
        rows.append(told(f"Most memory, {maker.name}", memory))
    return rows


def _speed(taken: _Taken) -> float:
    return _CHUNKS / taken.chunks


def _chunks() -> list[str]:
    """Return pieces of our own code and pages, the same number from all over."""
    paths = sorted([*(_ROOT / "workbench").rglob("*.py"), *(_ROOT / "docs").glob("*.md")])
    text = "".join(path.read_text(encoding="utf-8") for path in paths)
    step = len(text) // _CHUNKS
    return [text[start : start + _CHARACTERS] for start in range(0, step * _CHUNKS, step)]


def _lay_out(folder: Path) -> None:
    """Make the folder that sentence-transformers loads the same weights from."""
    for name, content in _MODEL.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    for file in PINNED:
        (folder / file.name).symlink_to(_FOLDER / file.name)
