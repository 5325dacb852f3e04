"""The gate lets honest repairs through, and nothing that could change what a verdict rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.gated import BASE, BASE_BYTES, CODE, GROUND, LATIN, TURNED, Change, codes
from workbench.sandbox.proof.gate import Limits, objections

GOOD = b"def add(a, b):\n    return b + a\n"


HONEST: list[Change] = [
    {"calc.py": GOOD},
    {"calc.py": b""},
    {"calc.py": None, "sums.py": GOOD},
    {"src/app/core.py": GOOD, "calc.py": GOOD},
    {"src/app/new.py": GOOD},
    {"src/app/inner/__init__.py": b"", "src/app/inner/mod.py": GOOD},
    {"src/json_tools.py": GOOD},
    {"src/jsonx.py": GOOD},
    {"src/app/json.py": GOOD},
    {"utils/random.py": GOOD},
    {"utils/numbers.py": GOOD},
    {"requests.py": GOOD},
    {"requests.py": None},
    {"src/company/email.py": GOOD},
    {"src/company/invoices/__init__.py": GOOD},
    {"contest.py": GOOD},
    {"latest_prices.py": GOOD},
    {"testimony/__init__.py": b"", "testimony/court.py": GOOD},
    {"src/app/attestation.py": GOOD},
    {"src/app/testable.py": GOOD},
    {"src/app/protests.py": GOOD},
    {"src/app/inventory.py": GOOD},
    {"src/app/confutest.py": GOOD},
    {"src/app/setup_tools.py": GOOD},
    {"src/app/site.py": GOOD},
    {"src/app/locking.py": GOOD},
    {"src/app/github.py": GOOD},
    {"src/app/bin.py": GOOD},
    {"src/app/__main__.py": GOOD},
    {"__main__.py": GOOD},
    {"lib/fresh.py": GOOD},
    {"beside/thing.py": GOOD},
    {"beside/other.py": GOOD},
    {"deep/pkg/mod.py": GOOD},
    {"deep/pkg/inner/__init__.py": b""},
    {"README.md": b"# Encoding: how it works\n"},
    {"README.md": "Größe: 10 €, 漢字, 👩‍👩‍👧, می‌خواهم\n".encode()},
    {"data/prices.csv": b"a;b\r\n1;2\r\n"},
    {"data/json.csv": b"a;b\n"},
    {"json.md": b"about\n"},
    {"notes": b"plain\n"},
    {"docs/ci.md": b"how\n"},
    {"src/app/привет.py": GOOD},
    {"src/app/größe.py": GOOD},
    {"src/app/日本語abc.py": GOOD},
    {"src/app/модель_v2.py": GOOD},
    {"src/app/with space.py": GOOD},
    {"spaced name.py": GOOD},
    {"e\u0301.py": GOOD},
    {"src/app/" + "x" * 200 + ".py": GOOD},
    {"calc.py": b"\xef\xbb\xbf" + GOOD},
    {"calc.py": b"# coding: utf-8\n" + GOOD},
    {"calc.py": b"#!/usr/bin/python\n# -*- coding: UTF_8 -*-\n" + GOOD},
    {"calc.py": b"# vim: set fileencoding=utf-8 :\n" + GOOD},
    {"calc.py": b"# -*- coding: utf-8-unix -*-\n" + GOOD},
    {"calc.py": b"\n\nx = 1  # coding: rot13 on line three\n"},
    {"calc.py": b"import re\nP = '\\d'\nassert (1, 'x')\nx = 1 is 1\n"},
    {"calc.py": b"x = '\\x1b[0m'\n\x0c\ny = 1\r\n"},
    {"old.py": LATIN.replace(b"NAME", b"TITLE")},
    {"old.py": "NAME = 'é'\n".encode()},
    {"turned.py": TURNED.replace(b"a = 1", b"a = 2")},
    {"turned.py": TURNED + b"b = 2\n"},
    {"turned.py": b"a = 1\n"},
    {f"src/app/part{number}x.py": GOOD for number in range(32)},
]


@pytest.mark.parametrize("change", HONEST, ids=lambda change: next(iter(change))[:60])
def test_honest_repairs_pass(change: Change) -> None:
    assert objections(GROUND, change, BASE_BYTES) == ()


FORBIDDEN = {
    "tests": [
        "tests/test_calc.py",
        "tests/helpers.py",
        "tests/new.py",
        "tests/data/expected.json",
        "test_new.py",
        "src/app/test_new.py",
        "src/app/new_test.py",
        "src/app/tests.py",
        "src/app/Test_New.py",
        "src/TESTS/new.py",
        "src/app/testing/tools.py",
        "test/x.py",
        "src/app/tests/new.py",
        "src/app/test_data/x.json",
        "integration_tests/x.py",
        "src/__snapshots__/x.txt",
        "\uff54\uff45\uff53\uff54\uff53/x.txt",
        "checks/check_calc.py",
        "checks/golden.txt",
        "checks/more/golden.txt",
        "checks/new.py",
        "beside/thing_check.py",
        "deep/pkg/check_deep.py",
    ],
    "conftest": [
        "conftest.py",
        "src/conftest.py",
        "src/app/CONFTEST.py",
        "tests/conftest.py",
        "conftest/__init__.py",
    ],
    "configuration": [
        "pytest.ini",
        "pytest.toml",
        "tox.ini",
        "setup.cfg",
        "pyproject.toml",
        "noxfile.py",
        "PyProject.toml",
        "src/pytest.ini",
        ".pytest.ini",
        ".coveragerc",
    ],
    "packaging": [
        "setup.py",
        "requirements.txt",
        "requirements-dev.txt",
        "dev-requirements.txt",
        "requirements/base.txt",
        "constraints.txt",
        "MANIFEST.in",
        "Pipfile",
        "Pipfile.lock",
        "poetry.lock",
        "uv.lock",
        "pylock.toml",
        "environment.yml",
        "app.egg-info/entry_points.txt",
        "src/app-1.0.dist-info/METADATA",
        "app.egg-link",
        ".python-version",
        "pyvenv.cfg",
    ],
    "startup": [
        "sitecustomize.py",
        "src/usercustomize.py",
        "sitecustomize/__init__.py",
        "evil.pth",
        "lib/Evil.PTH",
        "SiteCustomize.py",
    ],
    "git": [".git/config", ".gitignore", ".gitattributes", "src/.git/hooks/x", ".GIT/config"],
    "ci": [
        ".github/workflows/ci.yml",
        ".gitlab-ci.yml",
        ".ci/run",
        ".circleci/config.yml",
        "Jenkinsfile",
        "azure-pipelines.yml",
        ".travis.yml",
        ".pre-commit-config.yaml",
        "appveyor.yml",
    ],
    "bytecode": ["calc.pyc", "src/x.PYO", "__pycache__/calc.cpython-311.pyc"],
    "binary": [
        "calc.so",
        "calc.cpython-311-x86_64-linux-gnu.so",
        "calc.pyd",
        "x.dll",
        "libx.so.1",
        "x.whl",
        "x.zip",
        "x.pkl",
    ],
    "workbench": ["workbench.toml", ".workbench/journal.duckdb", "src/.workbench/x"],
    "environment": [
        ".venv/lib/x.py",
        "venv/lib/x.py",
        "oven/lib/x.py",
        "oven/bin/python",
        "lib/site-packages/x.py",
        "node_modules/x.js",
        "__pypackages__/x.py",
    ],
    "hidden": [".env", ".envrc", ".pdbrc", "src/.hidden/x.py", ".vscode/tasks.json"],
}


@pytest.mark.parametrize(
    ("code", "path"), [(code, path) for code, paths in FORBIDDEN.items() for path in paths]
)
def test_places_that_are_no_business_of_a_repair(code: str, path: str) -> None:
    assert code in codes({path: b"x = 1\n", "calc.py": GOOD})
    if path in BASE:
        assert code in codes({path: None})


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("shadow", "json.py"),
        ("shadow", "src/json.py"),
        ("shadow", "lib/json.py"),
        ("shadow", "JSON.py"),
        ("shadow", "Json.PY"),
        ("shadow", "\uff4ason.py"),
        ("shadow", "random/__init__.py"),
        ("shadow", "src/random/__init__.py"),
        ("shadow", "random/deeper/x.py"),
        ("shadow", "json/__init__.py"),
        ("shadow", "pytest.py"),
        ("shadow", "_pytest/__init__.py"),
        ("shadow", "pluggy.py"),
        ("shadow", "numpy/__init__.py"),
        ("shadow", "yaml.py"),
        ("shadow", "google/new.py"),
        ("shadow", "builtins.py"),
        ("shadow", "os.pyw"),
        ("shadow", "beside/json.py"),
        ("shadow", "src/requests.py"),
        ("second-root", "app/__init__.py"),
        ("second-root", "app.py"),
        ("second-root", "src/calc.py"),
        ("second-root", "lib/utils/__init__.py"),
        ("second-root", "thing.py"),
        ("second-root", "src/module.py"),
        ("package", "__init__.py"),
        ("package", "src/__init__.py"),
        ("package", "beside/__init__.py"),
        ("package", "deep/__init__.py"),
    ],
)
def test_modules_in_the_place_of_others(code: str, path: str) -> None:
    assert code in codes({path: GOOD})


def test_a_package_that_the_tests_lie_in_stays_one() -> None:
    assert codes({"deep/pkg/__init__.py": None}) == {"package"}
    assert codes({"deep/pkg/__init__.py": GOOD}) == set()
    assert codes({"utils/__init__.py": None}) == set()


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("empty-path", ""),
        ("absolute", "/etc/passwd"),
        ("absolute", "//x"),
        ("absolute", "~/x.py"),
        ("absolute", "C:/x.py"),
        ("absolute", "c:x.py"),
        ("no-name", "../x.py"),
        ("no-name", "src/../x.py"),
        ("no-name", "src/../../x.py"),
        ("no-name", "./x.py"),
        ("no-name", "src/./x.py"),
        ("no-name", "src//x.py"),
        ("no-name", "src/"),
        ("no-name", "."),
        ("no-name", ".."),
        ("backslash", "src\\x.py"),
        ("backslash", "..\\x.py"),
        ("control-characters", "calc.py\0.txt"),
        ("control-characters", "a\nb.py"),
        ("control-characters", "a\x1b[2Jb.py"),
        ("control-characters", "a\x7f.py"),
        ("control-characters", "a\x85.py"),
        ("control-characters", "a\u202eyp.py"),
        ("control-characters", "a\u2066.py"),
        ("control-characters", "a\u200b.py"),
        ("control-characters", "\ufeffcalc.py"),
        ("control-characters", "a\u2028.py"),
        ("control-characters", "a\udcff.py"),
        ("control-characters", ".g\u200cit/config"),
        ("long-path", "x" * 256),
        ("long-path", "é" * 128 + ".py"),
        ("long-path", "x/" * 40 + "x.py"),
        ("long-path", ("x" * 200 + "/") * 6 + "x.py"),
        ("portable", "x.py."),
        ("portable", "x.py "),
        ("portable", " x.py"),
        ("portable", "src./x.py"),
        ("portable", "src /x.py"),
        ("portable", "con.py"),
        ("portable", "src/NUL"),
        ("portable", "x.py:stream"),
        ("portable", "a*.py"),
        ("portable", "-rf"),
        ("portable", "a\u00a0b.py"),
        ("portable", "a\u3000b.py"),
        ("composition", "e\u0301tude.py"),
        ("composition", "src/\u212bngstrom.py"),
        ("below-a-file", "calc.py/x.py"),
        ("below-a-file", "notes/x.py"),
        ("below-a-file", "utils"),
        ("below-a-file", "src/app"),
        ("collision", "Calc.py"),
        ("collision", "CALC.PY"),
        ("collision", "Src/x.py"),
        ("collision", "mixed/new.py"),
        ("collision", "src/APP/new.py"),
        ("collision", "\uff43alc.py"),
        ("look-alike", "m\u043edule.py"),
        ("look-alike", "modu1e.py"),
        ("look-alike", "moduIe.py"),
        ("look-alike", "src/app/c0re.py"),
        ("look-alike", "\u0441a1c.py"),
        ("look-alike", "\u043e\u0455.py"),
        ("mixed-alphabets", "m\u043edule.py"),
        ("mixed-alphabets", "src/app/p\u0430y.py"),
        ("mixed-alphabets", "src/\u03b1pp2/x.py"),
        ("mixed-alphabets", "src/app/日本\u0430.py"),
        ("link", "link.py"),
        ("link", "linked/x.py"),
        ("link", "linked"),
        ("link", "linked/deep/x.py"),
    ],
)
def test_names_that_leave_hide_or_deceive(code: str, path: str) -> None:
    assert code in codes({path: b"x = 1\n"})


def test_what_is_written_collides_as_well() -> None:
    assert codes({"src/fresh.py": GOOD, "src/Fresh.py": GOOD}) == {"collision"}
    assert codes({"src/fresh.py": GOOD, "src/fresh.py/x.py": GOOD}) == {"below-a-file"}
    assert codes({"src/a1.py": GOOD, "src/al.py": GOOD}) == {"look-alike"}


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("no-change", {}),
        ("no-change", {"calc.py": CODE}),
        ("no-change", {"calc.py": CODE, "utils/numbers.py": CODE}),
        ("not-there", {"missing.py": None}),
        ("not-there", {"calc.py": GOOD, "src/missing.py": None}),
        ("many-files", {f"src/app/part{number}x.py": GOOD for number in range(33)}),
    ],
)
def test_the_change_as_a_whole(code: str, change: Change) -> None:
    assert codes(change) == {code}


def test_limits_can_be_others() -> None:
    tight = replace(GROUND, limits=Limits(files=1, bytes=10))
    assert {found.code for found in objections(tight, {"calc.py": GOOD})} == {"size"}
    both = {"calc.py": b"", "utils/numbers.py": b""}
    assert {found.code for found in objections(tight, both)} == {"many-files"}


@given(st.dictionaries(st.text(max_size=20), st.none() | st.binary(max_size=50), max_size=4))
def test_anything_can_be_asked(change: Change) -> None:
    for found in objections(GROUND, change, BASE_BYTES):
        assert found.path in {"", *change}
        assert found.sentence.isprintable()


PARTS = st.sampled_from(["..", ".", "", "tests", "src", "x.py", ".git", "calc.py", "json", "a\0"])


@given(st.lists(PARTS, max_size=5).map("/".join))
def test_no_path_that_passes_leaves_the_project(path: str) -> None:
    if not codes({path: GOOD}):
        assert {"", ".", "..", "tests", ".git"}.isdisjoint(path.split("/"))
        assert path in BASE or not any(
            path == other or path.startswith(other + "/") or other.startswith(path + "/")
            for other in BASE
        )
