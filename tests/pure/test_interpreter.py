"""The project's interpreter is found as its tools would find it, and nothing is executed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from tests.pure.environments import environment, find, home_of, prefix
from workbench.errors import ConfigurationError
from workbench.sandbox.interpreter import Interpreter

BASE = Path(sys.base_prefix)
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
INSTALLED = sorted(
    path
    for path in (*BASE.parent.glob("3.*"), Path("/usr"))
    if list(path.glob("bin/python3")) and list(path.glob("lib/python3.*/venv/__init__.py"))
)
"""Pythons beside the one that runs the tests, and the system's own."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "project"
    folder.mkdir(parents=True)
    return folder


def named(path: str) -> str:
    return urlsafe_b64encode(sha256(path.encode()).digest())[:8].decode()


def test_the_projects_environment(project: Path) -> None:
    base = prefix(project.parents[1] / "python")
    found = environment(project / ".venv", base)
    packages = str(found / "lib/python3.11/site-packages")
    assert find(project) == Interpreter(
        executable=str(found / "bin/python"),
        version="3.11",
        origin="the project's .venv",
        folders=(str(found), str(base)),
        site_packages=(packages,),
    )


@pytest.mark.parametrize("installed", INSTALLED, ids=str)
@pytest.mark.parametrize("how", ["--symlinks", "--copies"])
def test_a_real_environment_runs_as_it_was_read(project: Path, installed: Path, how: str) -> None:
    program = installed / "bin" / "python3"
    place = project / "venv"
    subprocess.run([program, "-m", "venv", "--without-pip", how, place], check=True)
    version = _told_by(program, "'%d.%d' % sys.version_info[:2]")
    if not (3, 9) <= tuple(map(int, version.split("."))) <= (3, 13):
        with pytest.raises(ConfigurationError, match=f"is Python {version} "):
            find(project)
        return
    found = find(project)
    assert found.version == version
    assert found.executable == str(place / "bin/python")
    base = _told_by(Path(found.executable), "sys.base_prefix")
    assert set(found.folders) == {str(place)} | ({base} - {"/usr"} if base else set())
    packages = _told_by(Path(found.executable), "__import__('sysconfig').get_path('purelib')")
    assert found.site_packages == (packages,)


def _told_by(program: Path, expression: str) -> str:
    command = [str(program), "-Ic", f"import sys; print({expression})"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return os.fsdecode(done.stdout).strip()


@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="no system Python")
def test_the_systems_python_needs_no_folders(project: Path) -> None:
    found = find(project, "/usr/bin/python3")
    assert found.folders == ()
    told = _told_by(Path("/usr/bin/python3"), "'\\n'.join(sys.path)").splitlines()
    assert {path for path in told if path.endswith("-packages")} == set(found.site_packages)


def test_workbenchs_own_comes_last(project: Path) -> None:
    found = find(project)
    assert (found.executable, found.version) == (sys.executable, VERSION)
    assert found.origin == "the Python that runs workbench"
    assert str(BASE) in ("/usr", *found.folders)  # The system's is shown without being named.
    assert any((Path(folder) / "pytest").is_dir() for folder in found.site_packages)


def _make_everything(project: Path) -> dict[str, tuple[Path, dict[str, str]]]:
    """Make one interpreter for every way there is, the one to be taken first at the end."""
    home = home_of(project)
    base = prefix(project.parents[1] / "python")
    (project / "Pipfile").touch()
    (project / ".python-version").write_text("3.11\n", encoding="utf-8")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "My_Name"\n[tool.poetry]\n[tool.hatch]\n', encoding="utf-8"
    )
    pipfile, share = named(str(project / "Pipfile")), home / ".local/share"
    hatch = share / f"hatch/env/virtual/my-name/{named(str(project))}/my-name"
    poetry = home / f".cache/pypoetry/virtualenvs/my-name-{named(str(project))}-py3.11"
    conda = prefix(home / "conda" / "envs" / "one")
    (conda / "conda-meta").mkdir()
    active = {"CONDA_PREFIX": str(conda), "CONDA_DEFAULT_ENV": "one"}
    return {
        "pyenv's 3.11.9, which": (prefix(home / ".pyenv/versions/3.11.9"), {}),
        "hatch's environment": (environment(hatch, base), {}),
        "pipenv's environment": (
            environment(share / f"virtualenvs/project-{pipfile}", base), {},
        ),
        "poetry's environment": (environment(poetry, base), {}),
        "the active conda": (conda, active),
        "the active environment (": (
            environment(home / "active", base), {"VIRTUAL_ENV": str(home / "active")},
        ),
        "the project's env": (environment(project / "env", base), {}),
        "the project's venv": (environment(project / "venv", base), {}),
        "the project's .venv": (environment(project / ".venv", base), {}),
    }  # fmt: skip


def test_the_order_of_places(project: Path) -> None:
    made = _make_everything(project)
    environ = {name: value for _, given in made.values() for name, value in given.items()}
    for origin, (place, given) in reversed(made.items()):
        found = find(project, environ=environ)
        assert found.origin.startswith(origin)
        assert Path(found.executable).parents[1] == place
        shutil.rmtree(place)
        for name in given:
            del environ[name]
    assert find(project).origin == "the Python that runs workbench"


