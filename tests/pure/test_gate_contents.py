"""What a candidate would write: contents that deceive, hang or are no Python."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from tests.pure.gated import GROUND, TURNED, codes
from workbench.sandbox.proof.gate import objections


@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("binary", b"x = 1\0\n"),
        ("binary", b"\x7fELF\x02"),
        ("binary", b"PK\x03\x04"),
        ("text", b"x = '\xff'\n"),
        ("text", "x = 'é'\n".encode("latin-1")),
        ("text", b"\xed\xa0\x80"),
        ("binary", "x = 1\n".encode("utf-16")),
        ("encoding", b"# coding: latin-1\nx = 1\n"),
        ("encoding", b"# -*- coding: utf-7 -*-\nx = 1\n"),
        ("encoding", b"#!/bin/python\n# coding=rot13\nx = 1\n"),
        ("encoding", b"\n# vim: fileencoding=cp1252\n"),
        ("encoding", b"\xef\xbb\xbf# coding: ascii\n"),
        ("encoding", b"\r# coding: unicode_escape\n"),
        ("encoding", b"x = 1  # coding: raw_unicode_escape\n"),
        ("deceptive", "x = '\u202e'\n".encode()),
        ("deceptive", "# \u2066 if\n".encode()),
        ("deceptive", "x = '\u200f'\n".encode()),
        ("deceptive", "\u3164 = 1\n".encode()),
        ("deceptive", "x = '\u200b'\n".encode()),
        ("deceptive", "x = '\U000e0041'\n".encode()),
        ("deceptive", "x = '\U000e0101'\n".encode()),
        ("deceptive", "# a\u2028b\n".encode()),
        ("deceptive", b"# \x1b[2J\n"),
        ("deceptive", b"# \x08\x08\n"),
        ("deceptive", b"# \xc2\x9b2J\n"),
        ("syntax", b"def f(:\n"),
        ("syntax", b"x = = 1\n"),
        ("syntax", b"if True:\nx = 1\n"),
        ("syntax", b"(" * 1000),
        ("syntax", b"x = " + b"-" * 100_000 + b"1\n"),
        ("syntax", b"x = a" + b".b" * 100_000 + b"\n"),
        ("syntax", b"x = a" + b"()" * 100_000 + b"\n"),
        ("syntax", b"x = " + b"1" * 10_000 + b"\n"),
        ("syntax", b"".join(b" " * depth + b"if a:\n" for depth in range(150))),
        ("size", b"#" * (1024 * 1024 + 1)),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_contents_that_are_not_what_they_look_like(code: str, content: bytes) -> None:
    assert codes({"calc.py": content}) == {code}
    assert code in codes({"src/app/fresh.py": content})


NESTED = b"".join(
    b" " * depth + b"try:\n" + b" " * depth + b" pass\n" + b" " * depth + b"finally:\n"
    for depth in range(90)
)


@pytest.mark.parametrize(
    "content",
    [NESTED + b" " * 90 + b"pass\n", b"[" * 90 + b"a" + b" for a in b]" * 90 + b"\n"],
    ids=["finally", "comprehensions"],
)
def test_parsing_ends_where_compiling_would_not(content: bytes) -> None:
    assert codes({"calc.py": content}) <= {"syntax"}


def test_nothing_is_carried_out() -> None:
    assert codes({"calc.py": b"import os\nos._exit(3)\nraise SystemExit(1)\n"}) == set()


def test_what_turned_around_already_may_stay_but_not_multiply() -> None:
    assert codes({"turned.py": TURNED + TURNED}) == {"deceptive"}
    assert codes({"turned.py": TURNED.replace(b"abc", b"abd")}) == {"deceptive"}
    assert codes({"calc.py": TURNED}) == {"deceptive"}


def test_what_the_base_holds_counts_only_if_it_is_that() -> None:
    changed = {"turned.py": TURNED + b"b = 2\n"}
    for before in ({}, {"turned.py": TURNED + b"#"}):
        assert [found.code for found in objections(GROUND, changed, before)] == ["deceptive"]


def test_newer_python_than_ours_is_not_judged_by_us() -> None:
    newer = replace(GROUND, python=(sys.version_info[0], sys.version_info[1] + 1))
    assert objections(newer, {"calc.py": b"new syntax\n"}) == ()
    assert codes({"calc.py": b"new syntax\n"}) == {"syntax"}


def test_only_source_must_be_python() -> None:
    assert codes({"README.md": b"def f(:\n"}) == set()
