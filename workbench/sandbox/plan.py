"""What every engine must know to make a box, and what a line to the runner in it can do."""

from __future__ import annotations

import json
import sys
from enum import IntEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import msgspec

from workbench.sandbox.interpreter import Interpreter
from workbench.sandbox.policy import BASE_ENVIRONMENT, Network

RUNNER = Path(__file__).parent / "runner"
INSIDE = "/run/workbench"
"""Where the runner and what is lent to the project's interpreter lie in a box."""
OUTER_ID = 2_100_000_000
"""The user that a box runs as when workbench is privileged: it owns nothing on any machine."""
NO_SYSTEM = ("/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/")
_LENT = (
    "_pytest",
    "exceptiongroup",
    "iniconfig",
    "packaging",
    "pluggy",
    "py",
    "pygments",
    "pytest",
    "tomli",
    "typing_extensions",
)
_BOOT = (
    "import sys; sys.path[:] = [one for one in sys.path if one]; import importlib.util as made;"
    "where = sys.argv[1]; spec = made.spec_from_file_location('workbench_runner',"
    "where + '/__init__.py', submodule_search_locations=[where]);"
    "sys.modules['workbench_runner'] = module = made.module_from_spec(spec);"
    "spec.loader.exec_module(module); from workbench_runner.{0} import main; main()"
)


class Level(IntEnum):
    """How strong an engine is."""

    NONE = 0
    REDUCED = 1
    FULL = 2


class Plan(msgspec.Struct, frozen=True):
    """One kind of box; boxes of equal plans can take each other's place."""

    interpreter: Interpreter
    trees: str
    """The folder of materialised trees, outside."""
    origin: str
    """The live project, which is never visible inside; its name is needed to leave it out."""
    network: Network = "none"
    preload: tuple[str, ...] = ()
    hash_seed: int = 0

    @property
    def lends_pytest(self) -> bool:
        """Whether the project's interpreter has no pytest of its own."""
        folders = self.interpreter.site_packages
        return not any(Path(folder, "pytest").is_dir() for folder in folders)

    @property
    def environment(self) -> dict[str, str]:
        """Return what the runner itself is started with."""
        return {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": str(self.hash_seed),
            "MALLOC_ARENA_MAX": "2",  # Each thread would reserve 64 MiB of what a job may have.
            "PYTHONUTF8": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        }

    @property
    def job_environment(self) -> dict[str, str]:
        """Return what a job finds in its environment if its policy says nothing of it."""
        folder = self.interpreter.executable.rpartition("/")[0]
        path = f"{folder}:{BASE_ENVIRONMENT['PATH']}"
        return {**BASE_ENVIRONMENT, "PATH": path, "PYTHONHASHSEED": str(self.hash_seed)}

    @property
    def bound(self) -> tuple[str, ...]:
        """Return the interpreter's folders that are not part of the system's own."""
        return tuple(one for one in self.interpreter.folders if not one.startswith(NO_SYSTEM))


class Line(Protocol):
    """A stream of bytes to and from the runner in a box."""

    def fileno(self) -> int: ...
    def send(self, data: bytes) -> None: ...
    def receive(self) -> bytes: ...
    def bring(self, tree: str) -> None: ...
    def diagnosis(self) -> str: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


def lent_packages() -> dict[str, str]:
    """Return where the packages lie that an interpreter without pytest gets from ours."""
    found = {}
    for name in _LENT:
        spec = find_spec(name)
        if spec and spec.origin:
            path = Path(spec.origin)
            place = path.parent if path.name.startswith("__init__.") else path
            found[place.name] = str(place)
    return found


def boot(executable: str, where: str, module: str, spec: dict[str, Any], *flags: str) -> list[str]:
    """Return the command that starts a module of the runner without installing it anywhere."""
    return [executable, *flags, "-c", _BOOT.format(module), where, json.dumps(spec)]


def own_python() -> list[str]:
    """Return the command of workbench's own interpreter, with nothing around it."""
    return [sys.executable, "-I", "-S"]
