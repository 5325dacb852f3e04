"""A copy of a tree is what the tree is, and giving it away does not reach beyond it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.sandbox.runner.copying import copy, give_away


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    made = tmp_path / "tree"
    (made / "deep" / "er").mkdir(parents=True)
    (made / "deep" / "er" / "large").write_bytes(bytes(range(251)) * 20_000)
    (made / "run").write_text("#!/bin/sh\n")
    (made / "run").chmod(0o755)
    (made / "read only").write_text("")
    (made / "read only").chmod(0o444)
    (made / "to a folder").symlink_to("deep")
    (made / "to nowhere").symlink_to("/no/where")
    (made / "deep").chmod(0o700)
    os.utime(made / "run", ns=(1_000_000_007, 2_000_000_009))
    os.utime(made / "deep", ns=(3_000_000_007, 4_000_000_009))
    return made


def _described(top: Path) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(top.rglob("*")):
        state, name = path.lstat(), str(path.relative_to(top))
        if path.is_symlink():
            found[name] = (path.readlink(),)
        else:
            content = path.read_bytes() if path.is_file() else b""
            found[name] = (state.st_mode, state.st_mtime_ns, content)
    return found


def test_a_copy_is_the_same(tree: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        copy(str(tree), str(tmp_path / "copy"))
    finally:
        os.umask(before)
    assert _described(tmp_path / "copy") == _described(tree)
    assert len(_described(tree)) == 7


def test_a_copy_replaces_nothing(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with pytest.raises(FileExistsError):
        copy(str(tree), str(tmp_path / "copy"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_is_given_away_is_all_of_it_and_nothing_else(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("")
    (tree / "deep" / "out").symlink_to(outside)
    give_away(str(tree), 12345)
    assert {path.lstat().st_uid for path in (tree, *tree.rglob("*"))} == {12345}
    assert {path.lstat().st_uid for path in (outside, outside / "file")} == {os.geteuid()}
    lone = tmp_path / "link"
    lone.symlink_to(outside)
    give_away(str(lone), 12345)
    assert (lone.lstat().st_uid, outside.stat().st_uid) == (12345, os.geteuid())
