"""A small project of which one test fails, and what its files hold."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

BUGGY = '''"""Sums."""


def total(prices, discount=0):
    result = 0
    for price in prices:
        result += price  # each counts
    return result + result * discount / 100
'''
TESTS = """import pytest

from sums import total


@pytest.fixture
def prices():
    return [10, 20]


def test_total(prices):
    assert total(prices) == 30


def test_discount(prices):
    assert total(prices, 10) == 27
    assert total(prices, 50) == 15
"""
BROKEN = "tests/test_sums.py::test_discount"


def digests(folder: Path) -> dict[str, str]:
    """Return what the project's files hold, but not the records of the workbench."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path): sha256(path.read_bytes()).hexdigest()
        for path in files
        if ".workbench" not in path.parts
    }
