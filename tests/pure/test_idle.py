"""Which conditions of a patch are exchanged for constants."""

from __future__ import annotations

import pytest

from workbench.healing.candidate import candidate
from workbench.healing.compose import applied
from workbench.healing.judging.idle import constants
from workbench.splice import Edit

SOURCE = (
    "def f(a, b):\n    if a > b and not b:\n        return [x for x in a if x]\n    return a == b\n"
)


def made(old: str, new: str) -> list[str]:
    """Return the conditions and results that stand there with constants, line by line."""
    start = SOURCE.index(old)
    edit = Edit(start, start + len(old), new)
    one = candidate("m.py", [edit], "test:one", 1.0, "")
    files = {"m.py": SOURCE}
    found = [applied(files, fixed)["m.py"] for fixed in constants(one, files)]
    before = applied(files, one)["m.py"].splitlines()
    return [line.strip() for text in found for line in text.splitlines() if line not in before]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("a > b", "a >= b", ["if True and not b:", "if False and not b:"]),
        ("not b", "not a", ["if a > b and not True:", "if a > b and not False:"]),
        ("if x]", "if x > 1]", ["return [x for x in a if True]", "return [x for x in a if False]"]),
        ("a == b", "a is b", ["return True", "return False"]),
        ("[x for x", "[a for x", []),
        ("a > b", "True", []),
    ],
)
def test_each_part_that_is_changed_is_made_constant(old: str, new: str, wanted: list[str]) -> None:
    assert made(old, new) == wanted
