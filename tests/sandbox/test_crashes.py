"""A crash that was written down happens again in the sandbox, as a program and as a test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.sandbox.interpreters import interpreter_of
from workbench.healing.crashes.launching import STARTUP
from workbench.healing.crashes.reading import read_crashes
from workbench.healing.crashes.reproducing import as_tests, reproduction
from workbench.healing.crashes.values import Crash
from workbench.sandbox.box import Box
from workbench.sandbox.choice import load
from workbench.sandbox.job import File, Job, Pytest, Result, Status
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy

POLICY = Policy(wall_seconds=30)
CALC = "def mean(values):\n    return sum(values) / len(values)\n"


@dataclass(frozen=True)
class Shape:
    """A way in which a program can crash."""

    files: dict[str, str]
    arguments: tuple[str, ...]
    folder: str = "."
    input: str = ""
    calls: tuple[str, ...] = ()
    """The functions for which a test is made."""
    environ: dict[str, str] = field(default_factory=dict)


SHAPES = {
    "a script": Shape(
        {"main.py": "import sys\nfrom calc import mean\nmean(sys.argv[1:])\n", "calc.py": CALC},
        ("main.py",),
        calls=("mean", "main"),
    ),
    "a script in a folder": Shape(
        {"app/main.py": "import calc\ncalc.mean([])\n", "app/calc.py": CALC},
        ("app/main.py", "some", "words"),
        calls=("mean", "main"),
    ),
    "from within a folder": Shape(
        {"app/main.py": "print(open('data.txt').read())\n1 / 0\n", "app/data.txt": "x"},
        ("main.py",),
        "app",
        calls=("main",),
    ),
    "a module of a package": Shape(
        {
            "pkg/__init__.py": "",
            "pkg/tool.py": "from .calc import mean\ndef go(n=0):\n    mean([])\ngo()\n",
            "pkg/calc.py": CALC,
        },
        ("-m", "pkg.tool", "-v"),
        calls=("mean", "go", "pkg.tool"),
    ),
    "a package": Shape(
        {"pkg/__init__.py": "", "pkg/__main__.py": "import sys\n{}[sys.argv[1]]\n"},
        ("-X", "dev", "-m", "pkg", "key"),
        calls=("pkg",),
    ),
    "a source folder": Shape(
        {
            "src/pkg/__init__.py": "",
            "src/pkg/calc.py": CALC,
            "run.py": "from pkg import calc\ncalc.mean([])\n",
        },
        ("run.py",),
        calls=("mean", "run"),
        environ={"PYTHONPATH": "src"},
    ),
    "coroutines and generators": Shape(
        {
            "main.py": (
                "import asyncio\n"
                "def each(values):\n    for value in values:\n        yield 1 / value\n"
                "async def total(values):\n    return sum(each(values))\n"
                "if __name__ == '__main__':\n    asyncio.run(total([1, 0]))\n"
            )
        },
        ("main.py",),
        calls=("each", "total", "main"),
    ),
    "input from a file": Shape(
        {"main.py": "import sys\nfor line in sys.stdin:\n    int(line)\n", "numbers.txt": "1\nx\n"},
        ("main.py",),
        input="numbers.txt",
        calls=("main",),
    ),
    "methods alone": Shape(
        {"main.py": "class A:\n    def f(self):\n        self.g\nA().f()\n"},
        ("main.py",),
        calls=("main",),
    ),
}


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    folder = tmp_path_factory.mktemp("box")
    interpreter = interpreter_of(f"3.{sys.version_info[1]}", folder)
    assert interpreter, "the suite itself runs in a Python that a box can have"
    (folder / "trees").mkdir(mode=0o755)
    plan = Plan(interpreter, str(folder / "trees"), str(folder / "live"))
    made = Box(load("namespaces").open_line(plan), plan)
    yield made
    made.close()


def crash_of(shape: Shape, project: Path) -> Crash:
    """Run the program of a shape as `workbench run` would, and read what was written."""
    for path, text in shape.files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(text, encoding="utf-8")
    paths = [str(STARTUP), *(str(project / one) for one in shape.environ.values())]
    hooked = {
        "PYTHONPATH": os.pathsep.join(paths),
        "WBCRASH_FOLDER": str(project / "crashes"),
        "WBCRASH_PROJECT": str(project),
    }
    given = project / shape.input if shape.input else Path(os.devnull)
    with given.open("rb") as opened:
        subprocess.run(
            [sys.executable, *shape.arguments],
            cwd=project / shape.folder,
            env={**os.environ, **hooked},
            stdin=opened,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    (crash,) = read_crashes(project / "crashes", project).crashes
    return crash


def run(box: Box, shape: Shape, work: Pytest, extra: dict[str, str]) -> Result:
    files = {**shape.files, **extra}
    edits = {path: File(text.encode()) for path, text in files.items()}
    return box.run(Job(work, edits=edits), POLICY)


@pytest.mark.parametrize("name", SHAPES)
def test_it_crashes_alike(name: str, box: Box, tmp_path: Path) -> None:
    shape = SHAPES[name]
    crash = crash_of(shape, tmp_path)
    script = reproduction(crash)
    assert script is not None
    edits = {path: File(text.encode()) for path, text in shape.files.items()}
    policy = Policy(wall_seconds=30, environment=shape.environ)
    result = box.run(Job(script, edits=edits, cwd=crash.folder), policy)
    assert (result.status, crash.summary in result.output.text) == (Status.FAILED, True)


@pytest.mark.parametrize("name", SHAPES)
def test_tests_that_are_made_of_it_fail_alike(name: str, box: Box, tmp_path: Path) -> None:
    shape = SHAPES[name]
    crash = crash_of(shape, tmp_path)
    made = list(as_tests(crash))
    assert tuple(test.name for test in made) == shape.calls
    for test in made:
        result = run(box, shape, Pytest(("-q", "test_made.py")), {"test_made.py": test.text})
        assert "1 failed" in result.output.text, result.output.text
        assert crash.raised[0].kind in result.output.text
