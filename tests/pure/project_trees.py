"""Trees of files that a task is carried out in."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

from workbench.review.applying.project import Project
from workbench.review.applying.recovery import finish
from workbench.review.applying.values import Move, Task
from workbench.review.applying.writing import write

Tree = dict[str, tuple[bytes, int]]
OLD = b"\xef\xbb\xbfone\r\ntwo\r\n"
NEW = b"\xef\xbb\xbfone\r\n2\r\n"
LATIN = "caf\xe9\n".encode("latin-1")


def make_project(folder: Path) -> Path:
    """Return a project in a folder that is to be changed."""
    project = folder / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "kept.py").write_bytes(OLD)
    (project / "gone.py").write_bytes(LATIN)
    (project / "tool.sh").write_bytes(b"#!/bin/sh\n")
    (project / "tool.sh").chmod(0o755)
    return project


TASK = Task(
    "0a1b",
    (
        Move("src/kept.py", OLD, NEW),
        Move("gone.py", LATIN, None),
        Move("tool.sh", b"#!/bin/sh\n", b"#!/bin/sh\ntrue\n"),
        Move("tests/new/test_it.py", None, b"def test_it(): pass\n", 0o640),
    ),
    made=("tests", "tests/new"),
)


def tree(root: Path) -> Tree:
    found = {}
    for path in sorted(root.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        content = path.read_bytes() if path.is_file() else b"a folder"
        found[str(path.relative_to(root))] = (content, mode)
    return found


def carried_out(root: Path, task: Task = TASK, step: Callable[[str], None] | None = None) -> None:
    with Project(root, step or (lambda _: None)) as project:
        write(project, task)
        finish(project, task)


def reversed_(task: Task) -> Task:
    moves = tuple(Move(one.path, one.after, one.before, one.mode) for one in task.moves)
    return Task(task.transaction + "b", moves, task.gone, task.made)


def written(root: Path) -> Tree:
    """Return what the project is when the task is carried out."""
    carried_out(root)
    return tree(root)
