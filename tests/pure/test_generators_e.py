"""Conversions of text, and what a failing call or attribute itself tells."""

from __future__ import annotations

import ast
import textwrap

import pytest

from tests.pure.generators_a_ground import made_of
from workbench.healing.compose import applied
from workbench.healing.dossier import FAILED, Dossier, Frame, Raised, TestRun
from workbench.healing.generators import arity, attributes, conversions, names, operators
from workbench.healing.ground import Ground, Site

READING = """
def parse(line):
    station, value = line.split(";")
    return station, value
"""
PARTS = """
def release(text):
    return tuple(part.strip() for part in text.split("."))
"""


def converted(source: str) -> list[str]:
    return [text for _, text in made_of(source, conversions.at_site)]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (READING, "return station, float(value)"),
        (READING, "return station, int(value)"),
        (PARTS, "tuple(int(part.strip()) for part"),
    ],
)
def test_a_number_is_made_of_a_piece_of_text(source: str, wanted: str) -> None:
    assert any(wanted in text for text in converted(source))


def test_what_is_converted_already_is_left() -> None:
    source = READING.replace("return station, value", "return station, float(value)")
    assert not any("(float" in text or "float(float" in text for text in converted(source))


CALLED = """
import sys
def main():
    return len(arguments)

def start():
    return main(argv[1:])
"""
COUNTED = """
from collections import Counter
def top(text):
    return Counter(text).most_commen(1)
"""
SPREAD = """
class Event:
    def __init__(self, name, **data):
        self.name = name

def emit(name, data):
    return Event(name, data)
"""


def crashed(source: str, line: int, kind: str, message: str, *has: str) -> list[str]:
    """Return what the rules for crashes make of a file, in any order."""
    files = {"m.py": textwrap.dedent(source)}
    raised = Raised(kind, message, (Frame("m.py", line, "f", {}),), has)
    ground = Ground(Dossier((TestRun("t.py::test", FAILED, raised),), files, {}))
    rules = (arity.of_failure, attributes.of_failure, names.of_failure)
    made = [applied(files, one)["m.py"] for rule in rules for one in rule(ground)]
    for text in made:
        ast.parse(text)
    return made


@pytest.mark.parametrize(
    ("source", "line", "told", "has", "wanted"),
    [
        (
            CALLED,
            7,
            ("TypeError", "main() takes 0 positional arguments but 1 was given"),
            (),
            "def main(arguments):",
        ),
        (CALLED, 7, ("NameError", "name 'argv' is not defined"), (), "main(sys.argv[1:])"),
        (
            COUNTED,
            4,
            ("AttributeError", "'Counter' object has no attribute 'most_commen'"),
            ("most_common",),
            "Counter(text).most_common(1)",
        ),
        (
            SPREAD,
            7,
            ("TypeError", "Event.__init__() takes 2 positional arguments but 3 were given"),
            (),
            "Event(name, **data)",
        ),
    ],
)
def test_what_is_told_leads_to_the_repair(
    source: str, line: int, told: tuple[str, str], has: tuple[str, ...], wanted: str
) -> None:
    assert any(wanted in text for text in crashed(source, line, *told, *has))


def test_texts_that_are_compared_are_hardly_meant_to_be_ordered() -> None:
    source = "def f(text, number):\n    text = ''\n    return text == 'a' or number == 3\n"
    ground = Ground(Dossier((), {"m.py": source}, {}))
    module = ground.modules["m.py"]
    site = Site("m.py", module, module.statements[-1], 1.0)
    found = [one for one in operators.at_site(ground, site) if one.why == "== becomes <="]
    of_text, of_number = sorted(found, key=lambda one: one.changes[0].edit.start)
    assert of_text.prior < of_number.prior / 3
