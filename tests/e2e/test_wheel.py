"""The built wheel, in an empty virtual environment, is a working `workbench`."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench import __version__

CHECKOUT = Path(__file__).parents[2]
LOCKED = CHECKOUT / "requirements"

Run = Callable[..., str]

pytestmark = [
    pytest.mark.timeout(600),  # on an empty cache it downloads 150 MB
    pytest.mark.xdist_group("wheel"),  # and does so once
]


def uv(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uv", *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the sdist, so that both are complete."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--build-constraints", LOCKED / "build.txt", "--out-dir", folder)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel and its locked dependencies, and nothing else; return the bin folder."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    uv("venv", "--python", sys.executable, venv)
    uv("pip", "install", "--python", venv, "--require-hashes", "-r", LOCKED / "core.txt")
    uv("pip", "install", "--python", venv, "--no-deps", wheel)
    return venv / "bin"


@pytest.fixture
def run(programs: Path, tmp_path: Path) -> Run:
    def run(program: str, *arguments: str) -> str:
        done = subprocess.run(
            [programs / program, *arguments],
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_wheel_has_every_shipped_file(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("configs", "data"):
        for file in (CHECKOUT / folder).rglob("*.*"):
            assert f"workbench/_shipped/{file.relative_to(CHECKOUT)}" in inside
    for package in ("workbench", "screens", "widgets", "local_models"):
        assert {f"{package}/__init__.py", f"{package}/py.typed"} <= inside


def test_shipped_files_are_found(run: Run) -> None:
    code = "from workbench.shipped import *; print(config_file('defaults.toml'), data_file('sql'))"
    assert run("python", "-c", code).count("site-packages/workbench/_shipped/") == 2


def test_version(run: Run) -> None:
    assert __version__ in run("workbench", "--version")


@pytest.mark.parametrize("command", [("about",), ("config", "show")])
def test_a_command_answers_in_json(run: Run, command: tuple[str, ...]) -> None:
    answer = json.loads(run("workbench", *command, "--json"))
    assert answer["ok"] is True
    assert answer["exit_code"] == 0
