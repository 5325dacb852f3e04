"""What ruff's security rules find in code, before and after a repair."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ruff  # type: ignore[import-untyped]

from workbench.errors import Defect

_RULES = ("--select", "S", "--ignore", "S101")
_ALONE = ("--isolated", "--no-cache", "--quiet", "--exit-zero", "--output-format", "json")
_SECONDS = 30.0


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One place that could be attacked."""

    code: str
    line: int
    message: str
    source: str
    """The line, without its indentation."""

    @property
    def kind(self) -> tuple[str, str]:
        return self.code, self.source


def findings(text: str, path: str) -> tuple[Finding, ...]:
    """Return what the rules find in a file's text; neither project nor settings are read."""
    name = ("--stdin-filename", Path(path).name, "-")
    command = [ruff.find_ruff_bin(), "check", *_ALONE, *_RULES, *name]
    done = subprocess.run(
        command,
        input=text.encode("utf-8", "surrogateescape"),
        capture_output=True,
        check=False,
        cwd="/",
        env={},
        timeout=_SECONDS,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Defect(f"ruff could not look at {path}.", said[-1] if said else "")
    return _read(done.stdout, text)


def _read(said: bytes, text: str) -> tuple[Finding, ...]:
    lines = text.splitlines()
    found = [one for one in json.loads(said or b"[]") if str(one["code"]).startswith("S")]
    parts = ((one["code"], one["location"]["row"], one["message"]) for one in found)
    return tuple(sorted(_finding(*part, lines) for part in parts))


def _finding(code: str, row: int, message: str, lines: Sequence[str]) -> Finding:
    source = lines[row - 1].strip() if row <= len(lines) else ""
    return Finding(code, row, message, source)


def new(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return what a repair brings; what only moved is not new."""
    known = Counter(one.kind for one in before)
    found = []
    for one in after:
        if known[one.kind]:
            known[one.kind] -= 1
        else:
            found.append(one)
    return tuple(found)
