"""What the tests import of others is told from their text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sandbox.interpreter import imported_packages

PATHS = ("own.py", "pkg/__init__.py", "src/lib/a.py", "src/single.py", "tests/helpers.py")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (b"import numpy", ("numpy",)),
        (b"import numpy.linalg as la, yaml", ("numpy", "yaml")),
        (b"from yaml.nodes import Node", ("yaml",)),
        (b"from . import x\nfrom .y import z", ()),
        (b"import os, json.decoder, own, pkg.sub, lib, single, helpers, tests", ()),
        (b"def f():\n    import late", ("late",)),
        (b"try:\n    import one\nexcept ImportError:\n    import two", ("one", "two")),
        (b"import broken\nimport (", ()),
        (b"import nul\0", ()),
        (b"# coding: latin-1\nimport n\xfcmpy", ("n\xfcmpy",)),
        (b"# coding: nonsense\nimport x", ()),
        (b"x = '\\d'\nimport escaped", ("escaped",)),
        (b"-" * 100_000 + b"1", ()),
        (b"(" * 5_000, ()),
        (b"#" * (1 << 21) + b"\nimport large", ()),
        (b"", ()),
    ],
)
def test_imports(source: bytes, found: tuple[str, ...]) -> None:
    assert imported_packages({"tests/test_a.py": source}, PATHS) == found


def test_the_standard_library_is_that_of_the_projects_python() -> None:
    assert imported_packages({"a": b"import asyncore, os"}, (), {"os"}) == ("asyncore",)


def test_what_most_tests_import_comes_before_the_rest() -> None:
    tests = {f"t{n}": b"import common, rare%d" % n for n in range(100)}
    found = imported_packages(tests, ())
    assert len(found) == 64
    assert "common" in found


@given(st.dictionaries(st.text(), st.binary()))
def test_any_bytes_are_answered(tests: dict[str, bytes]) -> None:
    assert all(name.isidentifier() for name in imported_packages(tests, tests))
