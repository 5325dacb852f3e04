"""What is installed, read from folders as they are found in the wild."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.sandbox.installed import names_of, plugins_of


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def packages(tmp_path: Path) -> tuple[str, ...]:
    write(tmp_path / "a-1.dist-info" / "entry_points.txt", "[pytest11]\nanna = a.plug:Plug [x]\n")
    write(tmp_path / "b-1.egg-info" / "entry_points.txt", "[console_scripts]\nb = b:main\n")
    write(tmp_path / "c-1.dist-info" / "entry_points.txt", "this is: no = [such file\n")
    write(tmp_path / "d-1.dist-info" / "entry_points.txt", "[pytest11]\nr = pytest_randomly\n")
    write(tmp_path / "a" / "__init__.py")
    write(tmp_path / "single.py")
    write(tmp_path / "fast.cpython-311-x86_64-linux-gnu.so")
    write(tmp_path / "readme.txt")
    return (str(tmp_path), str(tmp_path / "gone"))


def test_plugins_are_the_modules_that_packages_name(packages: tuple[str, ...]) -> None:
    assert plugins_of(packages) == ("a.plug",)


def test_names_are_what_can_be_imported(packages: tuple[str, ...]) -> None:
    assert names_of(packages) == {"a", "single", "fast"}
