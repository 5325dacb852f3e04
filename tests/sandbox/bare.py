"""The attacks that do no harm, with nothing around them: `python -m tests.sandbox.bare`.

An attack that is held where nothing holds it would prove nothing in a box.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from tests.sandbox.attacks.every import ATTACKS
from tests.sandbox.bait import Bait
from tests.sandbox.cases import PRELUDE, Attack

HARMLESS = tuple(attack for attack in ATTACKS if attack.harmless)


def run_bare() -> dict[str, list[str]]:
    """Return what shows of each attack that it got through."""
    with tempfile.TemporaryDirectory(prefix="bare-") as folder:
        return {attack.name: _run(attack, Path(folder)) for attack in HARMLESS}


def _run(attack: Attack, folder: Path) -> list[str]:
    """Lay out new bait for each, since what gets through may take it away."""
    with tempfile.TemporaryDirectory(dir=folder) as place, Bait.laid(Path(place)) as bait:
        work = Path(place, "work")
        work.mkdir()
        ended = subprocess.run(
            [sys.executable, "-c", f"{PRELUDE}\n{attack.script}"],
            cwd=work,
            env={"BAIT": json.dumps(bait.described), "HOME": str(work), **_secrets(bait)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        assert ended.returncode == 0, ended.stderr
        through = [line for line in ended.stdout.splitlines() if line.startswith("broken:")]
        return [*through, *bait.disturbed(ended.stdout)]


def _secrets(bait: Bait) -> dict[str, str]:
    return {"AWS_SECRET_ACCESS_KEY": bait.secret}


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(run_bare()))
