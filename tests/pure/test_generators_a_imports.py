"""Imports that fail, and names that other files of a project know."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.pure.generators_a_ground import all_of, rank, told
from workbench.healing.dossier import Frame
from workbench.healing.ground import Ground

CORE = "LIMIT = 3\n\n\ndef parse_line(text):\n    return text.split()[:LIMIT]\n"


def _rank(ground: Ground, wanted: Mapping[str, str]) -> int:
    return rank(ground, all_of(ground), wanted)


def test_a_near_name_is_imported_and_used() -> None:
    files = {"app/core.py": CORE, "app/main.py": "from app.core import parse_lin\nparse_lin('')\n"}
    message = "cannot import name 'parse_lin' from 'app.core' (/tmp/app/core.py)"
    ground = told(files, "ImportError,Exception", message, Frame("app/main.py", 1, "<module>"))
    wanted = "from app.core import parse_line\nparse_line('')\n"
    assert _rank(ground, {"app/main.py": wanted}) == 1


def test_it_is_imported_from_where_it_is_defined() -> None:
    main = "from app.text import parse_line, other\n"
    files = {"app/core.py": CORE, "app/text.py": "other = 1\n", "app/main.py": main}
    message = "cannot import name 'parse_line' from 'app.text' (/tmp/app/text.py)"
    ground = told(files, "ImportError,Exception", message, Frame("app/main.py", 1, "<module>"))
    wanted = "from app.text import other\nfrom app.core import parse_line\n"
    assert _rank(ground, {"app/main.py": wanted}) == 1


@pytest.mark.parametrize(
    ("written", "missing", "meant"),
    [
        ("import jsno", "jsno", "import json as jsno"),
        ("from colections import Counter", "colections", "from collections import Counter"),
        ("from core import LIMIT", "core", "from app.core import LIMIT"),
        ("import ConfigParser", "ConfigParser", "import configparser as ConfigParser"),
    ],
)
def test_modules_that_are_near_or_moved(written: str, missing: str, meant: str) -> None:
    files = {"app/__init__.py": "x = 1\n", "app/core.py": CORE, "app/main.py": f"{written}\n"}
    kinds = "ModuleNotFoundError,ImportError,Exception"
    frame = Frame("app/main.py", 1, "<module>")
    ground = told(files, kinds, f"No module named '{missing}'", frame)
    assert 0 < _rank(ground, {"app/main.py": f"{meant}\n"}) <= 2


def test_relative_imports_of_a_module_that_is_run_by_itself() -> None:
    files = {"app/core.py": CORE, "app/main.py": "from .core import LIMIT\n"}
    message = "attempted relative import with no known parent package"
    ground = told(files, "ImportError,Exception", message, Frame("app/main.py", 1, "<module>"))
    assert 0 < _rank(ground, {"app/main.py": "from core import LIMIT\n"}) <= 2


def test_modules_that_need_each_other() -> None:
    first = "from app.b import two\n\n\ndef one():\n    return two() - 1\n"
    second = "from app.a import one\n\n\ndef two():\n    return 2 if one else 1\n"
    message = (
        "cannot import name 'one' from partially initialized module 'app.a'"
        " (most likely due to a circular import) (/tmp/app/a.py)"
    )
    frames = (Frame("app/a.py", 1, "<module>"), Frame("app/b.py", 1, "<module>"))
    files = {"app/a.py": first, "app/b.py": second}
    ground = told(files, "ImportError,Exception", message, *frames)
    wanted = "def two():\n    from app.a import one\n    return 2 if one else 1\n"
    assert 0 < _rank(ground, {"app/b.py": wanted}) <= 2


def test_what_the_tests_import_is_given_that_name() -> None:
    files = {"app/core.py": CORE, "app/main.py": "from app.core import parse_line\n"}
    message = "cannot import name 'parse_lines' from 'app.core' (/tmp/app/core.py)"
    ground = told(files, "ImportError,Exception", message)
    wanted = {path: text.replace("parse_line", "parse_lines") for path, text in files.items()}
    assert _rank(ground, wanted) == 1


def test_a_package_offers_what_its_module_defines() -> None:
    files = {"app/__init__.py": "VERSION = 1\n", "app/core.py": CORE}
    message = "cannot import name 'parse_line' from 'app' (/tmp/app/__init__.py)"
    ground = told(files, "ImportError,Exception", message)
    wanted = "VERSION = 1\nfrom .core import parse_line\n"
    assert _rank(ground, {"app/__init__.py": wanted}) == 1


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("parse_line", "from app.core import parse_line"),
        ("np", "import numpy as np"),
        ("Path", "from pathlib import Path"),
        ("core", "from app import core"),
    ],
)
def test_names_get_their_import(name: str, line: str) -> None:
    head = '"""Runs."""\n\nfrom __future__ import annotations\n'
    main = f"{head}\n\ndef run(x):\n    return {name}(x)\n"
    other = "import numpy as np\n"
    files = {"app/__init__.py": "x = 1\n", "app/core.py": CORE, "app/b.py": other}
    files["app/main.py"] = main
    frame = Frame("app/main.py", 7, "run", {"x": "1"})
    ground = told(files, "NameError,Exception", f"name '{name}' is not defined", frame)
    wanted = main.replace("annotations\n", f"annotations\n{line}\n")
    assert _rank(ground, {"app/main.py": wanted}) == 1


def test_files_without_imports_get_them_at_the_top() -> None:
    main = '"""Runs."""\n\n\ndef run(x):\n    return math.sqrt(x)\n'
    frame = Frame("main.py", 5, "run", {"x": "1"})
    ground = told({"main.py": main}, "NameError", "name 'math' is not defined", frame)
    wanted = '"""Runs."""\n\n\nimport math\ndef run(x):\n    return math.sqrt(x)\n'
    assert _rank(ground, {"main.py": wanted}) == 1
