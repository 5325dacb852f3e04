"""Writing files of a project: all or none, whatever lies there and wherever it is cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.pure.project_trees import (
    LATIN,
    NEW,
    OLD,
    TASK,
    carried_out,
    make_project,
    reversed_,
    tree,
    written,
)
from workbench.errors import Findings, StoreError, WorkbenchError
from workbench.review.applying import kernel
from workbench.review.applying.values import Move, Task


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def test_everything_is_written_and_taken_back(root: Path) -> None:
    before = tree(root)
    after = written(root)
    assert after["src/kept.py"] == (NEW, before["src/kept.py"][1])
    assert after["tool.sh"][1] == 0o755
    assert after["tests/new/test_it.py"][1] == 0o640
    assert "gone.py" not in after
    assert not [path for path in after if "workbench" in path]
    carried_out(root, reversed_(TASK))
    assert tree(root) == before


def test_owner_attributes_and_access_list_are_kept(root: Path) -> None:
    path = root / "src" / "kept.py"
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system keeps no attributes")
    entries = [(1, 6, 0xFFFFFFFF), (2, 4, 65534), (4, 4, 0xFFFFFFFF), (16, 6, 0xFFFFFFFF)]
    packed = b"\x02\0\0\0" + b"".join(
        kind.to_bytes(2, "little") + bits.to_bytes(2, "little") + who.to_bytes(4, "little")
        for kind, bits, who in [*entries, (32, 0, 0xFFFFFFFF)]
    )
    os.setxattr(path, "system.posix_acl_access", packed)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    before = path.stat()
    carried_out(root)
    after = path.stat()
    assert os.getxattr(path, "user.note") == b"mine"
    assert os.getxattr(path, "system.posix_acl_access") == packed
    assert (after.st_uid, after.st_gid, after.st_mode) == (
        before.st_uid,
        before.st_gid,
        before.st_mode,
    )


def _link(root: Path) -> None:
    (root.parent / "outside.py").write_bytes(OLD)
    (root / "src" / "kept.py").unlink()
    (root / "src" / "kept.py").symlink_to(root.parent / "outside.py")


def _below_a_link(root: Path) -> None:
    (root / "src").rename(root.parent / "elsewhere")
    (root / "src").symlink_to(root.parent / "elsewhere")


def _folder_in_the_way(root: Path) -> None:
    (root / "src" / "kept.py").unlink()
    (root / "src" / "kept.py").mkdir()


def _pipe(root: Path) -> None:
    (root / "src" / "kept.py").unlink()
    os.mkfifo(root / "src" / "kept.py")


def _file_for_a_folder(root: Path) -> None:
    (root / "tests").write_bytes(b"a file\n")


def _new_exists(root: Path) -> None:
    (root / "tests" / "new").mkdir(parents=True)
    (root / "tests" / "new" / "test_it.py").write_bytes(b"mine\n")


TROUBLES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link": (_link, "is a link"),
    "below a link": (_below_a_link, "is a link"),
    "a folder": (_folder_in_the_way, "is no file"),
    "a pipe": (_pipe, "is no file"),
    "a file as a folder": (_file_for_a_folder, "a link or a file"),
    "a new file is there": (_new_exists, "came in the moment"),
    "read-only": (lambda root: (root / "tool.sh").chmod(0o555), "is read-only"),
    "hard-linked": (lambda root: os.link(root / "tool.sh", root / "again.sh"), "hard links"),
    "changed": (lambda root: (root / "tool.sh").write_bytes(b"x"), "was changed in the moment"),
    "vanished": (lambda root: (root / "gone.py").unlink(), "went away in the moment"),
}


@pytest.mark.parametrize(("make", "said"), TROUBLES.values(), ids=TROUBLES)
def test_what_is_in_the_way_is_refused_and_nothing_changes(
    make: Callable[[Path], object], said: str, root: Path
) -> None:
    make(root)
    outside = tree(root.parent)
    with pytest.raises(WorkbenchError, match=said) as refused:
        carried_out(root)
    assert refused.value.hint
    assert tree(root.parent) == outside


@pytest.mark.parametrize(
    "path",
    [
        "../outside.py",
        "/etc/passwd",
        "src/../../outside.py",
        ".git/config",
        "src/.GIT/hooks/post-checkout",
        ".workbench/journal.duckdb",
        ".Git./config",
        "a\0b",
        "a\nb.py",
        "",
        "src//kept.py",
        "n" * 300,
    ],
)
def test_a_path_that_is_none_of_the_project_is_refused(path: str, root: Path) -> None:
    outside = tree(root.parent)
    with pytest.raises(WorkbenchError) as refused:
        carried_out(root, Task("1", (Move(path, None, b"owned"),)))
    assert refused.value.sentence
    assert tree(root.parent) == outside


def test_a_file_of_another_user_is_refused_and_nothing_changes(root: Path) -> None:
    """An ordinary user may write in the folder, and so rename, but the file is not theirs."""
    if os.geteuid() != 0:
        pytest.skip("files of another user need root")
    with tempfile.TemporaryDirectory(prefix="wb-nobody-") as folder:
        project = Path(shutil.copytree(root, Path(folder) / "project"))
        for path in (Path(folder), project, project / "src"):
            os.chown(path, 65534, 65534)
        before = tree(project)
        child = os.fork()
        if child == 0:
            os._exit(_refused_as_nobody(project))
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert tree(project) == before
        assert (project / "gone.py").stat().st_uid == 0


def _refused_as_nobody(project: Path) -> int:
    """Say with 0 that it was refused as it should be; nothing may leave a forked process."""
    try:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        carried_out(project)
    except Findings as error:
        return 0 if "belongs to another user" in error.sentence else 2
    except BaseException:  # noqa: BLE001 - the parent sees the status
        return 3
    return 1


def _at(name: str, act: Callable[[], object], after: int = 0) -> Callable[[str], None]:
    """Return a step that acts once right before the change of a name."""
    seen: list[str] = []

    def step(one: str) -> None:
        seen.append(one)
        if one == name and seen.count(name) == after + 1:
            act()

    return step


def test_an_editor_that_saves_before_the_exchange_wins(root: Path) -> None:
    edited = root / "src" / "kept.py"
    before = tree(root) | {"src/kept.py": (b"saved\n", 0o644)}
    edited.chmod(0o644)
    with pytest.raises(Findings, match="was changed in the moment"):
        carried_out(root, step=_at("exchange", lambda: edited.write_bytes(b"saved\n")))
    assert tree(root) == before


def test_a_link_that_is_swapped_in_is_not_followed(root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "kept.py").write_bytes(OLD)

    def swap() -> None:
        (root / "src").rename(root / "was")
        (root / "src").symlink_to(outside)

    with pytest.raises(WorkbenchError):
        carried_out(root, step=_at("exchange", swap))
    assert (outside / "kept.py").read_bytes() == OLD
    assert [path.name for path in outside.iterdir()] == ["kept.py"]
    assert (root / "was" / "kept.py").read_bytes() == OLD
    assert (root / "gone.py").read_bytes() == LATIN
    assert not (root / "tests").exists()


def test_what_is_saved_while_all_is_taken_back_is_left_and_named(root: Path) -> None:
    """One file was saved in between, so all go back; another is saved in that very moment."""
    tool, kept = root / "tool.sh", root / "src" / "kept.py"
    calls = iter(range(100))

    def step(name: str) -> None:
        count = next(calls) if name == "exchange" else -1
        if count == 0:
            kept.write_bytes(b"first\n")
        elif count == 2:  # The first two are the writing.
            tool.write_bytes(b"second\n")

    with pytest.raises(Findings, match=r"Left as they were found: tool\.sh"):
        carried_out(root, step=step)
    assert (tool.read_bytes(), kept.read_bytes()) == (b"second\n", b"first\n")


def test_without_an_exchange_a_plain_rename_does(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(root)
    monkeypatch.setattr(kernel, "_renameat2", lambda: None)
    after = written(root)
    assert after["src/kept.py"][0] == NEW
    assert after["tests/new/test_it.py"][1] == 0o640
    carried_out(root, reversed_(TASK))
    assert tree(root) == before


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Return a project on a disk of its own that is nearly full."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("room", range(0, 40_000, 4096))
def test_a_full_disk_changes_nothing_and_is_told(small: Path, room: int) -> None:
    for name in "abc":
        (small / name).write_bytes(name.encode() * 8000)
    moves = [Move(name, name.encode() * 8000, name.upper().encode() * 8000) for name in "abc"]
    task = Task("2", (*moves, Move("new/d", None, b"d" * 8000)), made=("new",))
    with suppress(OSError), (small / "filler").open("wb") as filler:
        filler.write(b"\0" * (64 * 1024 - 24_576 - room))
    before = tree(small)
    if room < ROOM_ENOUGH:
        with pytest.raises(StoreError, match="no room"):
            carried_out(small, task)
        assert tree(small) == before
    else:
        carried_out(small, task)
        assert (small / "new" / "d").read_bytes() == b"d" * 8000


ROOM_ENOUGH = 32_768
