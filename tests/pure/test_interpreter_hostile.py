"""A repository that points elsewhere makes nobody show what lies there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pure.environments import environment, find, home_of, prefix
from workbench.errors import ConfigurationError

Attack = Callable[[Path, Path], None]
"""Changes a sound environment, given it and a home that holds secrets."""


def python_is(venv: Path, target: Path | str) -> None:
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to(target)


def python_is_a_copy(venv: Path, home_key: str) -> None:
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").write_text("#!/bin/false\n", encoding="utf-8")
    (venv / "bin" / "python").chmod(0o755)
    (venv / "pyvenv.cfg").write_text(f"home = {home_key}\nversion = 3.11.1\n", encoding="utf-8")


def points_to_nothing(venv: Path, home: Path) -> None:
    python_is(venv, home / "nothing")


def points_to_itself(venv: Path, _home: Path) -> None:
    python_is(venv, "python")


def points_to_a_secret(venv: Path, home: Path) -> None:
    python_is(venv, home / ".ssh" / "id")


def points_to_a_program_among_secrets(venv: Path, home: Path) -> None:
    (home / ".ssh" / "id").chmod(0o755)
    python_is(venv, home / ".ssh" / "id")


def points_to_a_program_in_the_project(venv: Path, _home: Path) -> None:
    program = venv.parent / "python3.11"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    python_is(venv, program)


def points_to_a_folder(venv: Path, home: Path) -> None:
    python_is(venv, home / ".ssh")


def a_home_is_no_prefix(venv: Path, home: Path) -> None:
    prefix(home)
    python_is(venv, home / "bin" / "python3.11")


def the_project_is_no_prefix(venv: Path, _home: Path) -> None:
    prefix(venv.parent)
    python_is(venv, venv.parent / "bin" / "python3.11")


def what_holds_the_project_is_no_prefix(venv: Path, _home: Path) -> None:
    prefix(venv.parents[1])
    python_is(venv, venv.parents[1] / "bin" / "python3.11")


def configured_home_without_library(venv: Path, home: Path) -> None:
    (home / ".ssh" / "bin").mkdir()
    python_is_a_copy(venv, str(home / ".ssh" / "bin"))


def configured_home_is_a_home(venv: Path, home: Path) -> None:
    prefix(home)
    python_is_a_copy(venv, str(home / "bin"))


def configured_home_is_relative(venv: Path, _home: Path) -> None:
    python_is_a_copy(venv, "bin")


def configured_home_is_root(venv: Path, _home: Path) -> None:
    python_is_a_copy(venv, "/")


def library_is_a_link_to_elsewhere(venv: Path, home: Path) -> None:
    fake = prefix(venv.parents[2] / "fake")
    (fake / "lib" / "python3.11" / "os.py").unlink()
    (fake / "lib" / "python3.11" / "os.py").symlink_to(home / ".ssh" / "id")
    python_is(venv, fake / "bin" / "python3.11")


def packages_are_a_link_to_secrets(venv: Path, home: Path) -> None:
    (venv / "lib/python3.11/site-packages").rmdir()
    (venv / "lib/python3.11/site-packages").symlink_to(home / ".ssh")


def packages_are_below_a_link_to_secrets(venv: Path, home: Path) -> None:
    (home / ".ssh" / "site-packages").mkdir()
    (venv / "lib/python3.11/site-packages").rmdir()
    (venv / "lib/python3.11").rmdir()
    (venv / "lib/python3.11").symlink_to(home / ".ssh")


def goes_through_a_folder_of_secrets(venv: Path, home: Path) -> None:
    (home / ".ssh" / "python").symlink_to((venv / "bin" / "python").readlink())
    python_is(venv, home / ".ssh" / "python")


def environment_is_a_home(venv: Path, home: Path) -> None:
    environment(home / "x", prefix(home.parent / "other"))
    for name in ("bin", "lib", "pyvenv.cfg"):
        (home / "x" / name).rename(home / name)
    venv.rename(venv.with_name("gone"))
    venv.symlink_to(home)


def configuration_is_endless(venv: Path, _home: Path) -> None:
    (venv / "pyvenv.cfg").unlink()
    (venv / "pyvenv.cfg").write_bytes(b"x" * (1 << 17))


def another_python_than_the_packages(venv: Path, _home: Path) -> None:
    python_is(venv, prefix(venv.parents[2] / "newer", "3.12") / "bin" / "python3.12")


ATTACKS: list[Attack] = [
    points_to_nothing,
    points_to_itself,
    points_to_a_secret,
    points_to_a_program_among_secrets,
    points_to_a_program_in_the_project,
    points_to_a_folder,
    a_home_is_no_prefix,
    the_project_is_no_prefix,
    what_holds_the_project_is_no_prefix,
    configured_home_without_library,
    configured_home_is_a_home,
    configured_home_is_relative,
    configured_home_is_root,
    library_is_a_link_to_elsewhere,
    packages_are_a_link_to_secrets,
    packages_are_below_a_link_to_secrets,
    goes_through_a_folder_of_secrets,
    environment_is_a_home,
    configuration_is_endless,
    another_python_than_the_packages,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_doubtful_environment_is_passed_over_and_told(tmp_path: Path, attack: Attack) -> None:
    project = tmp_path / "work" / "project"
    home = home_of(project)
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id").write_text("secret", encoding="utf-8")
    venv = environment(project / ".venv", prefix(tmp_path / "python"))
    assert find(project).origin == "the project's .venv", "it must be sound before"
    attack(venv, home)
    found = find(project)
    assert found.origin == "the Python that runs workbench"
    (skipped,) = found.skipped
    assert skipped.startswith(f"the project's .venv ({venv}) was passed over: ")
    assert not any(str(home) in folder for folder in (*found.folders, *found.site_packages))
    with pytest.raises(ConfigurationError, match="cannot be used") as told:
        find(project, ".venv")
    assert told.value.hint
