"""What is swept and what is not, and a store that cannot be written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.errors import StoreError
from workbench.sandbox.snapshot import Snapshot, Store

LARGE = b"x" * ((4 << 20) + 1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as store:
        yield store


def state(project: Path, store: Store, number: int) -> Snapshot:
    """Take a state that is too far from every other to be edits."""
    (project / "a").write_bytes(b"%d" % number + LARGE)
    return store.take(project)


def trees(store: Store) -> set[str]:
    return {path.name for path in store.trees.iterdir() if path.is_dir()}


def objects(store: Store) -> list[Path]:
    return [path for path in (store.trees.parent / "objects").rglob("*") if path.is_file()]


def test_a_sweep_keeps_the_newest_and_the_named(project: Path, store: Store) -> None:
    taken = [state(project, store, number) for number in range(4)]
    for snapshot in taken:
        store.materialise(snapshot)
    swept = store.sweep(keep=[taken[0]], newest=1)
    assert swept.trees == 2
    assert trees(store) == {taken[0].digest, taken[3].digest}
    assert store.read(taken[0], "a") == b"0" + LARGE
    assert len(objects(store)) == 2
    with pytest.raises(StoreError, match="lost a content"):
        store.read(taken[1], "a")


def test_using_a_tree_makes_it_new(project: Path, store: Store) -> None:
    taken = [state(project, store, number) for number in range(2)]
    for snapshot in (*taken, taken[0]):
        store.materialise(snapshot)
    store.sweep(newest=1)
    assert trees(store) == {taken[0].digest}


def test_a_tree_that_another_uses_is_not_swept(project: Path, store: Store) -> None:
    snapshot = state(project, store, 1)
    with Store(store.trees.parent) as other:
        other.materialise(snapshot)
        assert store.sweep(newest=0).trees == 0
        assert trees(store) == {snapshot.digest}
    assert store.sweep(newest=0).trees == 1


def test_what_is_kept_by_name_needs_no_tree(project: Path, store: Store) -> None:
    snapshot = state(project, store, 1)
    state(project, store, 2)
    store.sweep(keep=[snapshot], newest=0)
    assert store.read(snapshot, "a") == b"1" + LARGE


def test_what_a_killed_process_left_is_swept(project: Path, store: Store) -> None:
    for number in range(300):
        (project / f"f{number}").write_bytes(b"%d" % number)
    store.materialise(store.take(project))
    (store.trees / ".1-2-3" / "half").mkdir(parents=True)
    (store.trees / "gone.entries").touch()
    (store.trees.parent / "objects" / "00" / ".1-2-4").touch()
    store.sweep()
    left = [path.name for path in store.trees.iterdir()]
    assert not [name for name in left if name.startswith((".", "gone"))]
    assert len(left) == 2
    assert not [path for path in objects(store) if path.name.startswith(".")]


def test_killed_while_it_builds_leaves_no_tree(project: Path, store: Store) -> None:
    (project / "a").mkdir()
    for number in range(2000):
        (project / "a" / f"f{number}").write_bytes(b"%d" % number)
    code = (
        "import sys; from pathlib import Path; from workbench.sandbox.snapshot import Store\n"
        "store = Store(Path(sys.argv[1])); snapshot = store.take(Path(sys.argv[2]))\n"
        "print(flush=True); store.materialise(snapshot)"
    )
    arguments = [str(store.trees.parent), str(project)]
    child = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE)
    with child:
        assert child.stdout
        child.stdout.readline()
        while not any(store.trees.iterdir()):
            assert child.poll() is None
        child.send_signal(signal.SIGKILL)
    snapshot = store.take(project)
    layer = store.materialise(snapshot)
    assert len(list((Path(layer.folder) / "a").iterdir())) == 2000
    store.sweep()
    assert {path.name.removesuffix(".entries") for path in store.trees.iterdir()} == {layer.tree}


def test_a_full_disk_is_told_and_leaves_no_tree(project: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=600", "none", small],
        check=False, capture_output=True,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("mounting a small file system takes root")
    try:
        _fill(project, Store(small / "store"))
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def _fill(project: Path, store: Store) -> None:
    (project / "a").write_bytes(os.urandom(1 << 21))
    with pytest.raises(StoreError, match="No space left") as told:
        store.take(project)
    assert "Make room" in told.value.hint
    shutil.rmtree(project)
    (project / "f").mkdir(parents=True)
    for number in range(400):
        (project / "f" / str(number)).symlink_to("x")
    with pytest.raises(StoreError, match="No space left"):
        store.materialise(store.take(project))
    assert list(store.trees.iterdir()) == []


def test_a_store_that_cannot_be_made_is_told(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be kept") as told:
        Store(tmp_path / "file" / "store").take(project)
    assert told.value.hint


def test_two_stores_at_once_make_one_tree(project: Path, store: Store) -> None:
    snapshot = state(project, store, 1)
    with Store(store.trees.parent) as other:
        assert other.materialise(snapshot) == store.materialise(snapshot)
