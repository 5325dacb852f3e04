"""How values are written into texts: what is tried in the place of a format."""

from __future__ import annotations

import ast

import pytest

from workbench.healing.compose import applied
from workbench.healing.dossier import Dossier, Raised, TestRun
from workbench.healing.generators import formats
from workbench.healing.ground import Ground, Site
from workbench.splice import parses

CASES = {
    "as beside it": ('f"{hours}:{minutes:02d}"', 'f"{hours:02d}:{minutes:02d}"'),
    "not so": ('f"{hours:02d} hours"', 'f"{hours} hours"'),
    "more decimals": ('f"{share:.1f} %"', 'f"{share:.2f} %"'),
    "to the other side": ('f"{name:<10}|"', 'f"{name:>10}|"'),
    "wider": ('f"{name:>9}|"', 'f"{name:>10}|"'),
    "with zeros": ('f"{number:3d}"', 'f"{number:03d}"'),
    "another kind": ('f"{number:b}"', 'f"{number:x}"'),
    "with a conversion": ('f"{name!r}:{size:>4}"', 'f"{name!r:>4}:{size:>4}"'),
    "of a call": ('"{}:{:02d}".format(hours, minutes)', '"{:02d}:{:02d}".format(hours, minutes)'),
    "beside braces": ('f"{{{hours}}}"', 'f"{{{hours:02d}}}"'),
}


def made(code: str, message: str = "") -> dict[str, float]:
    """Return what a line may become, with how likely that is."""
    text = f"def f(hours, minutes, share, name, number, size):\n    return {code}\n"
    run = TestRun("t.py::test", "failed", raised=Raised("AssertionError", message))
    ground = Ground(Dossier((run,), {"m.py": text}))
    module = ground.modules["m.py"]
    node = next(one for one in module.statements if isinstance(one, ast.Return))
    found = {}
    for one in formats.at_site(ground, Site("m.py", module, node, 1.0)):
        after = applied(ground.dossier.files, one)["m.py"]
        assert parses(after), after
        found[after.splitlines()[1].removeprefix("    return ")] = one.prior
    return found


@pytest.mark.parametrize("case", CASES)
def test_a_format_is_tried(case: str) -> None:
    old, new = CASES[case]
    found = made(old)
    assert new in found
    assert old not in found


@pytest.mark.parametrize("code", ["hours", '"{hours}"', 'f"hours"', 'f"{{hours}}"'])
def test_where_nothing_is_written_nothing_is_tried(code: str) -> None:
    assert not made(code)


@pytest.mark.parametrize(
    ("message", "is_told"),
    [
        ("assert '0:05' == '00:05'", True),
        ("assert '2.5' == '2.50'", True),
        ("assert '3.14159' == '3.14'", True),
        ("assert 'a|' == '   a|'", True),
        ("assert '13 pens' == '12 pens'", False),
        ("assert 'pen' == 'pens'", False),
        ("assert 3 == 4", False),
    ],
)
def test_tests_tell_of_padding_and_decimals(message: str, is_told: bool) -> None:
    usual = max(made('f"{hours}"').values())
    assert (max(made('f"{hours}"', message).values()) > usual) is is_told
