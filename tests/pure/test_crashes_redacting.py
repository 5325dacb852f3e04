"""What is taken for a secret, and what is not."""

from __future__ import annotations

import base64
import os
import random
import string
import sys
import tokenize
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.healing.crashes.site.workbench_hook.redacting import (
    REDACTED,
    hides,
    redact,
    redact_arguments,
    scrub,
)
from workbench.healing.crashes.site.workbench_hook.showing import plain, shown

NOISE = random.Random(11)  # noqa: S311 - keys of nobody
LETTERS = string.ascii_letters + string.digits


def drawn(letters: str, size: int) -> str:
    return "".join(NOISE.choices(letters, k=size))


@pytest.mark.parametrize(
    ("draw", "most"),
    [
        (lambda: drawn(LETTERS + "-_", 43), 0.01),
        (lambda: drawn(LETTERS, 32), 0.02),
        (lambda: drawn(string.ascii_lowercase + string.digits, 32), 0.04),
        (lambda: NOISE.randbytes(16).hex(), 0.0),
        (lambda: base64.b64encode(NOISE.randbytes(32)).decode(), 0.1),
    ],
)
def test_keys_that_were_drawn_are_redacted(draw: Callable[[], str], most: float) -> None:
    keys = [draw() for _ in range(1000)]
    assert sum(key in redact(f"it is {key}, so") for key in keys) <= most * len(keys)


def test_names_that_people_wrote_are_not() -> None:
    names = set[str]()
    for file in sorted(Path(os.__file__).parent.glob("*.py")):
        with file.open("rb") as source:
            names |= {one.string for one in tokenize.tokenize(source.readline) if one.type == 1}
    assert len(names) > 5_000
    assert [name for name in names if redact(name) != name] == []


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "PASSWORD: hunter2",
        '{"client_secret": "hunter2"}',
        "db_password = b'hunter2'",
        "config['api_key'] = 'hunter2'",
        "https://me:hunter2@example.org/x",
        "Authorization: Bearer hunter2hunter2",
        "--auth-token=hunter2",
        "Cookie: hunter2",
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2",
        "ghp_hunter2hunter2hunter2",
        "xoxb-1234-hunter2hunter2",
    ],
)
def test_secrets_are_known_by_what_is_around_them(text: str) -> None:
    assert "hunter2" not in redact(f"before {text}")
    assert redact(f"before {text}").startswith("before")


@pytest.mark.parametrize(
    "text",
    [
        "sort(key=len)",
        "KeyError: 'name'",
        "if password == other:",
        "tokens: 17",
        "author = 'Ann'",
        "2026-11-21T08:00:00.123456+00:00",
        "1795250287521168123",
        "/usr/lib/python3.11/site-packages/pkg/module.py",
        "https://example.org/a?b=c",
        "password = None",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("password", "x", True),
        ("userPassword", 5, True),
        ("api_key", ["x"], True),
        ("key", "word", True),
        ("token", "+=", False),
        ("key", 5, False),
        ("monkey", "x", False),
        ("author", "x", False),
        ("tokens", ["x"], True),
        ("session_id", "word", True),
        ("password", None, False),
        ("has_password", True, False),
    ],
)
def test_names_of_secrets(name: str, value: object, expected: bool) -> None:
    assert hides(name, value) is expected


def test_arguments_after_the_name_of_a_secret() -> None:
    told = redact_arguments(["run", "--token", "abc", "--n", "1", "-v", "--password=x", "a"])
    assert told == ["run", "--token", REDACTED, "--n", "1", "-v", f"--password={REDACTED}", "a"]


def test_a_secret_is_found_wherever_else_it_stands() -> None:
    told = {"a": ["so hunter2", 1, None], "hunter2": {"b": "hunter2hunter2"}}
    clean = {"a": [f"so {REDACTED}", 1, None], REDACTED: {"b": REDACTED * 2}}
    assert scrub(told, {"hunter2", "x"}) == clean


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.integers(), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_what_is_plain_can_be_made_again(value: object) -> None:
    text = plain(value)
    assert text is None or repr(eval(text)) == repr(value)  # noqa: S307 - our own literals
    assert text is not None or len(repr(value)) > 2000


def test_secrets_are_never_plain() -> None:
    assert plain({"password": "x"}) is None
    assert plain(["AKIAIOSFODNN7EXAMPLE"]) is None
    assert plain("word", "token") is None
    assert plain([float("inf")]) is None
    assert plain(object()) is None


def test_values_are_shown_briefly() -> None:
    assert shown([1, (2,), {"a": {3}}]) == "[1, (2,), {'a': {3}}]"
    assert len(shown("x" * 10_000_000)) <= 400
    assert len(shown(list(range(10_000)))) <= 400
    assert shown({"password": "x", "user": "ann"}) == "{'password': [redacted], 'user': 'ann'}"
    assert shown(ValueError("a", 1)) == "ValueError('a', 1)"
    assert shown(sys) == "<module sys>"
    assert shown(shown) == "<function shown>"


class Person:
    __slots__ = ("name", "password")

    def __init__(self) -> None:
        self.name, self.password = "ann", "x"


def test_objects_are_shown_by_their_attributes() -> None:
    assert shown(Person()) == "Person(name='ann', password=[redacted])"
