"""Searches that count candidates: the same again on a slow or a busy machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.e2e.command_line import ask
from tests.e2e.faces import client
from workbench.api import owner, views
from workbench.api.commands import Heal, Terms
from workbench.workspace import FOLDER, Workspace

CODE = '''"""Leaves of a tree."""

import re


class Basket:
    def __init__(self, items=()):
        self.items = list(items)

    def add(self, name, price, count=1):
        self.items.append((name, price, count))

    def total(self, discount=0):
        result = 0
        for _, price, count in self.items:
            result += price * count
        return result + result * discount / 100

    def names(self):
        return sorted({name for name, _, _ in self.items})


def words(text):
    return [one.lower() for one in re.findall(r"[a-z]+", text)]


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 0:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
'''
TESTS = """import pytest

from leaves import Basket, median, words


@pytest.fixture
def basket():
    return Basket([("pen", 3, 1)])


def test_total(basket):
    basket.add("book", 10, 2)
    assert basket.total() == 23


def test_names(basket):
    basket.add("ink", 1)
    assert basket.names() == ["ink", "pen"]


def test_words():
    assert words("One two") == ["one", "two"]


@pytest.mark.parametrize("values, wanted", [([1, 2, 9], 2), ([4, 2], 3), ([5], 5)])
def test_median(values, wanted):
    assert median(values) == wanted


def test_discount():
    assert Basket([("book", 10, 2)]).total(50) == 10
"""


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("WORKBENCH_SANDBOX_ENGINE", "namespaces")
    (workspace.project / "leaves.py").write_text(CODE)
    (workspace.project / "test_leaves.py").write_text(TESTS)
    return workspace


async def healed(workspace: Workspace, candidates: int = 0, seconds: float = 300) -> views.Healing:
    terms = Terms("namespaces", "reduced", "", 60, 1024, 64, 256, "none", {})
    async with client(workspace, patience=120.0) as face:
        return await face.call(Heal(terms, seconds=seconds, candidates=candidates))


def forget(workspace: Workspace) -> None:
    """End the host, and lose all that it remembers."""
    owner.stop(workspace, force=True)
    shutil.rmtree(workspace.project / FOLDER)


def told(healing: views.Healing) -> list[dict[str, Any]]:
    """Return all proposals to the last bit, but for the time and the name of the search."""
    found: list[dict[str, Any]] = msgspec.to_builtins(healing.proposals)
    return [{**one, "seconds": 0, "search": ""} for one in found]


@contextmanager
def busy() -> Iterator[None]:
    """Keep each core busy with something else."""
    count = len(os.sched_getaffinity(0))
    hogs = [subprocess.Popen([sys.executable, "-c", "while 1: pass"]) for _ in range(2 * count)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


async def test_the_same_is_found_again_on_a_busy_machine_that_remembers_nothing(
    project: Workspace,
) -> None:
    first = await healed(project, 1200)
    assert first.ended.tried
    forget(project)
    with busy():
        again = await healed(project, 1200)
    assert again.ended.outcome == first.ended.outcome == "repaired"
    assert told(again) == told(first)
    assert (again.ended.tried, again.ended.plausible) == (first.ended.tried, first.ended.plausible)
    assert again.ended.sentence == first.ended.sentence
    assert "ran out" not in first.ended.sentence


async def test_verdicts_that_were_kept_change_nothing(project: Workspace, tmp_path: Path) -> None:
    alone = await healed(project, 600)
    forget(project)
    await healed(project, seconds=20)
    shutil.copytree(project.folder / "searches", tmp_path / "kept")
    forget(project)
    project.folder.mkdir()
    shutil.move(tmp_path / "kept", project.folder / "searches")
    after = await healed(project, 600)
    assert told(after) == told(alone)
    assert after.ended.tried == alone.ended.tried


async def test_a_net_that_is_met_is_told(project: Workspace) -> None:
    healing = await healed(project, 1_000_000, seconds=1)
    assert "The time ran out before the candidates did" in healing.ended.sentence


async def test_what_was_rejected_is_not_proposed_again(project: Workspace) -> None:
    (first, *others) = (await healed(project, 1200)).proposals
    ask(project, "review", "reject", first.proposal, "--reason", "not so")
    again = await healed(project, 1200)
    assert first.diff not in [one.diff for one in again.proposals]
    assert {one.diff for one in others} & {one.diff for one in again.proposals}
