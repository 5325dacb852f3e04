"""What the screening lane does to source and code before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from types import CodeType, FunctionType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.sandbox.runner.screening import compiling, importing
from workbench.sandbox.runner.screening.neighbours import calls_near, neighbours
from workbench.sandbox.runner.screening.sources import Edit, Text, decoded, encoded
from workbench.sandbox.runner.screening.templates import Template
from workbench.sandbox.runner.screening.ticks import Cut, Meter

SOURCE = '''\
"""Doc."""
import os

def first(n):
    """Doc
    of it."""
    for i in range(n):
        if i:
            while True: return i
    return None

class Outer:
    class Inner:
        @staticmethod
        def __second(n): return n

        async def third(self):
            async for one in self:
                yield one
    if os:
        def fourth(self):
            def inner():
                return __class__
            return inner
'''


def edit(old: str, new: str) -> list[Any]:
    start = SOURCE.index(old)
    return [start, start + len(old), new]


def function_of(code: CodeType) -> Callable[..., object]:
    return FunctionType(code, {"range": range})


def test_functions_are_found_wherever_they_are() -> None:
    places = Text(SOURCE).places
    assert [(one.name, one.classes, one.first, one.line) for one in places] == [
        ("first", (), 4, 4),
        ("__second", ("Outer", "Inner"), 14, 15),
        ("third", ("Outer", "Inner"), 17, 17),
        ("fourth", ("Outer",), 21, 21),
    ]


@pytest.mark.parametrize(
    ("old", "name"),
    [
        ("return None", "first"),
        ("return n", "__second"),
        ("yield one", "third"),
        ("__class__", "fourth"),
        ("def first(n)", ""),
        ("import os", ""),
        ("@staticmethod", ""),
    ],
)
def test_an_edit_lies_in_the_body_of_a_function_or_in_none(old: str, name: str) -> None:
    place = Text(SOURCE).place_of([edit(old, "")])
    assert (place.name if place else "") == name


@pytest.mark.parametrize("index", range(4))
def test_a_function_alone_compiles_to_what_it_is_in_its_file(index: int) -> None:
    text = Text(SOURCE)
    place = text.places[index]
    whole = compiling.whole(SOURCE, "m.py")
    alone = compiling.function(text, place, [], "m.py", 0)
    quick = Template(text, place, "m.py", 0).code([])
    named = [*place.classes, place.name]
    found = compiling.inside(whole, named)
    assert alone is not None
    assert quick is not None
    assert found is not None
    assert compiling.full_shape(alone) == compiling.full_shape(found)
    assert compiling.full_shape(quick) == compiling.full_shape(found)
    lines = [line for _, _, line in alone.co_lines() if line is not None]
    assert min(lines) in {place.first, place.line}


def test_a_template_leaves_to_others_what_it_cannot_do() -> None:
    text = Text(SOURCE)
    template = Template(text, text.places[0], "m.py", 0)
    assert template.code([edit("return None", "return 5")]) is not None
    assert template.code([edit("return None", "return [x for x in ()]")]) is None
    assert template.code([edit("        if i:", "if i:")]) is None
    assert template.code([edit("    return None\n", "x = 1\n")]) is None
    with pytest.raises(SyntaxError):
        template.code([edit("return None", "return (")])


@pytest.mark.parametrize(("new", "wanted"), [("return 7", 7), ("return n + 1", 1)])
def test_both_ways_to_compile_do_the_same(new: str, wanted: int) -> None:
    text = Text(SOURCE)
    edits: list[Edit] = [edit("return None", new)]
    slow = compiling.function(text, text.places[0], edits, "m.py", 0)
    quick = Template(text, text.places[0], "m.py", 0).code(edits)
    assert slow is not None
    assert quick is not None
    meter = Meter()
    for code in (slow, quick):
        meter.set(100)
        assert function_of(code)(0) == wanted
        assert meter.used == 1


def test_work_is_counted_and_cut_for_good() -> None:
    meter = Meter()
    code = compiling.whole("def f():\n    while True:\n        pass\n", "m.py")
    forever = function_of(compiling.nested(code)[0])
    meter.set(1000)
    for _ in range(3):
        with pytest.raises(Cut):
            forever()
    assert meter.is_spent
    assert meter.used == 1000
    meter.set(1000)
    assert not meter.is_spent


@pytest.mark.parametrize(
    ("start", "new", "is_import"),
    [
        (SOURCE.index("import os"), "import re\n", True),
        (SOURCE.index("import os"), "from re import sub, split\n", True),
        (SOURCE.index("\n\ndef first"), "\nimport re", True),
        (SOURCE.index("import os"), "from __future__ import annotations\n", False),
        (SOURCE.index("import os"), "import re; print()\n", False),
        (SOURCE.index("port os"), "import re\n", False),
        (SOURCE.index("    return None"), "import re\n", False),
    ],
)
def test_an_added_import_is_known(start: int, new: str, is_import: bool) -> None:
    assert importing.is_import(Text(SOURCE), [start, start, new]) is is_import


@pytest.mark.parametrize(
    "content",
    [b"x = 1\r\n", b"\xef\xbb\xbfx = 1\n", "# coding: latin-1\ny = 'é'".encode("latin-1")],
)
def test_a_text_goes_back_as_it_came(content: bytes) -> None:
    assert encoded(decoded(content), content) == content


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES)
def test_neighbours_are_of_the_same_kind_and_few(value: object) -> None:
    found = list(islice(neighbours(value), 200))
    assert len(found) < 100
    assert {type(one) for one in found} <= {type(value)}


def test_calls_near_exchange_one_argument_or_two() -> None:
    found = list(calls_near({"self": 1, "a": 2, "b": 3}, frozenset({"self"})))
    assert {"self": 1, "a": 3, "b": 2} in found
    assert {"self": 1, "a": 3, "b": 3} in found
    assert {one["self"] for one in found} == {1}
