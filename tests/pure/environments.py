"""Virtual environments as programs lay them out, and the interpreters in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.sandbox.interpreter import Interpreter, find_interpreter


def prefix(folder: Path, version: str = "3.11") -> Path:
    """Make what looks like an installed Python."""
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / f"python{version}"
    program.write_text("#!/bin/false\n", encoding="utf-8")
    program.chmod(0o755)
    (folder / "bin" / "python").symlink_to(program.name)
    (folder / "lib" / f"python{version}" / "site-packages").mkdir(parents=True)
    (folder / "lib" / f"python{version}" / "os.py").touch()
    return folder


def environment(folder: Path, base: Path, version: str = "3.11", *, shares: bool = False) -> Path:
    """Make what looks like a virtual environment of an installed Python."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(base / "bin" / f"python{version}")
    (folder / "lib" / f"python{version}" / "site-packages").mkdir(parents=True)
    text = f"home = {base / 'bin'}\nversion = {version}.4\n"
    shared = f"include-system-site-packages = {str(shares).lower()}\n"
    (folder / "pyvenv.cfg").write_text(text + shared, encoding="utf-8")
    return folder


def find(project: Path, wanted: str = "", environ: Mapping[str, str] | None = None) -> Interpreter:
    return find_interpreter(project, wanted, environ or {}, project.parents[1] / "home")


def home_of(project: Path) -> Path:
    return project.parents[1] / "home"
