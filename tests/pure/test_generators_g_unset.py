"""A name that nobody sets gets the value that it has elsewhere, if that can stand here."""

from __future__ import annotations

import pytest

from tests.pure.generators_a_ground import made_of
from workbench.healing.generators import unset

OTHER = """
def get(stream, key):
    values = parsed(stream)
    return values[key]
"""
PASSED = """
def listed(stream):
    with stream:
        pass
    return sorted(values)
"""
BARE = """
def listed(stream):
    return sorted(values)
"""


def made(source: str) -> list[str]:
    """Return what a file may become, whatever of it is suspected."""
    whole = "def parsed(stream): ...\n" + source + OTHER
    return [text for _, text in made_of(whole, unset.at_site)]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (PASSED, "    with stream:\n        values = parsed(stream)\n    return"),
        (PASSED, "        pass\n    values = parsed(stream)\n    return"),
        (BARE, "def listed(stream):\n    values = parsed(stream)\n    return"),
    ],
)
def test_what_is_set_elsewhere_is_set_here(source: str, wanted: str) -> None:
    texts = made(source)
    assert any(wanted in text for text in texts)
    for text in texts:
        compile(text, "m.py", "exec")


@pytest.mark.parametrize("name", ["stream", "parsed", "len", "nowhere", "lambda values: values"])
def test_what_is_set_or_nowhere_known_is_left(name: str) -> None:
    assert made(BARE.replace("values", name)) == []


def test_what_needs_more_than_there_is_here_is_left() -> None:
    assert made(BARE.replace("stream", "source")) == []
