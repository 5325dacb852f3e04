"""Edits that a model asks for fit one place, or none."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.chat.loop.editing import LARGEST, Unfit, checked, replaced, rewritten

SOURCE = """\
import os


@cache
def first(a):
    return a


class Box:
    size = 1

    def first(self):
        return self.size

    async def last(self):
        def first():
            return 1

        return first()


if os.name == "posix":

    def last():
        return 2
"""


def test_one_place_is_replaced() -> None:
    assert replaced("a = 1\nb = 2\n", "b = 2", "b = 3") == "a = 1\nb = 3\n"


@pytest.mark.parametrize(
    ("search", "why"),
    [
        ("= 1", "2 times"),
        ("c = 3", "does not stand there"),
        ("[redacted]", "a secret"),
        ("a = 1", "2 times"),
    ],
)
def test_what_does_not_stand_there_once_is_refused(search: str, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        replaced("a = 1\na = 1\n", search, "x")


def test_line_endings_are_those_of_the_file() -> None:
    assert replaced("a\r\nb\r\nc\r\n", "a\nb", "x\ny\nz") == "x\r\ny\r\nz\r\nc\r\n"
    assert "\r\n    return 3\r\n" in rewritten(
        SOURCE.replace("\n", "\r\n"), "Box.first", "def first(self):\n    return 3"
    ).replace("        return 3", "    return 3")


def test_lines_that_differ_in_indentation_or_blanks_are_found() -> None:
    text = "class A:\n    def f(self):\n        return 1\n"
    new = replaced(text, "def f(self):  \n    return 1", "def f(self):\n    return 2")
    assert new == "class A:\n    def f(self):\n        return 2\n"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("first", "def first(a):\n    return a + 1"),
        ("Box.first", "def first(self):\n        return 5"),
        ("Box.last", "async def last(self):\n    return 6\n"),
        ("last", "    def last():\n        return 7"),
        ("Box", "class Box:\n    size = 2"),
    ],
)
def test_a_definition_is_written_anew_and_nothing_else(name: str, code: str) -> None:
    new = rewritten(SOURCE, name, code)
    old_tree, tree = ast.parse(SOURCE), ast.parse(new)
    assert ast.dump(tree) != ast.dump(old_tree)
    changed = [
        (one, other)
        for one, other in zip(old_tree.body, tree.body, strict=True)
        if ast.dump(one) != ast.dump(other)
    ]
    assert len(changed) == 1
    assert "@cache\n" in new


def test_a_byte_order_mark_stays() -> None:
    new = rewritten("\ufeffdef f():\n    return 1\n", "f", "def f():\n    return 2")
    assert new == "\ufeffdef f():\n    return 2\n"
    assert checked("a.py", "\ufeffx = 1\n", "\ufeffx = 2\n") == "\ufeffx = 2\n"


def test_decorators_are_replaced_only_where_new_ones_are_given() -> None:
    assert "@cache" not in rewritten(SOURCE, "first", "@other\ndef first(a):\n    return 2")


@pytest.mark.parametrize(
    ("name", "code", "why"),
    [
        ("third", "def third():\n    pass", "no function or class third"),
        ("first", "def second():\n    pass", "must be the definition of first"),
        ("first", "def first():\n    pass\nx = 1", "must be the definition of first"),
        ("first", "def first(:\n    pass", "no Python"),
        ("Box.first.inner", "def inner():\n    pass", "no function or class"),
    ],
)
def test_what_is_no_such_definition_is_refused(name: str, code: str, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        rewritten(SOURCE, name, code)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("a = 1\n", "a = = 1\n", r"no Python any more \(line 1"),
        (None, "def f(:\n", "no Python"),
        ("a = 1\n", "a = 1\n", "Nothing would change"),
        ("a = 1\n", 'a = "[redacted]"\n', "must not be written"),
        ("a = 1\n", "a = '\0'\n", "NUL"),
        (None, "#" * (LARGEST + 1), "are the most"),
    ],
)
def test_texts_that_nobody_can_want(before: str | None, after: str, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        checked("a.py", before, after)


def test_a_file_that_was_broken_before_may_stay_so() -> None:
    assert checked("a.py", "a = = 1\n", "b = = 1\n") == "b = = 1\n"
    assert checked("a.txt", "a", "def (") == "def ("


@given(st.text(), st.text(), st.text())
def test_no_text_does_anything_but_fit_or_not(text: str, search: str, replace: str) -> None:
    try:
        new = replaced(text, search, replace)
    except Unfit:
        return
    assert new != text or "\r" in text + search + replace


@given(st.text(alphabet="def clas:\n ()x@1", max_size=80), st.sampled_from(["x", "x.x"]))
def test_no_code_does_anything_but_fit_or_not(code: str, name: str) -> None:
    try:
        new = rewritten(SOURCE, name, code)
    except Unfit:
        return
    raise AssertionError(new)
