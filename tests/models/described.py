"""Models that exist as a description alone, for what is reckoned from headers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from local_models.gguf import Header
from local_models.registry import Model

GB = 1_000_000_000
QWEN_HALF = Header(
    version=3,
    file_size=358_366_944,
    weights=353_927_168,
    parameters=494_032_768,
    quantisation="Q4_0",
    architecture="qwen2",
    name="Qwen2.5 0.5B Instruct",
    kind="model",
    context=32_768,
    width=896,
    layers=24,
    heads=14,
    heads_kv=(2,) * 24,
    key_length=64,
    value_length=64,
    tokenizer="gpt2",
    vocabulary=151_936,
    template="{{ messages }}",
    pooling=0,
    parts=1,
)


def model(name: str, weights: int = GB, **changed: object) -> Model:
    """Return a model with so many bytes of weights; by default one that generates."""
    header = replace(QWEN_HALF, weights=weights, parameters=2 * weights, **changed)  # type: ignore[arg-type]
    return Model(name, Path("/models") / f"{name}.gguf", header, ours=True)


def embedder(name: str, weights: int = GB // 10) -> Model:
    return model(name, weights, architecture="nomic-bert", template="")
