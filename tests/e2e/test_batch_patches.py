"""Patches as files: git applies them to the byte, whatever is in the files and their names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from workbench.batch.reports.patches import patch
from workbench.batch.result import Change

CHANGES = {
    "usual": ("a.py", b"1\n2\n3\n", b"1\nx\n3\n"),
    "far apart": ("a.py", b"1\n" * 40, b"2\n" + b"1\n" * 38 + b"3\n"),
    "no line feed before": ("a.py", b"1\n2", b"1\n2\n"),
    "no line feed after": ("a.py", b"1\n2\n", b"1\n2"),
    "no line feed at all": ("a.py", b"1\n2", b"1\n3"),
    "carriage returns": ("a.py", b"1\r\n2\r\n", b"1\r\n3\r\n"),
    "a lone carriage return": ("a.py", b"1\r2\n", b"1\r3\n"),
    "form feeds and separators": (
        "a.py",
        "1\x0c\u2028\x85\n2\n".encode(),
        "1\x0c\u2028\n2\n".encode(),
    ),
    "no utf-8": ("a.py", b"\xe4 = 1\n", b"\xe4 = 2\n"),
    "a byte order mark": ("a.py", b"\xef\xbb\xbf1\n", b"\xef\xbb\xbf2\n"),
    "lines like headers": ("a.py", b"--- a\n+++ b\n@@ -1 +1 @@\n", b"-- a\n+++ b\n@@ -1 +1 @@\n"),
    "a new file": ("new/a.py", None, b"1\n"),
    "a new file without a line feed": ("new.py", None, b"1"),
    "a new file that is empty": ("new.py", None, b""),
    "an empty file that goes": ("a.py", b"", None),
    "all lines go": ("a.py", b"1\n", b""),
    "first lines come": ("a.py", b"", b"1\n"),
    "a file that goes": ("a.py", b"1\n2\n", None),
    "blanks": ("a b/c d.py", b"1\n", b"2\n"),
    "letters": ("ü/文.py", b"1\n", b"2\n"),
    "quotes": ("q\"u\\o'.py", b"1\n", b"2\n"),
    "controls": ("t\ta\x1b.py", b"1\n", b"2\n"),
    "no utf-8 in the name": ("\udce4.py", b"1\n", b"2\n"),
    "like an option": ("-a.py", b"1\n", b"2\n"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_git_applies_it_to_the_byte(name: str, tmp_path: Path) -> None:
    path, before, after = CHANGES[name]
    place = tmp_path / "project" / path
    (tmp_path / "project").mkdir()
    if before is not None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(before)
    file = tmp_path / "0001.patch"
    file.write_bytes(patch((Change(path, before, after),)))
    program = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", str(file)]
    for options in ([], ["-R"]):
        subprocess.run([*program, *options], cwd=tmp_path / "project", check=True)
        wanted = before if options else after
        assert (place.read_bytes() if place.exists() else None) == wanted


def test_several_files_are_one_patch(tmp_path: Path) -> None:
    changes = tuple(Change(path, b"1\n", b"2\n") for path in ("a.py", "b c.py", "d.py"))
    for one in changes:
        (tmp_path / one.path).write_bytes(one.before or b"")
    told = patch((*changes, Change("same.py", b"1\n", b"1\n")))
    assert b"same.py" not in told
    subprocess.run(["git", "apply", "-"], input=told, cwd=tmp_path, check=True)
    assert {(tmp_path / one.path).read_bytes() for one in changes} == {b"2\n"}
