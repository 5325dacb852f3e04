"""The header reader: what it finds in good files, and what it says of bad ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from struct import pack

import gguf
import numpy as np
import pytest

from local_models.gguf import LARGEST_HEADER, read_header
from local_models.gguf.tables import BLOCKS, FILE_TYPES
from tests.models.headers import ARRAY, STRING, like_qwen, model, numbers, said, tensor, text
from tests.models.tiny import CHATML, Tiny, tokens, write_tiny
from workbench.errors import ModelError


def test_a_model_is_described(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "tiny.gguf")
    found = read_header(path)
    assert found.file_size == path.stat().st_size
    assert found.weights <= found.file_size
    assert (found.architecture, found.name, found.quantisation) == ("llama", "Tiny", "F16")
    assert (found.layers, found.heads, found.heads_kv) == (2, 2, (1, 1))
    assert (found.width, found.key_length, found.value_length) == (64, 32, 32)
    assert (found.context, found.vocabulary) == (2048, len(tokens()))
    assert (found.tokenizer, found.template, found.parts) == ("gpt2", CHATML, 1)
    assert found.generates
    assert not found.embeds


def test_it_agrees_with_the_reader_of_the_gguf_package(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "tiny.gguf", Tiny(kind=gguf.GGMLQuantizationType.Q4_0))
    theirs = gguf.GGUFReader(path)
    ours = read_header(path)
    assert ours.parameters == sum(int(one.n_elements) for one in theirs.tensors)
    assert ours.weights == sum(int(one.n_bytes) for one in theirs.tensors)


def test_the_tables_are_those_of_the_gguf_package() -> None:
    for kind, (block, size) in gguf.GGML_QUANT_SIZES.items():
        assert BLOCKS[kind] == (kind.name, block, size)
    assert len(BLOCKS) == len(gguf.GGML_QUANT_SIZES)
    for number, name in FILE_TYPES.items():
        theirs = gguf.LlamaFileType(number).name
        assert theirs.removeprefix("MOSTLY_").removeprefix("ALL_").removesuffix("_MOE") == name


def test_where_the_type_is_not_said_most_bytes_name_it(tmp_path: Path) -> None:
    kind, guessed = gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.GUESSED
    path = write_tiny(tmp_path / "tiny.gguf", Tiny(kind=kind, file_type=guessed))
    assert read_header(path).quantisation == "Q8_0"


@pytest.mark.parametrize(
    ("architecture", "more", "embeds"),
    [("llama", {}, False), ("bert", {}, True), ("qwen3", {"qwen3.pooling_type": 3}, True)],
)
def test_what_embeds_is_told_from_what_generates(
    tmp_path: Path, architecture: str, more: dict[str, int], embeds: bool
) -> None:
    tiny = Tiny(architecture=architecture, more=more)
    found = read_header(write_tiny(tmp_path / "tiny.gguf", tiny))
    assert (found.embeds, found.generates) == (embeds, not embeds)


@pytest.mark.parametrize("kind", ["adapter", "mmproj"])
def test_what_comes_beside_a_model_generates_nothing(tmp_path: Path, kind: str) -> None:
    tiny = Tiny(more={"general.type": kind})
    assert not read_header(write_tiny(tmp_path / "tiny.gguf", tiny)).generates


def test_version_2_is_read_as_well(tmp_path: Path) -> None:
    found = read_header(_write(tmp_path, model([said("general.name", "old")], version=2)))
    assert (found.version, found.name) == (2, "old")


@pytest.mark.parametrize("alignment", [8, 32, 4096])
def test_tensors_lie_where_the_alignment_says(tmp_path: Path, alignment: int) -> None:
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_custom_alignment(alignment)
    for number in range(3):
        writer.add_tensor(f"t{number}", np.ones((3, 5), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert read_header(path).parameters == 45
    os.truncate(path, path.stat().st_size - alignment)
    with pytest.raises(ModelError, match="is cut short"):
        read_header(path)


def test_layers_may_differ(tmp_path: Path) -> None:
    keys = [
        said("general.architecture", "openelm"),
        said("openelm.block_count", 3),
        said("openelm.embedding_length", 128),
        numbers("openelm.attention.head_count", [4, 8, 8]),
        numbers("openelm.attention.head_count_kv", [1, 2, 0]),
    ]
    found = read_header(_write(tmp_path, model(keys)))
    assert (found.heads, found.heads_kv, found.key_length) == (8, (1, 2, 0), 16)


def test_a_header_says_little_or_nonsense(tmp_path: Path) -> None:
    assert read_header(_write(tmp_path, model())).architecture == ""
    keys = [
        said("general.architecture", 7),
        said("general.name", b"\xff\xfe\x1b[2J".decode("latin-1")),
        said(".block_count", 0xFFFF_FFFF),
        said(".context_length", "much"),
        said(".embedding_length", float("nan")),
    ]
    found = read_header(_write(tmp_path, model(keys)))
    assert (found.architecture, found.context, found.width) == ("", 0, 0)
    assert found.layers <= 4096


VERSION_1 = b"GGUF" + pack("<III", 1, 0, 0)
BIG_ENDIAN = b"GGUF" + pack(">IQQ", 3, 0, 0)
DATA = bytes(1024)
BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "short": (b"GG", "is no GGUF file"),
    "magic": (model(magic=b"WORD"), "is no GGUF file"),
    "ggml": (b"lmgg" + bytes(64), "format before GGUF"),
    "ggjt": (b"tjgg" + bytes(64), "format before GGUF"),
    "pytorch": (b"PK\x03\x04" + bytes(64), "is no GGUF file but an archive"),
    "page": (b"<!DOCTYPE html><title>Log in</title>", "but a web page"),
    "pointer": (b"version https://git-lfs.github.com/spec/v1\n", "git-lfs"),
    "version 1": (VERSION_1, "GGUF version 1"),
    "version 4": (model(version=4), "GGUF version 4"),
    "version 0": (model(version=0), "GGUF version 0"),
    "big-endian": (BIG_ENDIAN, "big-endian"),
    "cut in counts": (b"GGUF" + pack("<IQ", 3, 0), "is cut short"),
    "cut in a key": (model([said("general.name", "x" * 99)])[:60], "is cut short"),
    "keys": (b"GGUF" + pack("<IQQ", 3, 0, 2**63), "9223372036854775808 keys"),
    "tensors": (b"GGUF" + pack("<IQQ", 3, 2**64 - 1, 0), "tensors, which no model has"),
    "long key": (model([said("k" * 2000, 1)]), "bytes of a key"),
    "long text": (model([said("general.name", "n" * (2**20 + 1))]), "bytes of text"),
    "length": (model([text("k") + pack("<IQ", STRING, 2**64 - 1)]), "bytes of text"),
    "twice": (model([said("k", 1), said("k", 2)]), "twice"),
    "twice a list": (model([numbers("k", [1]), said("k", 2)]), "twice"),
    "no key": (model([said("", 1)]), "names it not"),
    "kind": (model([text("k") + pack("<II", 13, 0)]), "kind that GGUF does not have"),
    "kind in a list": (model([text("k") + pack("<IIQ", ARRAY, 99, 1)]), "no such kind"),
    "nested": (model([text("k") + pack("<IIQIQ", ARRAY, ARRAY, 1, 4, 0)]), "lists within lists"),
    "list": (model([text("k") + pack("<IIQ", ARRAY, 4, 2**40)]), "numbers in one list"),
    "short list": (model([text("k") + pack("<IIQ", ARRAY, 4, 2**20)]), "is cut short"),
    "texts": (model([text("k") + pack("<IIQ", ARRAY, STRING, 2**40)]), "texts in one list"),
    "short texts": (model([text("k") + pack("<IIQ", ARRAY, STRING, 2**20)]), "is cut short"),
    "text in texts": (
        model([text("k") + pack("<IIQQ", ARRAY, STRING, 2, 2**64 - 1)]),
        "is cut short",
    ),
    "alignment": (model([said("general.alignment", 12)]), "no power of two"),
    "no alignment": (model([said("general.alignment", 0)]), "no power of two"),
    "tensor's name": (model([], [tensor("n" * 65)], DATA), "bytes of a tensor's name"),
    "names": (model([], [tensor("a"), tensor("a", offset=128)], DATA), "two tensors of one name"),
    "dimensions": (model([], [tensor("a", [1] * 5)], DATA), "dimensions in a tensor"),
    "shape": (model([], [tensor("a", [2**40, 2**40])], DATA), "a shape that cannot be"),
    "row": (model([], [tensor("a", [33], kind=2)], DATA), "a shape that cannot be"),
    "tensor's kind": (model([], [tensor("a", kind=4)], DATA), "kind that is not known"),
    "overlap": (model([], [tensor("a"), tensor("b", offset=96)], DATA), "overlap"),
    "place": (model([], [tensor("a", offset=8)], DATA), "where none may begin"),
    "cut in tensors": (model([], [tensor("a", [1024])], DATA), "3072 bytes of its tensors"),
    "offset": (model([], [tensor("a", offset=2**63)], DATA), "is cut short"),
}


@pytest.mark.parametrize(("content", "complaint"), BAD.values(), ids=BAD)
def test_each_bad_file_has_its_sentence(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_header(_write(tmp_path, content))
    assert caught.value.sentence.startswith("model.gguf ")
    assert complaint in caught.value.sentence
    assert caught.value.hint


def test_every_cut_of_a_good_file_is_seen(tmp_path: Path) -> None:
    whole = write_tiny(tmp_path / "tiny.gguf").read_bytes()
    for length in (*range(0, 2000, 7), *range(2000, len(whole), 4999), len(whole) - 1):
        with pytest.raises(ModelError):
            read_header(_write(tmp_path, whole[:length]))


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "model.gguf")
    with pytest.raises(ModelError, match="is no file"):
        read_header(tmp_path / "model.gguf")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.gguf cannot be read"):
        read_header(tmp_path / "nowhere.gguf")


def test_a_hostile_name_steers_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "\x1b]0;owned\x07\u202e.gguf"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError) as caught:
        read_header(path)
    assert caught.value.sentence.isprintable()


def test_of_a_giant_header_no_more_is_read_than_the_cap(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    with path.open("wb") as file:
        file.write(b"GGUF" + pack("<IQQ", 3, 0, 100))
        for number in range(100):
            file.write(said(f"key {number}", "x" * 2**20))
    before = _bytes_read()
    with pytest.raises(ModelError, match="more than 64 MB"):
        read_header(path)
    assert _bytes_read() - before < LARGEST_HEADER + 4096


def test_a_vocabulary_is_read_once_and_not_built(tmp_path: Path) -> None:
    path = _write(tmp_path, like_qwen(20_000))
    before = _bytes_read()
    found = read_header(path)
    assert (found.vocabulary, found.heads_kv) == (20_000, (2,) * 24)
    assert _bytes_read() - before < path.stat().st_size + 4096


def _bytes_read() -> int:
    """Return how many bytes this process has read so far, by the kernel's count."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "model.gguf"
    path.write_bytes(content)
    return path
