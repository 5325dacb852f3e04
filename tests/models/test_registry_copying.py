"""Copying models into the registry: gone on with, raced for, interrupted, refused."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
from pathlib import Path

import pytest

from local_models.gguf import read_header
from local_models.registry import Registry, Wanted, add, partials
from tests.models.registered import Told, digest
from tests.models.tiny import Tiny, write_tiny
from workbench.errors import ModelError, StoreError


def test_an_interrupted_copy_is_gone_on_with(
    registry: Registry, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strides made short enough for a tiny model; all else is as with one of gigabytes."""
    monkeypatch.setattr(partials, "STRIDE", 32 * 1024)
    monkeypatch.setattr("local_models.registry.copying.CHUNK", 16 * 1024)

    def pull_out_the_stick(done: int, _total: int) -> None:
        if done > 150_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add(registry, Wanted(stick, name="tiny"), pull_out_the_stick)
    shelf = registry.read()
    assert shelf.models == ()
    (partial,) = shelf.unfinished
    kept = partials.surely_written(partial.stat().st_size)
    assert 0 < kept < stick.stat().st_size
    inode, told = partial.stat().st_ino, Told()
    added = add(registry, Wanted(stick, name="tiny", sha256=digest(stick)), told)
    assert added.path.stat().st_ino == inode
    assert added.path.read_bytes() == stick.read_bytes()
    assert registry.read().unfinished == ()


@pytest.mark.parametrize(
    ("size", "kept"),
    [(0, 0), (1, 0), (64, 0), (65, 64), (128, 64), (129, 128), (200, 192)],
)
def test_only_what_is_on_the_disk_is_gone_on_from(
    monkeypatch: pytest.MonkeyPatch, size: int, kept: int
) -> None:
    monkeypatch.setattr(partials, "STRIDE", 64)
    assert partials.surely_written(size) == kept


def test_each_stride_is_on_the_disk_before_the_next_begins(
    registry: Registry, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partials, "STRIDE", 32 * 1024)
    sizes: list[int] = []
    sync = os.fdatasync

    def note(descriptor: int) -> None:
        sync(descriptor)
        sizes.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fdatasync", note)
    add(registry, Wanted(stick), Told())
    assert sizes == list(range(32 * 1024, stick.stat().st_size, 32 * 1024))


def test_of_two_that_copy_the_same_one_waits_not(registry: Registry, stick: Path) -> None:
    registry.folder.mkdir()
    sentences: list[str] = []

    def copy_too(_done: int, _total: int) -> None:
        with pytest.raises(StoreError) as caught:
            add(registry, Wanted(stick, name="tiny"), Told())
        sentences.append(caught.value.sentence)

    add(registry, Wanted(stick, name="tiny"), copy_too)
    assert sentences == ["Tiny Llama (v2).gguf is being brought in already."]


def test_a_copy_that_goes_on_is_not_discarded(registry: Registry, stick: Path) -> None:
    discarded: list[int] = []

    def discard(_done: int, _total: int) -> None:
        discarded.append(registry.discard())

    assert add(registry, Wanted(stick), discard).path.read_bytes() == stick.read_bytes()
    assert discarded == [0]


def test_what_got_its_name_meanwhile_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening and locking, another process may finish the file and rename it."""
    path, finished, lock = tmp_path / ".partial-x", tmp_path / "x.gguf", fcntl.flock
    path.write_bytes(b"whole")

    def finish_first(descriptor: int, how: int) -> None:
        if not finished.exists():
            path.rename(finished)
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", finish_first)
    with partials.held(path, "x") as partial:
        assert partial.size == 0
        partial.write(memoryview(b"half"), 4)
    assert (finished.read_bytes(), path.read_bytes()) == (b"whole", b"half")


def test_a_name_that_is_taken_meanwhile_stays_with_who_took_it(
    registry: Registry, stick: Path
) -> None:
    other = Tiny(seed=1)

    def take_it(_done: int, _total: int) -> None:
        write_tiny(registry.path_of("tiny"), other)

    with pytest.raises(ModelError, match="another model tiny"):
        add(registry, Wanted(stick, name="tiny"), take_it)
    assert registry.path_of("tiny").read_bytes() != stick.read_bytes()
    assert add(registry, Wanted(stick, name="other"), Told()).new
    assert registry.read().unfinished == ()


def _add(folder: Path, stick: Path, ended: multiprocessing.Queue[str]) -> None:
    try:
        ended.put(str(add(Registry(folder), Wanted(stick), Told()).new))
    except StoreError as error:
        ended.put(error.sentence)


def test_many_that_add_the_same_leave_one_whole_model(registry: Registry, stick: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ended: multiprocessing.Queue[str] = context.Queue()
    args = (registry.folder, stick, ended)
    processes = [context.Process(target=_add, args=args) for _ in range(4)]
    for process in processes:
        process.start()
    outcomes = sorted(ended.get(timeout=60) for _ in processes)
    for process in processes:
        process.join(60)
    assert outcomes.count("True") == 1
    assert set(outcomes) <= {"True", "False", f"{stick.name} is being brought in already."}
    (found,) = registry.read().models
    assert found.path.read_bytes() == stick.read_bytes()
    assert registry.read().unfinished == ()


def test_a_file_that_changes_under_the_copy_is_refused(registry: Registry, stick: Path) -> None:
    def scribble(_done: int, _total: int) -> None:
        with stick.open("ab") as file:
            file.write(b"x")

    with pytest.raises(ModelError, match="was changed while it was copied"):
        add(registry, Wanted(stick, name="tiny"), scribble)
    assert registry.read().models == ()


def test_what_does_not_fit_the_disk_is_refused_first(registry: Registry, stick: Path) -> None:
    os.truncate(stick, 1 << 43)
    with pytest.raises(StoreError, match=r"8796\.1 GB do not fit"):
        add(registry, Wanted(stick, name="tiny"), Told())
    assert registry.read().models == ()
    assert registry.discard() == 1
    assert registry.read().unfinished == ()


def test_a_copy_can_be_read_as_the_model_it_was(registry: Registry, stick: Path) -> None:
    added = add(registry, Wanted(stick), Told())
    assert read_header(added.path) == read_header(stick)
