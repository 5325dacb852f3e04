"""The beginning of a runner: what forks often is forked off before anything large is imported."""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    """Be the runner of a box, as the JSON in the last argument says."""
    spec = json.loads(sys.argv[-1])
    sys.argv = ["runner"]
    sys.dont_write_bytecode = True
    confinement = _confinement(spec)
    from .main import serve

    serve(confinement)


def _confinement(spec: dict[str, Any]) -> Any:
    if spec["mode"] == "namespaces":
        return _namespaces(spec)
    from .slots import Slots

    return Slots(spec)


def _namespaces(spec: dict[str, Any]) -> Any:
    from .cells import Warden

    warden = Warden()
    from .namespaces import Namespaces
    from .original import Original

    return Namespaces(warden, Original(spec))
