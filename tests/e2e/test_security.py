"""What ruff's security rules say of a repair; ruff runs as a program of its own."""

from __future__ import annotations

import pytest

from workbench.healing.judging import security


def test_security_sees_what_is_new() -> None:
    before = "import subprocess\nassert subprocess\nsubprocess.run('ls', shell=True)\n"
    after = f"import os\n{before}os.system(input())\n"
    old, new = (security.findings(text, "folder/it.py") for text in (before, after))
    assert {one.code for one in security.new(old, new)} == {"S605"}
    assert [one.line for one in security.new(old, new)] == [5]
    assert security.new(new, old) == ()
    assert all(one.code != "S101" for one in old)
    assert security.findings("x = 1\n", "it.py") == ()


def test_security_of_what_does_not_parse_finds_nothing_and_does_not_fail() -> None:
    assert security.findings("def broken(:\n", "it.py") == ()


def test_the_rules_do_not_read_what_lies_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUFF_CONFIG", "/nowhere/ruff.toml")
    assert [one.code for one in security.findings("eval(input())\n", "it.py")] == ["S307"]
