"""GGUF files written byte by byte, so that they can be as wrong as somebody may make them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import pack

U32, STRING, ARRAY, F32 = 4, 8, 9, 6


def text(content: str | bytes) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return pack("<Q", len(data)) + data


def said(key: str, value: str | float | Sequence[str]) -> bytes:
    """Return one key with its value."""
    if isinstance(value, str):
        return text(key) + pack("<I", STRING) + text(value)
    if isinstance(value, int):
        return text(key) + pack("<II", U32, value)
    if isinstance(value, float):
        return text(key) + pack("<If", F32, value)
    return text(key) + pack("<IIQ", ARRAY, STRING, len(value)) + b"".join(map(text, value))


def numbers(key: str, values: Sequence[int]) -> bytes:
    """Return one key with a list of numbers."""
    return text(key) + pack("<IIQ", ARRAY, U32, len(values)) + pack(f"<{len(values)}I", *values)


def tensor(name: str, shape: Sequence[int] = (32,), kind: int = 0, offset: int = 0) -> bytes:
    """Return what a header says of one tensor."""
    dimensions = pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + dimensions + pack("<IQ", kind, offset)


def model(
    values: Iterable[bytes] = (),
    tensors: Iterable[bytes] = (),
    data: bytes = b"",
    *,
    magic: bytes = b"GGUF",
    version: int = 3,
) -> bytes:
    """Return a file of these keys, these tensors, and `data` where the tensors lie."""
    values, tensors = list(values), list(tensors)
    counts = pack("<IQQ", version, len(tensors), len(values))
    header = b"".join([magic, counts, *values, *tensors])
    return header + bytes(-len(header) % 32) + data


def like_qwen(vocabulary: int) -> bytes:
    """Return the header of a model of 0.5 B with a vocabulary of that length, and no tensors."""
    words = b"".join(text("t" * (1 + number % 12)) for number in range(vocabulary))
    pairs = b"".join(text("a" * (3 + number % 10)) for number in range(vocabulary))
    return model(
        [
            said("general.architecture", "qwen2"),
            said("general.name", "Like Qwen"),
            said("qwen2.block_count", 24),
            said("qwen2.context_length", 32768),
            said("qwen2.embedding_length", 896),
            said("qwen2.attention.head_count", 14),
            said("qwen2.attention.head_count_kv", 2),
            said("tokenizer.ggml.model", "gpt2"),
            text("tokenizer.ggml.tokens") + pack("<IIQ", ARRAY, STRING, vocabulary) + words,
            numbers("tokenizer.ggml.token_type", [1] * vocabulary),
            text("tokenizer.ggml.merges") + pack("<IIQ", ARRAY, STRING, vocabulary) + pairs,
            said("tokenizer.chat_template", "{{ messages }}"),
        ]
    )
