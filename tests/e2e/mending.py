"""A small project that tasks mend."""

from __future__ import annotations

from tests.e2e.tasking import use
from workbench.workspace import Workspace

CALC = """\
def area(width, height):
    return width + height


def double(number):
    return number * 2
"""
TESTS = """\
from calc import area, double


def test_area():
    assert area(3, 4) == 12


def test_double():
    assert double(2) == 4
"""
MEND = use("replace", path="calc.py", search="width + height", replace="width * height")


def make_project(workspace: Workspace) -> None:
    (workspace.project / "tests").mkdir()
    (workspace.project / "calc.py").write_text(CALC)
    (workspace.project / "tests" / "test_calc.py").write_text(TESTS)
