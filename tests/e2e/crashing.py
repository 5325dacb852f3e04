"""Programs that are run and may crash."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from workbench.healing.crashes.reading import read_crashes
from workbench.healing.crashes.values import Crash
from workbench.workspace import Workspace

RUN = [sys.executable, "-m", "workbench", "run"]
MEAN = """\
def mean(values, *, scale=1):
    return sum(values) * scale / len(values)
"""
MAIN = """\
import sys
from pkg import calc

def main(argv):
    password = "hunter2-is-long"
    data = [int(text) for text in argv[1:]]
    return calc.mean(data)

if __name__ == "__main__":
    print(main(sys.argv))
"""


def make_project(workspace: Workspace) -> Path:
    """Write a program that can crash, with a module of its own."""
    folder = workspace.project
    (folder / "pkg").mkdir()
    (folder / "pkg/calc.py").write_text(MEAN, encoding="utf-8")
    (folder / "main.py").write_text(MAIN, encoding="utf-8")
    workspace.make()
    return folder


def run(
    project: Path, *command: str, environ: dict[str, str] | None = None, json_: bool = False
) -> subprocess.CompletedProcess[str]:
    options = ["--json"] if json_ else []
    return subprocess.run(
        [*RUN, *options, "--", *command],
        cwd=project,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def script(
    project: Path, text: str, *args: str, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    (project / "script.py").write_text(text, encoding="utf-8")
    return run(project, sys.executable, "script.py", *args, environ=environ)


def kept(project: Path) -> tuple[Crash, ...]:
    found = read_crashes(project / ".workbench/crashes", project)
    assert not found.damaged
    return found.crashes
