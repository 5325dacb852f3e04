"""The interpreters of this machine, as projects may have them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from workbench.sandbox.interpreter import Interpreter, find_interpreter

SUPPORTED = ("3.9", "3.10", "3.11", "3.12", "3.13")


def interpreter_of(version: str, project: Path) -> Interpreter | None:
    """Return an interpreter of exactly this version, if the machine has one anywhere usual."""
    for program in _programs(version):
        if program.exists():
            return find_interpreter(project, str(program), {}, project)
    return None


def _programs(version: str) -> list[Path]:
    found = [Path(sys.executable)] if sys.version.startswith(f"{version}.") else []
    named = shutil.which(f"python{version}")
    if named and ".pyenv/shims" not in named:  # A shim is a script that looks for one.
        found.append(Path(named))
    homes = [
        Path(os.environ.get("PYENV_ROOT", "/nowhere")),
        *Path("/root", "/home").glob("*/.pyenv"),
    ]
    homes += [Path("/root/.pyenv"), Path.home() / ".pyenv"]
    pyenv = [one for home in homes for one in _readable(home / "versions", f"{version}.*")]
    return [*found, *(folder / "bin" / "python3" for folder in pyenv)]


def _readable(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern)) if os.access(folder, os.R_OK | os.X_OK) else []
