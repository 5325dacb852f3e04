"""What tests give a function, read from their source, and the guards that follow from it."""

from __future__ import annotations

import pytest

from workbench.healing.dossier import Dossier, TestRun
from workbench.healing.generators.guards import at_site
from workbench.healing.ground import Ground, Site
from workbench.healing.insight.inputs import inputs

TESTS = """
import pytest, unittest

def test_some():
    assert average([1, 3]) == 2

def test_empty():
    assert 7 == average([], start=7)

@pytest.mark.parametrize("values, wanted", [([1], 1), ([], 0), (None, 0)])
def test_many(values, wanted):
    assert average(values) == wanted

@pytest.mark.parametrize("text", ["a", "b"])
def test_text(text):
    average(text)

class TestIt(unittest.TestCase):
    def test_none(self):
        self.assertIsNone(average(None))

def test_unknown():
    assert average(make()) == 1
"""
SOURCE = "def average(numbers, start=0):\n    return sum(numbers, start) / len(numbers)\n"


def ground_of(failing: list[str], passing: list[str], source: str = SOURCE) -> Ground:
    runs = [TestRun(f"t.py::{one}", "failed") for one in failing]
    runs += [TestRun(f"t.py::{one}", "passed") for one in passing]
    return Ground(Dossier(tuple(runs), {"a.py": source}, {"t.py": TESTS}))


@pytest.mark.parametrize(
    ("test", "values", "expected"),
    [
        ("test_some", {"numbers": "[1, 3]", "start": "0"}, "2"),
        ("test_empty", {"numbers": "[]", "start": "7"}, "7"),
        ("test_many[values0-1]", {"numbers": "[1]", "start": "0"}, "1"),
        ("test_many[values1-0]", {"numbers": "[]", "start": "0"}, "0"),
        ("test_many[None-0]", {"numbers": "None", "start": "0"}, "0"),
        ("test_text[b]", {"numbers": "'b'", "start": "0"}, None),
        ("TestIt::test_none", {"numbers": "None", "start": "0"}, "None"),
        ("test_unknown", {"start": "0"}, "1"),
        ("test_many[values9-9]", {"start": "0"}, None),
    ],
)
def test_arguments_and_results_are_read(
    test: str, values: dict[str, str], expected: str | None
) -> None:
    ground = ground_of([test], [])
    (found,) = inputs(ground, ground.modules["a.py"].functions[0]).failing
    assert (dict(found.values), found.expected) == (values, expected)


@pytest.mark.parametrize("test", ["test_gone", "no_such.py::test", "", "test_some[", "::"])
def test_what_cannot_be_read_is_nothing(test: str) -> None:
    ground = ground_of([test], [])
    assert len(inputs(ground, ground.modules["a.py"].functions[0]).failing) <= 1


@pytest.mark.parametrize(
    ("failing", "guard"),
    [
        (["test_many[values1-0]"], "if not numbers:\n        return 0\n"),
        (["test_many[None-0]"], "if numbers is None:\n        return 0\n"),
        (["TestIt::test_none"], "if numbers is None:\n        return None\n"),
        (["test_empty"], "if not numbers:\n        return start\n"),
    ],
)
def test_the_guard_for_what_is_given_comes_first(failing: list[str], guard: str) -> None:
    """Prefer what holds for the failing calls alone, and returns what they expect."""
    ground = ground_of(failing, ["test_some", "test_many[values0-1]"])
    module = ground.modules["a.py"]
    node = module.functions[0].body[0]
    found = list(at_site(ground, Site("a.py", module, node, 1.0)))
    texts = [module.spliced(one.by_path["a.py"]) for one in found[:3]]
    assert any(guard in text for text in texts), texts
