"""What a GGUF file says of itself, read with care: whoever made the file is not trusted.

Nothing is kept but what is shown or reckoned with: the vocabulary is stepped over, tensors are
summed up, and a chat template is text that nobody here executes. The file is read, not mapped,
since pulling out a USB stick would end a process that has it mapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from local_models.gguf.tables import BLOCKS, FILE_TYPES, FOREIGN
from local_models.gguf.window import SCALARS, U32, U64, Malformed, Window, opened
from workbench.errors import ModelError
from workbench.visible import visible_line

Value: TypeAlias = int | float | bool | str | tuple[int | float | bool, ...]

_MOST_KEYS = 4096
_MOST_TENSORS = 65_536
_MOST_ELEMENTS = 1 << 24
_MOST_STRINGS = 1 << 21
_LONGEST_KEY = 1024
_LONGEST_NAME = 64
_LONGEST_TEXT = 1024 * 1024
_LONGEST_KEPT = 1024
"""Longer arrays are vocabularies, not something that is said of each layer."""
_MOST_LAYERS = 4096
_DIMENSIONS = 4
_LARGEST = 1 << 62

_STRING, _ARRAY = 8, 9
_VERSIONS = (2, 3)
_EMBEDDERS = frozenset(
    (
        "bert",
        "eurobert",
        "gemma-embedding",
        "jina-bert-v2",
        "jina-bert-v3",
        "modern-bert",
        "neo-bert",
        "nomic-bert",
        "nomic-bert-moe",
        "t5encoder",
    )
)


@dataclass(frozen=True)
class Header:
    """What a GGUF file says of itself; 0 and "" where it says nothing."""

    version: int
    file_size: int
    weights: int
    """The bytes of all tensors."""
    parameters: int
    quantisation: str
    architecture: str
    name: str
    kind: str
    """`model`, or what else lies in such files: `adapter`, `mmproj`, `imatrix` …"""
    context: int
    width: int
    """Embedding length."""
    layers: int
    heads: int
    heads_kv: tuple[int, ...]
    """Of each layer."""
    key_length: int
    value_length: int
    tokenizer: str
    vocabulary: int
    template: str
    """Text from outside: to be shown as visible, and to be run by nobody but a sandboxed worker."""
    pooling: int
    """How token vectors become one of a text; above 0 in models that are made to embed."""
    parts: int
    """Of how many files this is one."""

    @property
    def embeds(self) -> bool:
        return self.architecture in _EMBEDDERS or self.pooling > 0

    @property
    def generates(self) -> bool:
        return not self.embeds and self.kind == "model" and self.layers > 0 and self.weights > 0


def read_header(path: Path, called: str = "") -> Header:
    """Return the header of the GGUF file at `path`; whatever is wrong with it is a ModelError.

    It speaks of the file as `called`, or else by its name.
    """
    try:
        with opened(path) as (descriptor, size):
            return _read(Window(descriptor, size))
    except Malformed as problem:
        raise ModelError(
            f"{visible_line(called or path.name)} {problem.complaint}.", problem.hint
        ) from problem
    except OSError as error:
        raise ModelError(
            f"{visible_line(str(path))} cannot be read: {error.strerror}.",
            "Is the file there, and yours to read? Is its disk still plugged in?",
        ) from error


def _read(window: Window) -> Header:
    version = _read_version(window)
    tensors = window.count(U64, _MOST_TENSORS, "tensors")
    keys = window.count(U64, _MOST_KEYS, "keys")
    values, lengths = _read_values(window, keys)
    found = _Tensors.read(window, tensors)
    found.refuse_what_cannot_be(_alignment(values), window)
    return _header(version, window.size, _Said(values, lengths), found)


def _read_version(window: Window) -> int:
    if window.size == 0:
        raise Malformed("is empty")
    magic = window.take(min(4, window.size))
    if magic != b"GGUF":
        raise _not_gguf(magic)
    version = int(window.number(U32))
    if version not in _VERSIONS:
        raise _not_this_version(version)
    return version


def _not_gguf(magic: bytes) -> Malformed:
    for beginning, (what, hint) in FOREIGN.items():
        if magic.startswith(beginning):
            return Malformed(f"is no GGUF file but {what}", hint)
    return Malformed("is no GGUF file", "Models come as files that end in .gguf.")


def _not_this_version(version: int) -> Malformed:
    if version and version & 0xFFFF == 0:
        return Malformed(
            "is for machines with the other byte order (big-endian)", "Get the little-endian file."
        )
    if version == 1:
        return Malformed("is GGUF version 1, which llama.cpp reads no more", "Convert it anew.")
    return Malformed(
        f"is GGUF version {version}, and only 2 and 3 are known", "Is there a newer Workbench?"
    )


def _read_values(window: Window, count: int) -> tuple[dict[str, Value], dict[str, int]]:
    """Return the values, and of those that are arrays the lengths."""
    values: dict[str, Value] = {}
    lengths: dict[str, int] = {}
    for _ in range(count):
        key = window.text(_LONGEST_KEY, "a key")
        if key in values or key in lengths or not key:
            raise Malformed(f"says {visible_line(key) or 'nothing'} twice, or names it not")
        kind = int(window.number(U32))
        if kind == _ARRAY:
            lengths[key], kept = _read_array(window)
            if kept:
                values[key] = kept
        else:
            values[key] = _read_scalar(window, kind)
    return values, lengths


def _read_scalar(window: Window, kind: int) -> Value:
    if kind == _STRING:
        return window.text(_LONGEST_TEXT, "text under one key")
    layout = SCALARS.get(kind)
    if layout is None:
        raise Malformed(f"has a value of a kind that GGUF does not have ({kind})")
    return window.number(layout)


def _read_array(window: Window) -> tuple[int, tuple[int | float | bool, ...]]:
    """Return the length of an array, and what is in it where that is few numbers."""
    kind = int(window.number(U32))
    if kind == _STRING:
        count = window.count(U64, _MOST_STRINGS, "texts in one list")
        window.skip_strings(count)
        return count, ()
    layout = SCALARS.get(kind)
    if layout is None:
        nested = "lists within lists, which llama.cpp refuses" if kind == _ARRAY else "no such kind"
        raise Malformed(f"has a list of a kind that cannot be read ({nested})")
    count = window.count(U64, _MOST_ELEMENTS, "numbers in one list")
    if count > _LONGEST_KEPT:
        window.skip(count * layout.size)
        return count, ()
    return count, tuple(window.number(layout) for _ in range(count))


def _alignment(values: Mapping[str, Value]) -> int:
    found = values.get("general.alignment", 32)
    if not isinstance(found, int) or found <= 0 or found & (found - 1) or found > 1 << 30:
        raise Malformed("has an alignment that is no power of two")
    return found


@dataclass(frozen=True)
class _Tensors:
    """Where the tensors lie, and what they come to."""

    ranges: tuple[tuple[int, int], ...]
    parameters: int
    bytes_by_kind: Mapping[str, int]

    @classmethod
    def read(cls, window: Window, count: int) -> _Tensors:
        names: set[bytes] = set()
        ranges: list[tuple[int, int]] = []
        by_kind: dict[str, int] = {}
        parameters = 0
        for _ in range(count):
            names.add(window.take(window.count(U64, _LONGEST_NAME, "bytes of a tensor's name")))
            elements, kind, size = _read_shape(window)
            offset = int(window.number(U64))
            ranges.append((offset, offset + size))
            by_kind[kind] = by_kind.get(kind, 0) + size
            parameters += elements
        if len(names) < count:
            raise Malformed("has two tensors of one name")
        return cls(tuple(sorted(ranges)), parameters, by_kind)

    def refuse_what_cannot_be(self, alignment: int, window: Window) -> None:
        """Refuse tensors that share bytes, or reach behind the end of the file."""
        start = -(-window.place // alignment) * alignment
        end = 0
        for first, last in self.ranges:
            if first < end:
                raise Malformed("has tensors that overlap")
            if first % alignment:
                raise Malformed("has a tensor where none may begin")
            end = last
        if self.ranges and start + end > window.size:
            missing = start + end - window.size
            raise Malformed(f"is cut short: the last {missing} bytes of its tensors are missing")


def _read_shape(window: Window) -> tuple[int, str, int]:
    """Return the elements of a tensor, the name of its kind, and its bytes."""
    dimensions = window.count(U32, _DIMENSIONS, "dimensions in a tensor")
    row, elements = 1, 1
    for number in range(dimensions):
        length = int(window.number(U64))
        row = length if number == 0 else row
        elements *= length
    kind = int(window.number(U32))
    if kind not in BLOCKS:
        raise Malformed(
            f"has a tensor of a kind that is not known ({kind})", "Is there a newer Workbench?"
        )
    name, block, size = BLOCKS[kind]
    if row % block or elements > _LARGEST:
        raise Malformed("has a tensor of a shape that cannot be")
    return elements, name, elements // block * size


class _Said:
    """The values of a header by key, of whatever type somebody gave them."""

    def __init__(self, values: Mapping[str, Value], lengths: Mapping[str, int]) -> None:
        self._values = values
        self._lengths = lengths

    def text(self, key: str) -> str:
        found = self._values.get(key)
        return found if isinstance(found, str) else ""

    def number(self, key: str, missing: int = 0) -> int:
        found = self._values.get(key, missing)
        return found if isinstance(found, int) and 0 <= found < 1 << 48 else missing

    def each(self, key: str, count: int, missing: int) -> tuple[int, ...]:
        """Return what is said of each of `count` layers: one number for all, or a list."""
        found = self._values.get(key)
        if isinstance(found, tuple):
            return tuple(int(one) if 0 <= one < 1 << 32 else 0 for one in found[:count])
        return (self.number(key, missing),) * count

    def length(self, key: str) -> int:
        return self._lengths.get(key, 0)


def _header(version: int, size: int, said: _Said, tensors: _Tensors) -> Header:
    architecture = said.text("general.architecture")
    own, attention = f"{architecture}.", f"{architecture}.attention."
    layers = min(said.number(f"{own}block_count"), _MOST_LAYERS)
    heads = max(said.each(f"{attention}head_count", max(layers, 1), 0), default=0)
    width = said.number(f"{own}embedding_length")
    length = width // heads if heads else 0
    return Header(
        version=version,
        file_size=size,
        weights=sum(tensors.bytes_by_kind.values()),
        parameters=tensors.parameters,
        quantisation=_quantisation(said, tensors),
        architecture=architecture,
        name=said.text("general.name"),
        kind=said.text("general.type") or "model",
        context=said.number(f"{own}context_length"),
        width=width,
        layers=layers,
        heads=heads,
        heads_kv=said.each(f"{attention}head_count_kv", layers, heads),
        key_length=said.number(f"{attention}key_length", length),
        value_length=said.number(f"{attention}value_length", length),
        tokenizer=said.text("tokenizer.ggml.model"),
        vocabulary=said.length("tokenizer.ggml.tokens") or said.number(f"{own}vocab_size"),
        template=said.text("tokenizer.chat_template"),
        pooling=said.number(f"{own}pooling_type"),
        parts=said.number("split.count", 1) or 1,
    )


def _quantisation(said: _Said, tensors: _Tensors) -> str:
    """Name the file's type, or the kind that most of its bytes have."""
    named = FILE_TYPES.get(said.number("general.file_type", -1))
    kinds = tensors.bytes_by_kind
    return named or max(kinds, key=lambda kind: kinds[kind], default="")
