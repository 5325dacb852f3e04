"""Docker images: what is in the skeleton and in a closure, read and never run."""

from __future__ import annotations

import io
import os
import struct
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sandbox import images
from workbench.sandbox.closure import collect
from workbench.sandbox.daemon import explain
from workbench.sandbox.elf import needed
from workbench.sandbox.engines.namespaces import TREES
from workbench.sandbox.interpreter import Interpreter
from workbench.sandbox.plan import INSIDE, Plan


def elf(
    *names: str, loader: str = "/lib64/ld-linux-x86-64.so.2", magic: bytes = b"\x7fELF"
) -> bytes:
    """Return an ELF file that needs the libraries `names`, and nothing else an ELF file has."""
    strings = b"\0" + b"\0".join(name.encode() for name in names) + b"\0"
    offsets = [strings.index(name.encode()) for name in names]
    loading = loader.encode() + b"\0"
    begin = 64 + 3 * 56
    table = begin + 16 * (len(names) + 2)
    dynamic = b"".join(struct.pack("<QQ", 1, offset) for offset in offsets)
    dynamic += struct.pack("<QQQQ", 5, 0x1000 + table, 0, 0)
    whole = table + len(strings) + len(loading)
    header = magic + b"\x02\x01" + bytes(26) + struct.pack("<Q14xHH6x", 64, 56, 3)
    segments = (
        struct.pack("<IIQQQQQQ", 1, 0, 0, 0x1000, 0, whole, whole, 0),
        struct.pack("<IIQQQQQQ", 2, 0, begin, 0x1000 + begin, 0, len(dynamic), 0, 0),
        struct.pack("<IIQQQQQQ", 3, 0, table + len(strings), 0, 0, len(loading), 0, 0),
    )
    return header + b"".join(segments) + dynamic + strings + loading


def test_reads_which_libraries_a_file_needs(tmp_path: Path) -> None:
    (tmp_path / "x.so").write_bytes(elf("libone.so.1", "libtwo.so", "libone.so.1"))
    assert needed(tmp_path / "x.so") == ("libone.so.1", "libtwo.so", "ld-linux-x86-64.so.2")


@pytest.mark.parametrize("name", ["/etc/shadow", "../../etc/shadow", "..", "a/b.so"])
def test_a_name_with_a_folder_in_it_is_not_followed(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.so").write_bytes(elf("libgood.so", name))
    assert needed(tmp_path / "x.so") == ("libgood.so", "ld-linux-x86-64.so.2")


@pytest.mark.parametrize(
    "content", [b"", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\x02\x01", elf()[:80]]
)
def test_what_is_no_such_file_needs_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.so").write_bytes(content)
    assert needed(tmp_path / "x.so") == ()


@given(st.data())
def test_no_content_ends_the_reading_or_names_a_folder(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(elf("liba.so.1", "libb.so.2"))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(6, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "changed.so"
    path.write_bytes(bytes(content))
    assert all(name and "/" not in name for name in needed(path))


def interpreter_at(folder: Path) -> Plan:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_bytes(elf("libc.so.6"))
    (folder / "bin" / "python").chmod(0o755)
    (folder / "lib").mkdir()
    (folder / "lib" / "os.py").write_text("sep = '/'\n", encoding="utf-8")
    interpreter = Interpreter(str(folder / "bin" / "python"), "3.11", "here", (str(folder),), ())
    return Plan(interpreter, "", "")


def test_a_closure_has_the_interpreter_the_runner_and_libraries(tmp_path: Path) -> None:
    found = {entry.target: entry for entry in collect(interpreter_at(tmp_path / "env"))}
    assert found[str(tmp_path / "env" / "bin" / "python")].executable
    assert f"{INSIDE}/runner/begin.py" in found
    assert f"{INSIDE}/lent/pytest/__init__.py" in found
    assert any(name.endswith("/libc.so.6") for name in found)
    assert list(found) == sorted(found)


def test_a_closure_takes_links_and_not_what_they_lead_to(tmp_path: Path) -> None:
    plan = interpreter_at(tmp_path / "env")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text("secret", encoding="utf-8")
    (tmp_path / "env" / "file").symlink_to(tmp_path / "secrets" / "key")
    (tmp_path / "env" / "folder").symlink_to(tmp_path / "secrets")
    found = {entry.target: entry for entry in collect(plan)}
    assert not [name for name in found if "secrets" in name]
    for name in ("file", "folder"):
        entry = found[str(tmp_path / "env" / name)]
        assert (entry.source, bool(entry.link)) == ("", True)


def test_a_closure_changes_with_what_is_in_it(tmp_path: Path) -> None:
    plan = interpreter_at(tmp_path / "env")
    before = {entry.line for entry in collect(plan)}
    assert {entry.line for entry in collect(plan)} == before
    (tmp_path / "env" / "lib" / "os.py").write_text("sep = ':'\n", encoding="utf-8")
    after = {entry.line for entry in collect(plan)}
    assert len(before ^ after) == 2


def test_a_pipe_in_an_environment_holds_nobody_up(tmp_path: Path) -> None:
    plan = interpreter_at(tmp_path / "env")
    os.mkfifo(tmp_path / "env" / "lib" / "pipe.so")
    assert str(tmp_path / "env" / "lib" / "pipe.so") not in {one.target for one in collect(plan)}


def test_the_skeleton_is_small_and_always_the_same() -> None:
    content = images.skeleton()
    assert content == images.skeleton()
    assert len(content) < 40_000
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = {member.name: member for member in archive}
    assert oct(members["tmp"].mode) == "0o1777"
    assert oct(members["box"].mode) == "0o700"
    assert members[TREES.lstrip("/")].isdir()
    assert members["etc/passwd"].isfile()
    assert {member.uid for member in members.values()} == {0}


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(13, "no"), "The socket of the Docker daemon is not open to you."),
        (ConnectionRefusedError(111, "no"), "No Docker daemon answers."),
        (
            ValueError("a (write x: no space left on device)"),
            "The disk of the Docker daemon is full.",
        ),
        (ValueError("client version 1.22 is too old"), "The Docker daemon is too old."),
        (ValueError("something else"), "Docker refuses: something else."),
    ],
)
def test_refusals_are_told_in_a_sentence(error: Exception, sentence: str) -> None:
    wrapped = RuntimeError(("aborted", error)) if isinstance(error, OSError) else error
    assert explain(wrapped).sentence == sentence
