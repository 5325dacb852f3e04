"""`--batch` is read as the command, wherever it stands, and only where it is ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.batch.plan import Heal, Test
from workbench.batch.planning import load_plan
from workbench.commands.root import _with_batch
from workbench.errors import UsageError

LINES = [
    ("--batch p.toml", "batch p.toml"),
    ("--batch=p.toml --json", "batch p.toml --json"),
    ("-C x --batch p.toml --events", "batch -C x p.toml --events"),
    ("batch p.toml", "batch p.toml"),
    ("run python train.py --batch 32", "run python train.py --batch 32"),
    ("-- --batch", "-- --batch"),
    ("--batches x", "--batches x"),
    ("", ""),
]


@pytest.mark.parametrize(("line", "read"), LINES)
def test_the_option_is_the_command(line: str, read: str) -> None:
    assert _with_batch(line.split()) == read.split()


def test_tests_stand_in_where_a_plan_says_all(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("")
    (tmp_path / "test_b.py").write_text("")
    plan = tmp_path / "p.toml"
    plan.write_text(
        "[[step]]\ndo='test'\n[[step]]\ndo='test'\ntests=['test_b.py']\n[[step]]\ndo='heal'"
    )
    steps = load_plan(plan, tmp_path, ("test_a.py::x",)).steps
    assert steps == (Test(("test_a.py::x",)), Test(("test_b.py",)), Heal(("test_a.py::x",)))
    for wrong in ("gone.py", "../x.py", "-x"):
        with pytest.raises(UsageError):
            load_plan(plan, tmp_path, (wrong,))
