"""Crashes and logs while a project is followed: each crash is told once, and may be searched."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workbench.api.events import LogNoticed
from workbench.api.facts import Fact
from workbench.errors import SandboxError
from workbench.healing.attending import Asks, Attention, Logs
from workbench.healing.crashes.reading import read_crashes
from workbench.healing.crashes.telling import is_worth_a_search, seen
from workbench.healing.crashes.testing import name_of, place_of
from workbench.healing.crashes.values import Crash
from workbench.workspace import Workspace, name_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "project").mkdir()
    workspace = name_workspace(tmp_path / "project")
    (workspace.folder / "crashes").mkdir(parents=True)
    return workspace


def crash(workspace: Workspace, name: str, fingerprint: str = "f00", how: str = "uncaught") -> None:
    """Leave what the hook would write, in one step as it does."""
    frame = {"file": f"{workspace.project}/calc.py", "line": 3, "function": "mean"}
    told = {
        "fingerprint": fingerprint,
        "how": how,
        "at": 1.0,
        "raised": [{"kind": "ValueError", "message": "it is empty", "frames": [frame]}],
        "command": ["python", "main.py"],
        "folder": str(workspace.project),
    }
    folder = workspace.folder / "crashes"
    (folder / "draft").write_text(json.dumps(told), encoding="utf-8")
    (folder / "draft").rename(folder / f"crash-{name}.json")


@dataclass
class Heard:
    """What was asked for."""

    facts: list[Fact] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    until: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False

    async def write(self, fact: Fact, _: str) -> None:
        self.facts.append(fact)

    async def tell(self, crash: Crash) -> bool:
        news = crash.id not in self.told
        self.told.append(crash.id)
        return news

    async def heal(self, crash: Crash) -> None:
        self.searched.append(crash.id)
        if self.fails:
            raise SandboxError("No box is strong enough.")
        try:
            await self.until.wait()
        except asyncio.CancelledError:
            self.given_up.append(crash.id)
            raise


@asynccontextmanager
async def attention(
    workspace: Workspace, heard: Heard, *logs: str
) -> AsyncIterator[tuple[Attention, asyncio.Task[None]]]:
    attending = Attention(workspace, logs, Asks(heard.write, heard.tell, heard.heal))
    task = asyncio.create_task(attending.follow())
    try:
        yield attending, task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def test_crashes_are_told_and_searched_one_after_the_other(workspace: Workspace) -> None:
    heard = Heard()
    crash(workspace, "1", "a")
    async with attention(workspace, heard):
        await until(lambda: heard.searched == ["crash-1"])
        crash(workspace, "2", "b")
        crash(workspace, "3", "a")
        await until(lambda: {"crash-2", "crash-3"} <= set(heard.told))
        crash(workspace, "4", how="logged")  # It is told once the look at those before is over.
        await until(lambda: "crash-4" in heard.told)
        assert heard.searched == ["crash-1"]
        heard.until.set()
        await until(lambda: heard.searched == ["crash-1", "crash-2"])


async def test_of_many_crashes_the_newest_are_searched(workspace: Workspace) -> None:
    heard = Heard()
    heard.until.set()
    for number in range(6):
        crash(workspace, str(number), f"f{number}")
    async with attention(workspace, heard):
        await until(lambda: len(heard.told) == 6 and len(heard.searched) == 3)
        assert sorted(heard.searched) == ["crash-3", "crash-4", "crash-5"]


async def test_what_was_told_before_is_not_searched_again(workspace: Workspace) -> None:
    heard = Heard(told=["crash-1"])
    crash(workspace, "1")
    async with attention(workspace, heard):
        await until(lambda: len(heard.told) == 2)
        crash(workspace, "2", "b")
        await until(lambda: heard.searched == ["crash-2"])


async def test_why_a_search_came_to_nothing_is_known(workspace: Workspace) -> None:
    heard = Heard(fails=True)
    crash(workspace, "1")
    async with attention(workspace, heard) as (attending, _):
        await until(lambda: attending.trouble == "No box is strong enough.")


async def test_with_the_watch_searches_end(workspace: Workspace) -> None:
    heard = Heard()
    crash(workspace, "1")
    async with attention(workspace, heard):
        await until(lambda: heard.searched)
    await until(lambda: heard.given_up == ["crash-1"])


def test_how_far_logs_were_read_outlives_the_host(workspace: Workspace) -> None:
    log = workspace.project / "app.log"
    log.write_text("INFO fine\n", encoding="utf-8")
    told: list[LogNoticed] = []
    for line in ("ERROR one\n", "ERROR quite another one\n", ""):
        logs = Logs(workspace, ("*.log",))
        told += logs.look(1.0)
        logs.keep()
        with log.open("a", encoding="utf-8") as file:
            file.write(line)
    assert [fact.line for fact in told] == ["ERROR one", "ERROR quite another one"]


async def test_logs_are_told_as_they_grow(workspace: Workspace) -> None:
    heard, log = Heard(), workspace.project / "app.log"
    log.write_text("INFO fine\n", encoding="utf-8")
    logs = Logs(workspace, ("*.log",))
    logs.look(1.0)
    logs.keep()
    async with attention(workspace, heard, "*.log"):
        crash(workspace, "1")
        await until(lambda: heard.told)
        with log.open("a", encoding="utf-8") as file:
            file.write("ERROR it\n")
        await until(lambda: heard.facts)
    assert (workspace.folder / "logs").exists()


@pytest.mark.parametrize(
    ("how", "worth"), [("uncaught", True), ("thread", True), ("logged", False), ("signal", False)]
)
def test_what_a_program_got_over_is_not_searched(
    workspace: Workspace, how: str, *, worth: bool
) -> None:
    crash(workspace, "1", how=how)
    (found,) = read_crashes(workspace.folder / "crashes", workspace.project).crashes
    assert is_worth_a_search(found) is worth


def test_a_crash_outside_of_the_project_is_not_searched() -> None:
    assert not is_worth_a_search(Crash("a", "f", "uncaught"))


def test_a_crash_is_told_with_its_place(workspace: Workspace) -> None:
    crash(workspace, "1")
    (found,) = read_crashes(workspace.folder / "crashes", workspace.project).crashes
    fact = seen(found)
    assert (fact.path, fact.line, fact.function) == ("calc.py", 3, "mean")
    assert (fact.kind, fact.message, fact.file) == ("ValueError", "it is empty", "crash-1")
    assert fact.crash == name_of(found)


def test_a_name_says_nothing_that_a_file_could_choose() -> None:
    name = name_of(Crash("a", "../../etc/\ud800", "uncaught"))
    assert len(name) == 12
    assert name.isalnum()


@pytest.mark.parametrize(
    ("entries", "place"),
    [
        ((), "test_crash_f00.py"),
        (("a.py", "test_a.py"), "test_crash_f00.py"),
        (("a.py", "tests/test_a.py", "tests/test_b.py", "test_c.py"), "tests/test_crash_f00.py"),
        (("pkg/a.py", "pkg/a_test.py", "pkg/b_test.py"), "pkg/crash_f00_test.py"),
        (("tests/test_data.json", "docs/test_x.md"), "test_crash_f00.py"),
    ],
)
def test_a_test_lies_where_the_tests_of_the_project_do(
    entries: tuple[str, ...], place: str
) -> None:
    assert place_of("f00", entries) == place
