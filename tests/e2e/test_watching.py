"""Following a project in which git is at work."""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import aclosing
from pathlib import Path

import pytest

from workbench.healing.watching.watcher import Watcher

FILES = 400


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a checkout with another branch that differs in many files."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    fill(folder, "one")
    git(folder, "checkout", "-q", "-b", "other")
    fill(folder, "two")
    git(folder, "checkout", "-q", "main")
    return folder


def fill(folder: Path, text: str) -> None:
    for number in range(FILES):
        file = folder / f"pkg{number // 20}" / f"m{number}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{text}\n", encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", text)


def git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *args], cwd=folder, check=True)


async def test_a_checkout_is_one_burst(project: Path) -> None:
    async with aclosing(Watcher(project).follow()) as bursts:
        await anext(bursts)
        await asyncio.to_thread(git, project, "checkout", "-q", "other")
        burst = await anext(bursts)
        assert (len(burst.paths), burst.head, burst.complete) == (FILES, True, True)


async def test_a_look_at_the_state_is_no_change(project: Path) -> None:
    async with aclosing(Watcher(project).follow()) as bursts:
        await anext(bursts)
        await asyncio.to_thread(git, project, "status")
        await asyncio.sleep(0.3)
        (project / "new.py").write_text("", encoding="utf-8")
        assert (await anext(bursts)).paths == ("new.py",)


async def test_a_file_that_git_tracks_is_told_whatever_is_ignored(project: Path) -> None:
    ignored, tracked = project / "pkg1/data.log", project / "pkg1/kept.log"
    tracked.write_text("", encoding="utf-8")
    git(project, "add", "-f", "pkg1/kept.log")
    (project / ".gitignore").write_text("*.log\n", encoding="utf-8")
    async with aclosing(Watcher(project).follow()) as bursts:
        await anext(bursts)
        ignored.write_text("1", encoding="utf-8")
        tracked.write_text("1", encoding="utf-8")
        assert (await anext(bursts)).paths == ("pkg1/kept.log",)
        await asyncio.to_thread(git, project, "add", "-f", "pkg1/data.log")
        await asyncio.sleep(0.3)
        ignored.write_text("2", encoding="utf-8")
        assert (await anext(bursts)).paths == ("pkg1/data.log",)


async def test_a_repository_within_follows_its_own_rules(project: Path) -> None:
    inner = project / "vendor"
    inner.mkdir()
    git(inner, "init", "-q", "-b", "main")
    (inner / ".gitignore").write_text("*.tmp\n", encoding="utf-8")
    async with aclosing(Watcher(project).follow()) as bursts:
        await anext(bursts)
        (inner / "a.tmp").write_text("", encoding="utf-8")
        (inner / "a.py").write_text("", encoding="utf-8")
        (project / "b.tmp").write_text("", encoding="utf-8")
        assert (await anext(bursts)).paths == ("b.tmp", "vendor/a.py")
