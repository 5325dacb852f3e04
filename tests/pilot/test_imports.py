"""The interface process stays light: nothing of the engine, nothing heavy of Textual."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCREENS = "screens.chat, screens.learning, screens.knowledge, screens.evolution, screens.metrics"
HEAVY = (
    *("duckdb", "click", "numpy", "docker", "lancedb", "pygments", "markdown_it", "tree_sitter"),
    *("workbench.engine", "workbench.host", "workbench.journal", "workbench.settings"),
    *("workbench.cli", "workbench.commands", "local_models"),
    *("textual.widgets._markdown", "textual.widgets._data_table", "textual.widgets._text_area"),
    "textual.drivers.linux_driver",
)


def imported_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(ended.stdout.split())


@pytest.mark.parametrize(
    "statement", [f"import screens.interface, screens.driver, {SCREENS}", "import screens.app"]
)
def test_the_interface_imports_nothing_heavy(statement: str) -> None:
    assert not imported_by(statement).intersection(HEAVY)


def test_keys_and_terminal_are_checked_before_textual_is_there() -> None:
    assert "textual" not in imported_by("import screens.app, screens.actions, screens.keysheet")
