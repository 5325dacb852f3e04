"""Following a project with the inotify of this machine, as editors and people change files."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from workbench.healing.watching import following, kernel, tree
from workbench.healing.watching.bursts import (
    LONGEST_HELD,
    QUIET,
    Burst,
    Gathering,
    Mode,
    is_scratch,
)
from workbench.healing.watching.watcher import Watcher

Follow = AsyncIterator[Burst]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder / "pkg" / "code.py", "x = 1\n")
    write(folder / "tests" / "test_code.py", "def test(): pass\n")
    return folder


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@asynccontextmanager
async def followed(project: Path) -> AsyncIterator[Follow]:
    async with aclosing(Watcher(project).follow()) as bursts:
        first = await anext(bursts)
        assert (first.paths, first.complete) == ((), True)
        yield bursts


async def paths_after(bursts: Follow, change: Callable[[], object]) -> tuple[str, ...]:
    change()
    return (await anext(bursts)).paths


async def nothing_after(project: Path, bursts: Follow, change: Callable[[], object]) -> None:
    """Make a change that must not be told, then one that must, and see only that."""
    change()
    await asyncio.sleep(3 * QUIET)
    assert await paths_after(bursts, lambda: write(project / "mark", "")) == ("mark",)


async def test_a_file_that_is_written_is_told(project: Path) -> None:
    async with followed(project) as bursts:
        told = await paths_after(bursts, lambda: write(project / "pkg/code.py", "x = 2\n"))
        assert told == ("pkg/code.py",)


async def test_how_it_is_noticed_is_said(project: Path) -> None:
    watcher = Watcher(project)
    async with aclosing(watcher.follow()) as bursts:
        await anext(bursts)
        assert watcher.mode == Mode("inotify")


async def test_what_changes_together_is_one_burst(project: Path) -> None:
    def change() -> None:
        for number in range(300):
            write(project / "pkg" / f"m{number}.py", "")

    async with followed(project) as bursts:
        assert len(await paths_after(bursts, change)) == 300


async def test_an_editor_that_saves_by_renaming(project: Path) -> None:
    def save_as_vim_does() -> None:
        write(project / "pkg/4913", "")
        (project / "pkg/4913").unlink()
        (project / "pkg/code.py").rename(project / "pkg/code.py~")
        write(project / "pkg/code.py", "x = 3\n")
        (project / "pkg/code.py").chmod(0o644)
        (project / "pkg/code.py~").unlink()

    def save_as_others_do() -> None:
        write(project / "pkg/sedXb1c2d", "x = 4\n")
        (project / "pkg/sedXb1c2d").rename(project / "pkg/code.py")

    async with followed(project) as bursts:
        assert await paths_after(bursts, save_as_vim_does) == ("pkg/code.py",)
        assert await paths_after(bursts, save_as_others_do) == ("pkg/code.py",)


async def test_what_editors_keep_beside_a_file_is_not_told(project: Path) -> None:
    def edit() -> None:
        for name in (".code.py.swp", "code.py~", "#code.py#", "code.py___jb_tmp___"):
            write(project / "pkg" / name, "")
        (project / "pkg/.#code.py").symlink_to("me@host.1")

    async with followed(project) as bursts:
        await nothing_after(project, bursts, edit)


async def test_a_change_of_mode_alone_is_not_told(project: Path) -> None:
    async with followed(project) as bursts:
        await nothing_after(project, bursts, lambda: (project / "pkg/code.py").chmod(0o600))


async def test_what_is_read_is_not_told(project: Path) -> None:
    async with followed(project) as bursts:
        await nothing_after(project, bursts, (project / "pkg/code.py").read_bytes)


async def test_folders_that_come_lose_no_file(project: Path) -> None:
    def unpack() -> None:
        for number in range(40):
            write(project / f"new/a{number}/b/c/d/deep.py", "x")

    expected = {f"new/a{number}/b/c/d/deep.py" for number in range(40)}
    async with followed(project) as bursts:
        told = set(await paths_after(bursts, unpack))
        while told != expected:
            told |= set((await anext(bursts)).paths)
        deep = project / "new/a7/b/c/d/deep.py"
        assert await paths_after(bursts, lambda: write(deep, "y")) == ("new/a7/b/c/d/deep.py",)


async def test_a_folder_that_is_renamed(project: Path) -> None:
    async with followed(project) as bursts:
        told = await paths_after(bursts, lambda: (project / "pkg").rename(project / "lib"))
        assert told == ("lib/code.py", "pkg/")
        told = await paths_after(bursts, lambda: write(project / "lib/code.py", "z"))
        assert told == ("lib/code.py",)


async def test_a_folder_that_is_deleted_and_made_anew(project: Path) -> None:
    async with followed(project) as bursts:
        told = await paths_after(bursts, lambda: shutil.rmtree(project / "pkg"))
        assert told == ("pkg/code.py",)
        assert await paths_after(bursts, lambda: write(project / "pkg/a.py", "")) == ("pkg/a.py",)
        assert await paths_after(bursts, lambda: write(project / "pkg/a.py", "1")) == ("pkg/a.py",)


async def test_a_folder_that_goes_elsewhere_and_comes_back(project: Path, tmp_path: Path) -> None:
    async with followed(project) as bursts:
        told = await paths_after(bursts, lambda: (project / "pkg").rename(tmp_path / "away"))
        assert told == ("pkg/",)
        await nothing_after(project, bursts, lambda: write(tmp_path / "away/code.py", "7"))
        told = await paths_after(bursts, lambda: (tmp_path / "away").rename(project / "pkg"))
        assert told == ("pkg/code.py",)


async def test_links_are_told_and_not_followed(project: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside/file.py", "")
    async with followed(project) as bursts:
        link = project / "link"
        assert await paths_after(bursts, lambda: link.symlink_to("../outside")) == ("link",)
        await nothing_after(project, bursts, lambda: write(tmp_path / "outside/file.py", "1"))


async def test_what_git_ignores_is_not_told(project: Path) -> None:
    write(project / ".gitignore", "*.log\nbuild/\n")
    write(project / "build/old", "")

    def build() -> None:
        write(project / "a.log", "")
        write(project / "build/new", "")
        write(project / "pkg/__pycache__/code.pyc", "")
        write(project / "node_modules/m/index.js", "")

    async with followed(project) as bursts:
        await nothing_after(project, bursts, build)


async def test_rules_that_change_hold_at_once(project: Path) -> None:
    write(project / ".gitignore", "out/\n")
    write(project / "out/a.py", "")
    async with followed(project) as bursts:
        told = await paths_after(bursts, lambda: write(project / ".gitignore", "pkg/\n"))
        assert told == (".gitignore", "out/a.py")
        await nothing_after(project, bursts, lambda: write(project / "pkg/code.py", "1"))
        assert await paths_after(bursts, lambda: write(project / "out/a.py", "1")) == ("out/a.py",)


async def test_an_environment_that_is_made_is_left_alone(project: Path) -> None:
    def make() -> None:
        (project / "env").mkdir()
        write(project / "env/pyvenv.cfg", "")
        write(project / "env/lib/site.py", "")

    async with followed(project) as bursts:
        make()
        await asyncio.sleep(4 * QUIET)
        while (await paths_after(bursts, lambda: write(project / "mark", ""))) != ("mark",):
            pass
        await nothing_after(project, bursts, lambda: write(project / "env/lib/site.py", "1"))


async def test_names_that_are_no_text(project: Path) -> None:
    names = [b"\xff\xfe.py", b"new\nline", b"-rf", b"\xe2\x80\xae.py", b" ", b"x" * 255]

    def change() -> None:
        for name in names:
            Path(os.fsdecode(os.fsencode(project) + b"/" + name)).write_bytes(b"")

    async with followed(project) as bursts:
        assert set(await paths_after(bursts, change)) == {os.fsdecode(name) for name in names}


async def test_pipes_and_sockets_are_no_content(project: Path) -> None:
    async with followed(project) as bursts:
        await nothing_after(project, bursts, lambda: os.mkfifo(project / "pipe"))


async def test_a_project_that_moves_away_and_back(project: Path) -> None:
    away = project.with_name("away")
    async with followed(project) as bursts:
        project.rename(away)
        gone = await anext(bursts)
        assert (gone.mode.kind, gone.complete) == ("waiting", False)
        assert "No such file" in gone.mode.reason
        write(away / "pkg/code.py", "meanwhile")
        away.rename(project)
        back = await anext(bursts)
        assert (back.mode, back.complete) == (Mode("inotify"), False)
        told = await paths_after(bursts, lambda: write(project / "pkg/code.py", "1"))
        assert told == ("pkg/code.py",)


async def test_a_project_that_is_made_anew(project: Path) -> None:
    async with followed(project) as bursts:
        shutil.rmtree(project)
        write(project / "a.py", "")
        burst = await anext(bursts)
        while burst.complete or burst.mode.kind != "inotify":
            burst = await anext(bursts)
        assert await paths_after(bursts, lambda: write(project / "a.py", "1")) == ("a.py",)


async def test_waiting_is_said_once(project: Path) -> None:
    async with followed(project) as bursts:
        project.rename(project.with_name("away"))
        assert (await anext(bursts)).mode.kind == "waiting"
        project.write_text("a file in its place", encoding="utf-8")
        assert "Not a directory" in (await anext(bursts)).mode.reason
        await asyncio.sleep(2 * following.HEARTBEAT)
        project.unlink()
        project.with_name("away").rename(project)
        told = await anext(bursts)
        while told.mode.kind == "waiting":
            assert "No such file" in told.mode.reason
            told = await anext(bursts)
        assert told.mode == Mode("inotify")


async def test_a_project_that_is_not_there_yet(tmp_path: Path) -> None:
    async with aclosing(Watcher(tmp_path / "soon").follow()) as bursts:
        assert (await anext(bursts)).mode.kind == "waiting"
        (tmp_path / "soon").mkdir()
        assert (await anext(bursts)).mode == Mode("inotify")


async def test_without_inotify_it_polls_and_says_so(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "_most", lambda: 0)
    watcher = Watcher(project)
    async with aclosing(watcher.follow()) as bursts:
        await anext(bursts)
        assert watcher.mode.kind == "polling"
        assert "watched" in watcher.mode.reason
        await see_the_usual(project, bursts)


async def test_where_watches_end_the_rest_is_polled(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "_most", lambda: 2)
    watcher = Watcher(project)
    async with aclosing(watcher.follow()) as bursts:
        await anext(bursts)
        assert watcher.mode.kind == "mixed"
        await see_the_usual(project, bursts)


async def test_a_file_system_that_is_elsewhere_is_polled(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = project.stat().st_dev
    monkeypatch.setattr(tree, "remote_devices", lambda: {device: "nfs4"})
    watcher = Watcher(project)
    async with aclosing(watcher.follow()) as bursts:
        await anext(bursts)
        assert watcher.mode.kind == "polling"
        assert "nfs4" in watcher.mode.reason
        await see_the_usual(project, bursts)


async def see_the_usual(project: Path, bursts: Follow) -> None:
    """Write, make, nest, rename and delete, and see each."""
    code, new = project / "pkg/code.py", project / "new/deep/file.py"
    assert await paths_after(bursts, lambda: write(code, "longer than before")) == ("pkg/code.py",)
    assert await paths_after(bursts, lambda: write(new, "")) == ("new/deep/file.py",)
    assert await paths_after(bursts, lambda: write(new, "1")) == ("new/deep/file.py",)
    moved = await paths_after(bursts, lambda: code.rename(project / "pkg/other.py"))
    assert moved == ("pkg/code.py", "pkg/other.py")
    assert await paths_after(bursts, new.unlink) == ("new/deep/file.py",)
    await nothing_after(project, bursts, lambda: write(project / "pkg/__pycache__/a.pyc", ""))


async def test_events_that_are_lost_lead_to_a_look_at_everything(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = kernel.Kernel.read

    def overflow(self: kernel.Kernel) -> object:
        return [kernel.Event(-1, kernel.OVERFLOW, "")] if list(real(self)) else []

    async with followed(project) as bursts:
        monkeypatch.setattr(following, "_SLACK", 0.0)
        await asyncio.sleep(0.1)
        monkeypatch.setattr(kernel.Kernel, "read", overflow)
        write(project / "brand/new.py", "")
        write(project / "pkg/code.py", "changed")
        burst = await anext(bursts)
        assert not burst.complete
        assert "faster" in burst.mode.reason
        monkeypatch.setattr(kernel.Kernel, "read", real)
        assert {"brand/new.py", "pkg/code.py"} <= set(burst.paths)
        told = await paths_after(bursts, lambda: write(project / "brand/new.py", "1"))
        assert "brand/new.py" in told


async def test_a_reader_that_is_busy_gets_one_burst(project: Path) -> None:
    async with followed(project) as bursts:
        for name in ("a.py", "b.py", "c.py"):
            write(project / name, "")
            await asyncio.sleep(3 * QUIET)
        assert (await anext(bursts)).paths == ("a.py", "b.py", "c.py")


async def test_a_folder_that_may_not_be_read_does_not_stop_it(project: Path) -> None:
    (project / "secret").mkdir(mode=0o000)
    async with followed(project) as bursts:
        assert await paths_after(bursts, lambda: write(project / "a.py", "")) == ("a.py",)
    (project / "secret").chmod(0o700)


def test_a_burst_ends_when_it_is_quiet_and_no_later_than_a_second() -> None:
    busy = Gathering()
    for step in range(40):
        busy = busy.with_paths(10 + step * 0.05, ["a"])
    assert busy.due() == pytest.approx(11.0)
    assert Gathering().with_paths(5.0, ["a"]).due() == pytest.approx(5.0 + QUIET)
    assert Gathering().due() is None


def test_a_checkout_keeps_a_burst_open() -> None:
    held = Gathering().with_lock("index.lock", held=True).with_paths(1.0, ["a"])
    assert held.due() == pytest.approx(1.0 + LONGEST_HELD)
    assert held.with_lock("index.lock", held=False).due() == pytest.approx(1.0 + QUIET)


def test_what_was_there_before_is_not_born() -> None:
    saved = Gathering().with_paths(1.0, touched=["a"]).with_paths(1.1, born=["a", "b"])
    assert saved.born == {"b"}


def test_bursts_are_joined() -> None:
    one = Burst(("b",), Mode("inotify"), complete=False)
    two = Burst(("a",), Mode("polling", "why"), head=True)
    assert one.joined(two) == Burst(("a", "b"), Mode("polling", "why"), complete=False, head=True)


@pytest.mark.parametrize("name", ["a.py", "_a~b.py", "#hash.py", "swp", ".hidden", "x.swp.py"])
def test_files_of_people_are_no_scratch(name: str) -> None:
    assert not is_scratch(name)
