"""Whatever a host is killed at, files are as before or as approved."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
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
from workbench.review.applying.project import Project
from workbench.review.applying.recovery import finish, is_written, roll_back
from workbench.review.applying.values import Task
from workbench.review.applying.writing import write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_project(tmp_path)


def _killed_at(number: int, root: Path, task: Task) -> bool:
    """Carry a task out in a process that kills itself before a step; say whether it came to it."""
    child = os.fork()
    if child == 0:
        left = [number]

        def step(_: str) -> None:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1

        with suppress(BaseException):
            carried_out(root, task, step)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _recovered(root: Path, task: Task, step: Callable[[str], None] | None = None) -> bool:
    """Do what a host does that finds a task without its end."""
    with Project(root, step or (lambda _: None)) as project:
        if is_written(project, task):
            finish(project, task)
            return True
        assert roll_back(project, task) == ()
        return False


@pytest.mark.parametrize("seed", range(3))
def test_killed_between_any_two_steps_the_project_is_as_before_or_as_approved(
    seed: int, root: Path
) -> None:
    """Each point is met, in both directions; some are killed again while they recover."""
    chance = random.Random(seed)  # noqa: S311 - when to kill is no secret
    before = tree(root)
    after = written(root)
    rounds = 0
    for task, one, other in ((reversed_(TASK), after, before), (TASK, before, after)):
        ends = set()
        for number in range(100):
            if not _killed_at(number, root, task):
                break
            rounds += 1
            again = os.fork() if chance.random() < 0.5 else -1
            if again == 0:
                with suppress(BaseException):
                    _recovered(root, task, _at_random(chance))
                os._exit(0)
            if again > 0:
                os.waitpid(again, 0)
            ends.add(is_other := _recovered(root, task))
            assert tree(root) == (other if is_other else one), number
            if is_other:
                carried_out(root, reversed_(task))
        assert ends == {True, False}
        assert tree(root) == other
    assert rounds > 40


def _at_random(chance: random.Random) -> Callable[[str], None]:
    left = [chance.randrange(6)]

    def step(_: str) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    return step


def test_an_editor_s_save_that_was_put_aside_outlives_a_kill(root: Path) -> None:
    """The host dies after the exchange and before it looked at what it had put aside."""
    with Project(root) as project:
        (root / "src" / ".workbench-0a1b-0").write_bytes(b"saved\n")
        (root / "src" / "kept.py").write_bytes(NEW)
        (root / "gone.py").rename(root / ".workbench-0a1b-1")
        assert not is_written(project, TASK)
        assert roll_back(project, TASK) == ()
    assert (root / "src" / "kept.py").read_bytes() == b"saved\n"
    assert (root / "gone.py").read_bytes() == LATIN


def test_what_somebody_else_changed_is_left_alone_and_named(root: Path) -> None:
    with Project(root) as project:
        write(project, TASK)
        (root / "tool.sh").write_bytes(b"later\n")
        assert not is_written(project, TASK)
        assert roll_back(project, TASK) == ("tool.sh",)
    assert (root / "tool.sh").read_bytes() == b"later\n"
    assert (root / "src" / "kept.py").read_bytes() == OLD
    assert (root / "gone.py").read_bytes() == LATIN
    assert not (root / "tests").exists()
