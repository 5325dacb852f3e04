"""`workbench heal` on a broken project: what it proposes, how soon, and what it touched."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from bench.healing.bug import Bug
from bench.healing.layout import lay_out
from bench.healing.suite import end_group
from bench.home import clean_environment
from workbench.api import owner
from workbench.workspace import FOLDER, name_workspace

_START_AND_END = 60.0
"""Seconds that reproducing, proving and writing may take beyond the budget."""


@dataclass(frozen=True)
class Healed:
    """What `workbench heal` answered."""

    proposals: tuple[dict[str, Any], ...]
    seconds: float
    """From the start of the command to its end."""
    first: float | None
    """Seconds to the first proposal, where the answer says so, else to the end."""
    changed: int
    """Bytes of files in the project that are not what they were."""
    message: str
    problem: str = ""


def heal(bug: Bug, corpus: Path, budget: float, code: Path) -> Healed:
    """Let the workbench in `code` repair a fresh copy of the project, in a home without a past."""
    with clean_environment(), tempfile.TemporaryDirectory(prefix="wb-heal-") as place:
        folder = Path(place) / bug.name.replace("/", "-")
        lay_out(bug, corpus, folder)
        before = _digests(folder)
        try:
            answer, seconds, problem = _ask(folder, budget, code)
        finally:
            owner.stop(name_workspace(folder), force=True)
        if not answer.get("ok") and not answer.get("outcome"):
            problem = f"{problem} {_last_words(folder)}".strip()
        return _healed(answer, seconds, _changed(before, _digests(folder)), problem)


def _ask(folder: Path, budget: float, code: Path) -> tuple[dict[str, Any], float, str]:
    """Return the answer, how long it took, and why there is none."""
    command = [sys.executable, "-m", "workbench", "heal", str(folder)]
    command += ["--budget", f"{budget:g}", "--json"]
    began = time.monotonic()
    child = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(code)},
        cwd=folder.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, errors = child.communicate(timeout=budget + _START_AND_END)
    except subprocess.TimeoutExpired:
        return {}, time.monotonic() - began, "took too long"
    finally:
        end_group(child)
    return (*_read(out, errors, time.monotonic() - began),)


def _read(out: bytes, errors: bytes, seconds: float) -> tuple[dict[str, Any], float, str]:
    try:
        answer = msgspec.json.decode(out, type=dict[str, Any])
    except msgspec.DecodeError:
        told = (errors or out).decode(errors="replace").strip()
        return {}, seconds, f"no answer: {told[-500:]}"
    return answer, seconds, ""


def _last_words(folder: Path) -> str:
    """Return the end of the host's log, which tells of what went wrong in it."""
    log = name_workspace(folder).log_file
    return log.read_text(encoding="utf-8").rstrip()[-300:] if log.exists() else ""


def _healed(answer: dict[str, Any], seconds: float, changed: int, problem: str) -> Healed:
    proposals = tuple(one for one in answer.get("proposals", ()) if one.get("diff"))
    moments = [one["seconds"] for one in proposals if one.get("seconds") is not None]
    first = min(moments, default=seconds) if proposals else None
    told = " ".join(str(answer[key]) for key in ("message", "hint") if answer.get(key))
    return Healed(proposals, seconds, first, changed, told, problem)


def _digests(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return the mode, size and content of each file of the project, links not followed."""
    found = {}
    ours = folder / FOLDER
    for path in folder.rglob("*"):
        if (path.is_file() or path.is_symlink()) and ours not in path.parents:
            content = bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
            place = str(path.relative_to(folder))
            mode = path.lstat().st_mode
            found[place] = (mode, len(content), hashlib.sha256(content).digest())
    return found


def _changed(
    before: dict[str, tuple[int, int, bytes]], after: dict[str, tuple[int, int, bytes]]
) -> int:
    differing = {path for path, _ in before.items() ^ after.items()}
    return sum(max(_size(before, path), _size(after, path), 1) for path in differing)


def _size(files: dict[str, tuple[int, int, bytes]], path: str) -> int:
    return files[path][1] if path in files else 0
