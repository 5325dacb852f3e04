"""Writes a tiny GGUF that llama.cpp really loads: random weights, one token for each byte.

It knows nothing and says anything, so no test pins what it generates; it also says bytes that are
no text, which is what a real model may do in the middle of a character.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import gguf
import numpy as np
import numpy.typing as npt

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
BROKEN_TEMPLATE = "{% for message in messages %}{{ message.content "
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
"""What ends a text, begins a turn and ends a turn; these are the last ids of the vocabulary."""
_MERGES = ("Ġ t", "h e", "Ġt he", "i n", "r e", "e r", "Ġ a", "o n")


@dataclass(frozen=True)
class Tiny:
    """What the model is like; whatever stands here is what its header says."""

    name: str = "Tiny"
    architecture: str = "llama"
    template: str | None = CHATML
    layers: int = 2
    width: int = 64
    heads: int = 2
    """A head is 32 wide, which is one block of Q8_0: quantised caches can be tried."""
    heads_kv: int = 1
    inner: int = 128
    context: int = 2048
    kind: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F16
    file_type: gguf.LlamaFileType = gguf.LlamaFileType.MOSTLY_F16
    seed: int = 0
    padding: int = 0
    """How many tokens that are never met stand behind the vocabulary, to make it long."""
    more: Mapping[str, str | int | float | bool] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """Further keys of the header."""


def write_tiny(path: Path, tiny: Tiny | None = None) -> Path:
    """Write the model to `path`, some 250 KB, and return `path`."""
    tiny = tiny or Tiny()
    writer = gguf.GGUFWriter(path, tiny.architecture)
    _write_shape(writer, tiny)
    _write_vocabulary(writer, tiny)
    for key, value in tiny.more.items():
        _write_value(writer, key, value)
    for name, tensor in _tensors(tiny):
        _write_tensor(writer, name, tensor, tiny.kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def tokens(tiny: Tiny | None = None) -> list[str]:
    """Return the vocabulary, each token at its id, spelt as byte-level BPE spells bytes."""
    padding = [f"<|padding {number}|>" for number in range((tiny or Tiny()).padding)]
    merged = [merge.replace(" ", "") for merge in _MERGES]
    return [*_spelling(), *merged, *padding, *SPECIAL]


def _write_shape(writer: gguf.GGUFWriter, tiny: Tiny) -> None:
    writer.add_name(tiny.name)
    writer.add_file_type(tiny.file_type)
    writer.add_context_length(tiny.context)
    writer.add_embedding_length(tiny.width)
    writer.add_block_count(tiny.layers)
    writer.add_feed_forward_length(tiny.inner)
    writer.add_head_count(tiny.heads)
    writer.add_head_count_kv(tiny.heads_kv)
    writer.add_rope_dimension_count(tiny.width // tiny.heads)
    writer.add_layer_norm_rms_eps(1e-5)


def _write_vocabulary(writer: gguf.GGUFWriter, tiny: Tiny) -> None:
    spelt = tokens(tiny)
    ordinary = len(spelt) - len(SPECIAL)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(spelt)
    kinds = [gguf.TokenType.NORMAL] * ordinary + [gguf.TokenType.CONTROL] * len(SPECIAL)
    writer.add_token_types(kinds)
    writer.add_token_merges(list(_MERGES))
    writer.add_bos_token_id(ordinary)
    writer.add_eos_token_id(ordinary + 2)
    writer.add_add_bos_token(False)
    if tiny.template is not None:
        writer.add_chat_template(tiny.template)


def _write_value(writer: gguf.GGUFWriter, key: str, value: str | float | bool) -> None:
    if isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, int):
        writer.add_uint32(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    else:
        writer.add_string(key, value)


def _write_tensor(
    writer: gguf.GGUFWriter,
    name: str,
    tensor: npt.NDArray[np.float32],
    kind: gguf.GGMLQuantizationType,
) -> None:
    if tensor.ndim == 1:
        writer.add_tensor(name, tensor)
    else:
        writer.add_tensor(name, gguf.quantize(tensor, kind), raw_dtype=kind)


def _tensors(tiny: Tiny) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """Draw the weights, wide enough that the next token is no toss-up between all of them."""
    draw = np.random.default_rng(tiny.seed)
    for name, shape in _shapes(tiny):
        if len(shape) == 1:
            yield name, np.ones(shape, np.float32)
        else:
            yield name, draw.normal(0, 0.3, shape).astype(np.float32)


def _shapes(tiny: Tiny) -> Iterator[tuple[str, tuple[int, ...]]]:
    width, inner = tiny.width, tiny.inner
    width_kv = width // tiny.heads * tiny.heads_kv
    yield "token_embd.weight", (len(tokens(tiny)), width)
    for layer in range(tiny.layers):
        block = f"blk.{layer}."
        yield f"{block}attn_norm.weight", (width,)
        yield f"{block}attn_q.weight", (width, width)
        yield f"{block}attn_k.weight", (width_kv, width)
        yield f"{block}attn_v.weight", (width_kv, width)
        yield f"{block}attn_output.weight", (width, width)
        yield f"{block}ffn_norm.weight", (width,)
        yield f"{block}ffn_gate.weight", (inner, width)
        yield f"{block}ffn_up.weight", (inner, width)
        yield f"{block}ffn_down.weight", (width, inner)
    yield "output_norm.weight", (width,)
    yield "output.weight", (len(tokens(tiny)), width)


def _spelling() -> list[str]:
    """Return how GPT-2 spells each byte: itself where that is ink, else a letter after them."""
    ink = {*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in ink else next(others)) for byte in range(256)]
