"""What the command line loads to list models is little."""

from __future__ import annotations

import subprocess
import sys

HEAVY = {"huggingface_hub", "httpx", "httpx2", "numpy", "llama_cpp", "onnxruntime", "gguf"}
IMPORTS = (
    "import local_models.registry, local_models.registry.pulling, local_models.registry.known, "
    "workbench.commands.models, workbench.commands.models_show, workbench.commands.models_bench, "
    "workbench.commands.progress"
)


def test_nothing_heavy_is_imported() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", f"{IMPORTS}, sys; print(*sys.modules)"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    loaded = set(ended.stdout.split())
    assert "local_models.registry.shelf" in loaded
    assert not HEAVY & loaded
