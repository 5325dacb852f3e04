"""A project whose candidates meet the gate."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from workbench.sandbox.proof.gate import objections, survey
from workbench.sandbox.snapshots.values import Entry, hash_of

Change = Mapping[str, bytes | None]

CODE = b"def add(a, b):\n    return a + b\n"
LATIN = "# -*- coding: latin-1 -*-\nNAME = 'é'\n".encode("latin-1")
TURNED = "a = 1\nTEXT = '\u202eabc'\n".encode()
NAMES = (
    "calc.py",
    "utils/__init__.py",
    "utils/numbers.py",
    "requests.py",
    "json/data.py",
    "src/app/__init__.py",
    "src/app/core.py",
    "src/app/tests/test_core.py",
    "src/company/billing.py",
    "tests/__init__.py",
    "tests/test_calc.py",
    "tests/helpers.py",
    "tests/data/expected.json",
    "checks/check_calc.py",
    "checks/golden.txt",
    "beside/thing.py",
    "beside/thing_check.py",
    "deep/pkg/__init__.py",
    "deep/pkg/check_deep.py",
    "deep/pkg/mod.py",
    "oven/pyvenv.cfg",
    "oven/lib/x.py",
    "module.py",
    "Mixed/Case.py",
    "README.md",
    "data/prices.csv",
    "notes",
    "conftest.py",
    "setup.py",
    "spaced name.py",
    "e\u0301.py",
)
BASE_BYTES = dict.fromkeys(NAMES, CODE) | {"old.py": LATIN, "turned.py": TURNED}
BASE = {path: Entry("file", hash_of(content)) for path, content in BASE_BYTES.items()} | {
    "link.py": Entry("link", "calc.py"),
    "linked": Entry("link", "../elsewhere"),
}
TESTS = (
    "tests/test_calc.py",
    "src/app/tests/test_core.py",
    "checks/check_calc.py",
    "beside/thing_check.py",
    "deep/pkg/check_deep.py",
)
GROUND = survey(
    BASE,
    ["requests", "numpy", "yaml", "google", "app"],
    sys.stdlib_module_names,
    tests=TESTS,
    roots=["lib"],
)


def codes(change: Change) -> set[str]:
    return {objection.code for objection in objections(GROUND, change, BASE_BYTES)}
