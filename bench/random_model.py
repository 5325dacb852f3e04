"""A GGUF of the shape of a 0.5B model with random weights in Q4_0: it computes as a real one does.

What it says means nothing, and nothing that is measured depends on that.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase

import gguf
import numpy as np
import numpy.typing as npt

LAYERS, WIDTH, INNER = 24, 896, 4864
HEADS, HEADS_KV = 14, 2
WORDS = 151_936
_BLOCK, _BLOCK_BYTES = 32, 18
_SCALE = 0.008
_Q4_0 = gguf.GGMLQuantizationType.Q4_0


def write_model(path: Path, template: str = "") -> Path:
    """Write some 280 MB to `path`, with a chat template if one is given."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(8192)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS_KV)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    _write_words(writer)
    if template:
        writer.add_chat_template(template)
    draw = np.random.default_rng(0)
    for name, rows, columns in _matrices():
        writer.add_tensor(name, _blocks(draw, rows, columns), raw_dtype=_Q4_0)
    for name in _norms():
        writer.add_tensor(name, np.ones(WIDTH, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _write_words(writer: gguf.GGUFWriter) -> None:
    """Write bytes as byte-level BPE spells them, then words that are like those of a language."""
    ink = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    spelt = [chr(byte if byte in ink else next(others)) for byte in range(256)]
    words = [*spelt, *islice(_words(), WORDS - len(spelt) - 1), "<|end|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(words)
    kinds = [gguf.TokenType.NORMAL] * (WORDS - 1) + [gguf.TokenType.CONTROL]
    writer.add_token_types(kinds)
    writer.add_token_merges(["Ġ t"])
    writer.add_eos_token_id(WORDS - 1)
    writer.add_add_bos_token(False)


def _words() -> Iterator[str]:
    for length in (2, 3, 4):
        for letters in product(ascii_lowercase, repeat=length):
            word = "".join(letters)
            yield word
            yield f"Ġ{word}"


def _matrices() -> Iterator[tuple[str, int, int]]:
    narrow = WIDTH // HEADS * HEADS_KV
    yield "token_embd.weight", WORDS, WIDTH
    for layer in range(LAYERS):
        yield f"blk.{layer}.attn_q.weight", WIDTH, WIDTH
        yield f"blk.{layer}.attn_k.weight", narrow, WIDTH
        yield f"blk.{layer}.attn_v.weight", narrow, WIDTH
        yield f"blk.{layer}.attn_output.weight", WIDTH, WIDTH
        yield f"blk.{layer}.ffn_gate.weight", INNER, WIDTH
        yield f"blk.{layer}.ffn_up.weight", INNER, WIDTH
        yield f"blk.{layer}.ffn_down.weight", WIDTH, INNER


def _norms() -> Iterator[str]:
    for layer in range(LAYERS):
        yield f"blk.{layer}.attn_norm.weight"
        yield f"blk.{layer}.ffn_norm.weight"
    yield "output_norm.weight"


def _blocks(draw: np.random.Generator, rows: int, columns: int) -> npt.NDArray[np.uint8]:
    """Return rows of Q4_0: a scale of two bytes, then 32 numbers of four bits."""
    count = rows * columns // _BLOCK
    blocks = draw.integers(0, 256, (count, _BLOCK_BYTES), np.uint8)
    blocks[:, :2] = np.frombuffer(np.float16(_SCALE).tobytes(), np.uint8)
    return blocks.reshape(rows, columns // _BLOCK * _BLOCK_BYTES)
