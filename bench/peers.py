"""Other people's programs to compare with, each in a virtual environment outside the checkout."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import platformdirs

_VERSION = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
_CHILDREN = Path(__file__).parent / "children"


@dataclass(frozen=True)
class Peer:
    """A program from the package registry."""

    name: str
    pins: tuple[str, ...] = ()

    @cached_property
    def folder(self) -> Path:
        return platformdirs.user_cache_path("workbench-bench") / self.name

    @cached_property
    def version(self) -> str:
        """Its version; empty when it is not installed and cannot be."""
        return self._installed_version() or (self._install() and self._installed_version()) or ""

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    def program(self, name: str = "") -> str:
        return str(self.folder / "bin" / (name or self.name))

    def _installed_version(self) -> str:
        try:
            return _said(self.program("python"), "-c", _VERSION, self.name)
        except (OSError, subprocess.CalledProcessError):
            return ""

    def _install(self) -> bool:
        print(f"installing {self.name} into {self.folder}", file=sys.stderr)
        uv = str(Path(sys.executable).with_name("uv"))
        try:
            _said(uv, "venv", "--clear", "--python", sys.executable, str(self.folder))
            python = ("--python", self.program("python"))
            _said(uv, "pip", "install", "--compile-bytecode", *python, self.name, *self.pins)
        except (OSError, subprocess.CalledProcessError):
            return False
        return True


HARLEQUIN = Peer("harlequin")
POSTING = Peer("posting", ("tree-sitter<0.26",))  # With 0.26 its editor ends Python with SIGSEGV.
PEERS = (HARLEQUIN, POSTING)


def workbench_program() -> str:
    """Return the console script as a user starts it."""
    return str(Path(sys.executable).with_name("workbench"))


def child(name: str) -> list[str]:
    """Return the command of a program in `bench/children`."""
    return [sys.executable, str(_CHILDREN / f"{name}.py")]


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
