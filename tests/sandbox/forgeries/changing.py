"""Repairs that would change what decides about them; the gate refuses each before anything runs."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tests.sandbox.forgeries.values import CALC_BUG, CALC_MORE, CALC_TESTS
from tests.sandbox.proving import Project

RIGHT = CALC_BUG.replace("return a - b", "return a + b")

PACKED = Project(
    name="packed",
    main="src/app/calc.py",
    files={
        "src/app/__init__.py": "",
        "src/app/calc.py": CALC_BUG,
        "tests/test_calc.py": CALC_TESTS.replace("import calc", "from app import calc"),
        "tests/test_more.py": CALC_MORE.replace("from calc", "from app.calc"),
        "tests/data/expected.json": "{}\n",
        "tests/helpers.py": "WORD = 'x'\n",
        "conftest.py": "",
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n",
        "README.md": "# App\n",
    },
    links={"latest.py": "src/app/calc.py", "linked": "src"},
    failing=("tests/test_calc.py::test_add",),
)
"""Its repair would be `RIGHT` in `src/app/calc.py`; everything below does something beside."""


class Refused(msgspec.Struct, frozen=True):
    """A change, and the code of the objection to it."""

    name: str
    code: str
    change: Mapping[str, str | bytes | None]


def _beside(name: str, code: str, path: str, content: str | bytes | None = "x = 1\n") -> Refused:
    return Refused(name, code, {"src/app/calc.py": RIGHT, path: content})


_PASSING = "def test_add():\n    pass\n"
_SKIP = "collect_ignore_glob = ['*']\n"

CHANGES = (
    _beside("test-rewritten", "tests", "tests/test_calc.py", _PASSING),
    _beside("test-removed", "tests", "tests/test_calc.py", None),
    _beside("test-added", "tests", "tests/test_new.py", _PASSING),
    _beside("test-beside-the-code", "tests", "src/app/test_calc.py", _PASSING),
    _beside("helper-of-tests", "tests", "tests/helpers.py", "WORD = 'y'\n"),
    _beside("data-of-tests", "tests", "tests/data/expected.json", "[]\n"),
    _beside("package-of-tests", "package", "tests/__init__.py", ""),
    _beside("conftest-changed", "conftest", "conftest.py", _SKIP),
    _beside("conftest-removed", "conftest", "conftest.py", None),
    _beside("conftest-added", "conftest", "src/app/conftest.py", _SKIP),
    _beside("conftest-in-capitals", "conftest", "src/app/Conftest.py", _SKIP),
    _beside("ini-of-pytest", "configuration", "pytest.ini", "[pytest]\naddopts = --co\n"),
    _beside("hidden-ini-of-pytest", "configuration", ".pytest.ini", "[pytest]\n"),
    _beside("tox-ini", "configuration", "tox.ini", "[pytest]\n"),
    _beside("setup-cfg", "configuration", "setup.cfg", "[tool:pytest]\n"),
    _beside("pyproject", "configuration", "pyproject.toml", "[tool.pytest.ini_options]\n"),
    _beside("setup", "packaging", "setup.py"),
    _beside("requirements", "packaging", "requirements.txt", "evil\n"),
    _beside("lock", "packaging", "poetry.lock", "\n"),
    _beside("egg-info", "packaging", "src/app.egg-info/entry_points.txt", "[pytest11]\nx = app\n"),
    _beside("site-customised", "startup", "sitecustomize.py"),
    _beside("user-customised", "startup", "src/usercustomize.py"),
    _beside("path-file", "startup", "src/late.pth", "import os\n"),
    _beside("shadow-of-json", "shadow", "json.py"),
    _beside("shadow-of-json-as-a-package", "shadow", "src/json/__init__.py"),
    _beside("shadow-of-pytest", "shadow", "pytest.py"),
    _beside("shadow-of-pytest-inside", "shadow", "src/_pytest/__init__.py"),
    _beside("shadow-of-random-from-beside", "shadow", "src/random.py"),
    _beside("second-app", "second-root", "app/__init__.py"),
    _beside("workflow", "ci", ".github/workflows/ci.yml", "on: push\n"),
    _beside("attributes-of-git", "git", ".gitattributes", "* text\n"),
    _beside("hook-of-git", "git", ".git/hooks/post-checkout", "#!/bin/sh\n"),
    _beside("bytecode", "bytecode", "src/app/calc.pyc", "x"),
    _beside("cached-bytecode", "bytecode", "src/app/__pycache__/calc.cpython-311.pyc", "x"),
    _beside("library", "binary", "src/app/_fast.so", "x"),
    _beside("library-in-disguise", "binary", "src/app/data.txt", b"\x7fELF\x02\x01"),
    _beside("environment", "environment", ".venv/lib/python3.11/site-packages/x.py"),
    _beside("hidden-file", "hidden", ".coverage_rc.py"),
    _beside("setting-of-workbench", "workbench", "workbench.toml", "[sandbox]\n"),
    _beside("link-written-through", "link", "latest.py", RIGHT),
    _beside("below-a-link", "link", "linked/app/other.py"),
    _beside("above-the-project", "no-name", "../outside.py"),
    _beside("absolute", "absolute", "/tmp/outside.py"),
    _beside("with-a-nul", "control-characters", "src/app/x\0.py"),
    _beside("with-a-line-break", "control-characters", "src/app/x\n.py"),
    _beside("encoding", "encoding", "src/app/other.py", "# coding: utf-7\nx = 1\n"),
    _beside("turned-around", "deceptive", "src/app/other.py", "x = 1  # \u202e1 = y\n"),
    _beside("no-python", "syntax", "src/app/other.py", "def (\n"),
    _beside("not-there", "not-there", "src/app/other.py", None),
    Refused("nothing", "no-change", {"src/app/calc.py": CALC_BUG}),
    Refused("nothing-at-all", "no-change", {}),
)
