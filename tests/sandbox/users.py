"""Running the programs of these tests as another user, in a Python that this user can run."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest

from workbench.sandbox.plan import lent_packages

CHECKOUT = Path(__file__).parents[2]
NOBODY = 65534
_NEEDED = "import msgspec, pytest, tests.sandbox.course"
_LONGEST = 240


class Missing(Exception):
    """There is not what it takes to be another user."""


class Python(msgspec.Struct, frozen=True):
    """An interpreter, and where it finds workbench, its tests and what they import."""

    executable: str
    path: str

    def command(self, module: str, *arguments: str) -> list[str]:
        return [self.executable, "-m", module, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "DOCKER_HOST") if name in os.environ}
        return {**kept, "PYTHONPATH": self.path, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}


def own_python() -> Python:
    return Python(sys.executable, _beside_the_checkout())


def become(user: str) -> dict[str, Any]:
    """Return how a process is started as `user`: `root`, or `user` for an ordinary one."""
    if user == "user" and os.geteuid() == 0:
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    return {}


@cache
def python_for_others() -> Python:
    """Return a Python of this version that an ordinary user can run, with all that is needed."""
    for executable in _executables():
        for path in _paths():
            if _runs(Python(executable, path)):
                return Python(executable, path)
    version = ".".join(map(str, sys.version_info[:2]))
    raise Missing(
        f"an ordinary user can run no Python {version}: /usr/bin/python{version} would do"
    )


def _executables() -> Iterator[str]:
    version = ".".join(map(str, sys.version_info[:2]))
    if os.geteuid() != 0:
        yield sys.executable
    for folder in ("/usr/bin", "/usr/local/bin"):
        if Path(folder, f"python{version}").exists():
            yield f"{folder}/python{version}"
    yield os.path.realpath(sys.executable)


def _paths() -> Iterator[str]:
    yield _beside_the_checkout()
    yield _copied()


def _beside_the_checkout() -> str:
    return f"{CHECKOUT}:{Path(_place('msgspec')).parent}"


@cache
def _copied() -> str:
    """Return a copy of what is needed, for where the checkout is nobody else's to read."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-tests-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("workbench", "tests"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=ignored)
    for name, place in {**lent_packages(), "msgspec": _place("msgspec")}.items():
        copy = shutil.copytree if Path(place).is_dir() else shutil.copy
        copy(place, folder / name)
    return str(folder)


def _place(name: str) -> str:
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent)


def _runs(python: Python) -> bool:
    command = [python.executable, "-c", _NEEDED]
    try:
        ended = subprocess.run(
            command,
            env=python.environment,
            cwd="/",
            capture_output=True,
            check=False,
            **become("user"),
        )
    except PermissionError:
        return False
    return ended.returncode == 0


def run_as(user: str, python: Python, module: str, *arguments: str) -> bytes:
    """Return what a module of these tests prints, run as `user`."""
    ended: subprocess.CompletedProcess[bytes] = subprocess.run(
        python.command(module, *arguments),
        env=python.environment,
        cwd="/",
        capture_output=True,
        check=False,
        timeout=_LONGEST,
        **become(user),
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout


class Pair(msgspec.Struct, frozen=True):
    """An engine, and who uses it."""

    engine: str
    user: str

    @property
    def name(self) -> str:
        return f"{self.engine}-{self.user}"

    @property
    def python(self) -> Python:
        """Return the interpreter of its boxes, which runs what drives them, too."""
        shared = self.user == "user" or self.engine == "landlock"
        return python_for_others() if shared else own_python()

    def skip_unless_possible(self) -> None:
        """Skip the test if this machine cannot have the pair at all."""
        if self.user == "root" and os.geteuid() != 0:
            self.lack("these tests do not run as root")
        try:
            _ = self.python
        except Missing as reason:
            self.lack(str(reason))

    def lack(self, reason: str) -> None:
        """Skip, unless it was said that this machine has it."""
        wanted = os.environ.get("WORKBENCH_TEST_ENGINES", "").split(",")
        assert self.name not in wanted, f"{self.name} is wanted: {reason}"
        pytest.skip(f"{self.name}: {reason}")


PAIRS = (
    Pair("docker", "root"),
    Pair("namespaces", "root"),
    Pair("landlock", "root"),
    Pair("namespaces", "user"),
    Pair("bubblewrap", "user"),
    Pair("landlock", "user"),
)


def together(pair: Pair, *values: Any, name: str = "") -> Any:
    """Return a parameter of a test that runs where the others of its user run, one by one.

    The kernel counts the processes of a user, so two pairs at once would starve each other.
    """
    label = f"{pair.name}-{name}" if name else pair.name
    return pytest.param(pair, *values, id=label, marks=pytest.mark.xdist_group(pair.user))
