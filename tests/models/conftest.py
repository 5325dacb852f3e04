"""A registry, and a stick with a model to put into it."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_models.registry import Registry
from tests.models.tiny import write_tiny


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models")


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """Return a tiny model somewhere else."""
    (tmp_path / "stick").mkdir()
    return write_tiny(tmp_path / "stick" / "Tiny Llama (v2).gguf")
