"""Whatever the statement is: what is made of it parses, differs, and comes once."""

from __future__ import annotations

import ast
import random
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pure.generators_a_ground import AT_SITE, all_of, calm, spliced, told
from workbench.healing.dossier import Frame
from workbench.healing.drafting.bench import same
from workbench.healing.ground import Ground, Site

_LIBRARY = Path(sysconfig.get_path("stdlib"))
_FILES = ("textwrap.py", "heapq.py", "shlex.py", "calendar.py", "fractions.py", "csv.py")
_SITES, _CRASHES, _SAMPLE = 20, 5, 3
_MESSAGES = (
    ("NameError", "name '{name}' is not defined"),
    ("UnboundLocalError,NameError", "cannot access local variable '{name}' where it is not"),
    ("AttributeError", "'list' object has no attribute '{attribute}'"),
    ("AttributeError", "'NoneType' object has no attribute '{attribute}'"),
    ("TypeError", "'NoneType' object is not subscriptable"),
    ("TypeError", "unsupported operand type(s) for +: 'int' and 'str'"),
    ("TypeError", "unhashable type: 'list'"),
    ("TypeError", "'int' object is not callable"),
    ("TypeError", "'int' object is not iterable"),
    ("TypeError", "list indices must be integers or slices, not float"),
    ("TypeError", "{called}() missing 1 required positional argument: 'x'"),
    ("TypeError", "{called}() takes 1 positional argument but 2 were given"),
    ("KeyError,LookupError", "'abc'"),
    ("IndexError,LookupError", "list index out of range"),
    ("ZeroDivisionError", "division by zero"),
    ("ValueError", "list.remove(x): x not in list"),
    ("ValueError", "max() arg is an empty sequence"),
    ("ValueError", "too many values to unpack (expected 2)"),
    ("ValueError", "invalid literal for int() with base 10: ''"),
    ("RecursionError,RuntimeError", "maximum recursion depth exceeded"),
    ("RuntimeError", "dictionary changed size during iteration"),
    ("StopIteration", ""),
    ("UnicodeDecodeError,UnicodeError,ValueError", "'ascii' codec can't decode"),
    ("FileNotFoundError,OSError", "No such file or directory"),
)


def _ground(name: str) -> Ground:
    return calm((_LIBRARY / name).read_text(encoding="utf-8"), name)


def _places(ground: Ground, most: int) -> Iterator[Site]:
    for path, module in ground.modules.items():
        chosen = list(module.statements)
        random.Random(7).shuffle(chosen)  # noqa: S311 - a sample, no secret
        yield from (Site(path, module, node, 1.0) for node in chosen[:most])


@pytest.mark.parametrize("name", _FILES)
def test_what_is_made_of_statements(name: str) -> None:
    ground = _ground(name)
    dice = random.Random(8)  # noqa: S311 - as above
    for place in _places(ground, _SITES):
        for generate in AT_SITE:
            found = list(generate(ground, place))
            assert len({one.changes for one in found}) == len(found)
            assert all(0 < one.prior <= 1 for one in found)
            assert [one.prior for one in found] == sorted(
                (one.prior for one in found), reverse=True
            )
            for one in dice.sample(found, min(_SAMPLE, len(found))):
                (text,) = spliced(ground, one).values()
                assert not same(ast.parse(text), place.module.tree), one


def _said(form: str, node: ast.AST) -> str:
    """Put names that occur in a statement into a message."""
    nodes = list(ast.walk(node))
    names = [one.id for one in nodes if isinstance(one, ast.Name)]
    attributes = [one.attr for one in nodes if isinstance(one, ast.Attribute)]
    return form.format(
        name=(*names, "x")[0], attribute=(*attributes, "x")[0], called=(*names, "f")[-1]
    )


@pytest.mark.parametrize(("kind", "form"), _MESSAGES)
def test_what_is_made_of_crashes(kind: str, form: str) -> None:
    ground = _ground("shlex.py")
    for place in _places(ground, _CRASHES):
        frame = Frame(place.path, place.node.lineno, "f", {"x": "None"})
        crashed = told(ground.dossier.files, kind, _said(form, place.node), frame)
        found = all_of(crashed)
        assert all(0 < one.prior <= 1 for one in found)
        for one in found[:_SAMPLE]:
            for path, text in spliced(crashed, one).items():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    assert not same(ast.parse(text), crashed.modules[path].tree), one
