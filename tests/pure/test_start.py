"""What a start loads: the floors say who may import whom, this says when."""

import subprocess
import sys

import pytest


def modules_after(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}; import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import workbench.cli", {"asyncio", "duckdb", "msgspec", "rich", "screens", "textual"}),
        ("import screens.app", {"duckdb", "lancedb", "numpy", "workbench.engine"}),
        ("import workbench.engine", {"docker", "lancedb", "rich", "textual", "workbench.sandbox"}),
    ],
)
def test_a_start_loads_nothing_heavy(statement: str, heavy: set[str]) -> None:
    assert not heavy & modules_after(statement)