def test_condas_base_only_when_there_is_nothing_else(project: Path) -> None:
    base = prefix(home_of(project) / "conda")
    environ = {"CONDA_PREFIX": str(base), "CONDA_DEFAULT_ENV": "base"}
    assert find(project, environ=environ).origin == "the active conda environment"
    version = prefix(home_of(project) / ".pyenv/versions/3.12.1", "3.12")
    (project.parent / ".python-version").write_text("# mine\n3.12.1\n3.9.1\n", encoding="utf-8")
    found = find(project, environ=environ)
    assert (found.executable, found.version) == (str(version / "bin/python"), "3.12")


@pytest.mark.parametrize("text", ["../../evil", "/evil", "*", "", "\0", ".", "-x", "system"])
def test_a_version_file_names_versions_only(project: Path, text: str) -> None:
    prefix(home_of(project) / "evil")
    (home_of(project) / ".pyenv/versions").mkdir(parents=True)
    (project / ".python-version").write_text(text, encoding="utf-8")
    assert find(project).origin == "the Python that runs workbench"


def test_poetrys_newest_and_its_own_folder(project: Path) -> None:
    base = prefix(project.parents[1] / "python", "3.12")
    (project / "pyproject.toml").write_text('[tool.poetry]\nname = "a.b"\n', encoding="utf-8")
    folder = project.parents[1] / "elsewhere"
    for version in ("3.9", "3.12"):
        environment(folder / f"a-b-{named(str(project))}-py{version}", base, "3.12")
    found = find(project, environ={"POETRY_VIRTUALENVS_PATH": str(folder)})
    assert found.executable.endswith("-py3.12/bin/python")


@pytest.mark.parametrize("text", ["[tool]\npoetry = 1", "tool = 1", "[", "project = 1", "\xff" * 9])
def test_a_broken_pyproject_is_no_reason_to_fail(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_bytes(text.encode("latin-1"))
    (project / "poetry.lock").touch()
    assert find(project).origin == "the Python that runs workbench"


@pytest.mark.parametrize("wanted", ["here", "./here", "here/bin/python", "{}/here", "~/there"])
def test_the_setting_names_a_folder_or_a_program(project: Path, wanted: str) -> None:
    base = prefix(project.parents[1] / "python")
    environment(project / "here", base)
    environment(home_of(project) / "there", base)
    found = find(project, wanted.format(project))
    folder = home_of(project) / "there" if wanted.startswith("~") else project / "here"
    assert found.executable == str(folder / "bin/python")
    assert wanted.format(project) in found.origin


def test_system_packages_where_the_environment_shares_them(project: Path) -> None:
    base = prefix(project.parents[1] / "python")
    found = find(project, str(environment(project / "x", base, shares=True)))
    assert found.site_packages[1:] == (str(base / "lib/python3.11/site-packages"),)


def test_every_link_on_the_way_is_shown(project: Path) -> None:
    root = project.parents[1]
    base = prefix(root / "pythons" / "cpython-3.11.7")
    (root / "pythons" / "cpython-3.11").symlink_to("cpython-3.11.7")
    (root / "links" / "bin").mkdir(parents=True)
    (root / "links" / "bin" / "python3").symlink_to(root / "pythons/cpython-3.11/bin/python3.11")
    venv = environment(root / "real", base)
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("python3")
    (venv / "bin" / "python3").symlink_to("../../links/bin/python3")
    (project / ".venv").symlink_to(venv)
    assert set(find(project).folders) == {
        str(project / ".venv"), str(venv), str(base),
        str(root / "links" / "bin"), str(root / "pythons" / "cpython-3.11"),
    }  # fmt: skip


def test_of_dot_local_only_what_belongs_to_programs(project: Path) -> None:
    local = prefix(home_of(project) / ".local")
    (local / "share" / "keyrings").mkdir(parents=True)
    assert find(project, "~/.local/bin/python3.11").folders == (
        str(local / "bin"), str(local / "lib"),
    )  # fmt: skip


@pytest.mark.parametrize("version", ["3.8", "3.14", "3.6"])
def test_a_version_that_is_not_supported_is_told(project: Path, version: str) -> None:
    environment(project / ".venv", prefix(project.parents[1] / "python", version), version)
    with pytest.raises(ConfigurationError, match=f"project's .venv is Python {version} ") as told:
        find(project)
    assert "sandbox.interpreter" in told.value.hint


def test_what_is_not_there_is_told(project: Path) -> None:
    with pytest.raises(ConfigurationError, match="no Python at"):
        find(project, "nowhere")


def test_nothing_is_executed(project: Path, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    base = prefix(tmp_path / "python")
    (base / "bin" / "python3.11").write_text(f"#!/bin/sh\ntouch {proof}\n", encoding="utf-8")
    venv = environment(project / ".venv", base)
    (venv / "lib/python3.11/site-packages/x.pth").write_text(
        f"import os; os.mkdir({str(proof)!r})\n", encoding="utf-8"
    )
    found = find(project)
    assert not proof.exists()
    subprocess.run([found.executable], check=True)
    assert proof.exists(), "the attack itself must work"


def test_what_the_repository_ships_is_passed_over(project: Path) -> None:
    base = prefix(project.parents[1] / "python")
    environment(project / ".venv", base)
    subprocess.run(["git", "-C", project, "init", "-q"], check=True)
    assert find(project).origin == "the project's .venv"
    subprocess.run(["git", "-C", project, "add", "-f", ".venv/pyvenv.cfg"], check=True)
    found = find(project)
    assert found.origin == "the Python that runs workbench"
    assert "came with the repository" in found.skipped[0]
    assert find(project, ".venv").version == "3.11"


def test_a_program_is_no_interpreter_by_its_name_alone(project: Path) -> None:
    assert os.access("/bin/sh", os.X_OK)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        find(project, "/bin/sh")
