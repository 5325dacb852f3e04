"""What the host's side of a worker imports: nothing heavy, and nothing that touches weights."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

_HEAVY = (
    "ctypes.util",
    "gguf",
    "jinja2",
    "llama_cpp",
    "numpy",
    "workbench.api",
    "workbench.engine",
)
_HOSTS_SIDE = ("client", "fitting", "queueing", "scheduling", "structured", "supervisor")


@pytest.mark.parametrize("name", _HOSTS_SIDE)
def test_the_hosts_side_is_light(name: str) -> None:
    script = f"import json, sys, local_models.worker.{name}; print(json.dumps([*sys.modules]))"
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, check=True, cwd=Path.cwd())
    assert not set(_HEAVY) & set(json.loads(found.stdout))
