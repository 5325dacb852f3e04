"""Quality of the project's code, before and after: what radon counts and what ruff finds."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any

import ruff  # type: ignore[import-untyped]
from radon.visitors import ComplexityVisitor  # type: ignore[import-untyped]

from workbench.batch.plan import Quality
from workbench.batch.result import Figures, Found, Repair, Result
from workbench.batch.steps import Came, Ground, failed
from workbench.errors import ConfigurationError
from workbench.healing.judging.quality import quality
from workbench.healing.texts import decoded
from workbench.sandbox.snapshots.walk import Folder, Skips, Walk
from workbench.visible import visible_line

_LARGEST = 1024 * 1024
_ALONE = ("--isolated", "--no-cache", "--quiet", "--exit-zero", "--output-format", "json")
_SECONDS = 300.0
_NOISE = 1.0
"""So much, out of 100, may maintainability fall before that is worse."""
Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Measured:
    """What was measured of one file."""

    complexity: int | None
    maintainability: float | None
    functions: Mapping[str, int]
    """Ways through each."""
    found: tuple[Found, ...] = ()


_NOTHING = Measured(None, None, {})


async def measure(ground: Ground, step: Quality, result: Result) -> Came:
    """Measure files as they were and as they are with what is repaired, and hold the limits."""
    given_up = Event()
    try:
        return await asyncio.to_thread(_measured, ground.project, step, result, given_up)
    finally:
        given_up.set()


def _measured(project: Path, step: Quality, result: Result, given_up: Event) -> Came:
    before, after = _sides(project, step, _taken(result.repairs))
    old = _look(before, step, given_up)
    changed = {path: data for path, data in after.items() if before.get(path) != data}
    same = {path: old[path] for path in after.keys() & old.keys() - changed.keys()}
    new = same | _look(changed, step, given_up)
    figures = tuple(
        _figures(path, old.get(path, _NOTHING), new.get(path, _NOTHING))
        for path in sorted({*before, *after})
    )
    found = tuple(one for path in sorted(new) for one in new[path].found)
    result = replace(result, figures=figures, found=found)
    against = tuple(_against(step, figures, new, found))
    if against:
        return failed(result, " ".join(against))
    count = len(figures)
    return Came(result, f"{count:,} {'file' if count == 1 else 'files'} measured.")


def _taken(repairs: Sequence[Repair]) -> tuple[Repair, ...]:
    """Return what was applied; where nothing was, the best of what waits."""
    applied = tuple(one for one in repairs if one.is_applied)
    return applied or tuple(one for one in repairs if one.waits)[:1]


def _sides(project: Path, step: Quality, repairs: Sequence[Repair]) -> tuple[Files, Files]:
    changes = [change for one in repairs for change in one.changes if change.path.endswith(".py")]
    old = {one.path: one.before for one in reversed(changes)}
    new = {one.path: one.after for one in changes}
    whole = dict(_python(project)) if step.scope == "project" else {}
    return _there({**whole, **old}), _there({**whole, **new})


def _there(files: Mapping[str, bytes | None]) -> Files:
    return {path: content for path, content in files.items() if content is not None}


def _python(project: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the Python files that git would see, without following a link."""
    for folder in Walk(project, Skips()):
        for name, found in folder.files:
            if name.endswith(".py") and stat.S_ISREG(found.st_mode) and found.st_size <= _LARGEST:
                yield folder.prefix + name, _read(folder, name)


def _read(folder: Folder, name: str) -> bytes:
    opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder.opened)
    with os.fdopen(opened, "rb") as file:
        return file.read(_LARGEST)


def _look(files: Files, step: Quality, given_up: Event) -> dict[str, Measured]:
    texts = {path: text.text for path, data in files.items() if (text := decoded(data))}
    found = _findings(files, step.rules)
    return {
        path: replace(_count(texts.get(path, "")), found=tuple(found.get(path, ())))
        for path in files
        if not given_up.is_set()
    }


def _count(text: str) -> Measured:
    whole = quality(text, ())
    if whole is None:
        return _NOTHING
    ways = dict(_functions(text.removeprefix("\ufeff")))
    complexity = max(ways.values(), default=max(whole.complexity.values()))
    return Measured(complexity, min(whole.maintainability.values()), ways)


def _functions(text: str) -> Iterator[tuple[str, int]]:
    """Yield the ways through each function by its name, in one look at the file."""
    seen = ComplexityVisitor.from_code(text)
    for one in (*seen.functions, *(method for kind in seen.classes for method in kind.methods)):
        yield f"{one.classname}.{one.name}" if one.is_method else one.name, int(one.complexity)


def _findings(files: Files, rules: Sequence[str]) -> dict[str, list[Found]]:
    """Let ruff look at copies, so that it reads neither the project nor its settings."""
    paths = sorted(files)
    found: dict[str, list[Found]] = {}
    if not (paths and rules):
        return found
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        for number, path in enumerate(paths):
            Path(folder, f"{number:06}.py").write_bytes(files[path])
        for one in _ruff(folder, rules):
            path = paths[int(Path(one["filename"]).stem)]
            finding = Found(
                path, one["location"]["row"], str(one["code"] or "syntax"), one["message"]
            )
            found.setdefault(path, []).append(finding)
    return found


def _ruff(folder: str, rules: Sequence[str]) -> list[dict[str, Any]]:
    chosen = ("--select", ",".join(rules), "--ignore", "S101,INP001")
    done = subprocess.run(
        [ruff.find_ruff_bin(), "check", *_ALONE, *chosen, folder],
        capture_output=True,
        check=False,
        cwd="/",
        env={},
        timeout=_SECONDS,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise ConfigurationError(
            f"ruff could not look: {said[-1] if said else 'it said nothing'}.",
            "Does it know all of the rules that the plan names?",
        )
    read: list[dict[str, Any]] = json.loads(done.stdout or b"[]")
    return read


def _figures(path: str, old: Measured, new: Measured) -> Figures:
    counts = [None if one is _NOTHING else len(one.found) for one in (old, new)]
    return Figures(
        path,
        (old.complexity, new.complexity),
        (old.maintainability, new.maintainability),
        (counts[0], counts[1]),
    )


def _against(
    step: Quality, figures: Sequence[Figures], new: Mapping[str, Measured], found: Sequence[Found]
) -> Iterator[str]:
    """Say which of the plan's limits do not hold."""
    if step.complexity is not None:
        yield from _too_complex(step.complexity, new)
    if step.maintainability is not None:
        yield from _too_hard(step.maintainability, new)
    if step.findings is not None and len(found) > step.findings:
        yield f"ruff finds {len(found):,}, more than {step.findings:,}."
    if not step.worse:
        yield from (f"{visible_line(one.path)} becomes worse." for one in figures if _worse(one))


def _too_complex(limit: int, new: Mapping[str, Measured]) -> Iterator[str]:
    ways = Counter(
        {(path, name): n for path, one in new.items() for name, n in one.functions.items()}
    )
    over = [(key, count) for key, count in ways.most_common() if count > limit]
    if over:
        (path, name), count = over[0]
        more = f"; {len(over) - 1:,} more are over {limit}" if len(over) > 1 else f", over {limit}"
        yield f"{visible_line(name)} in {visible_line(path)} has {count} ways through it{more}."


def _too_hard(limit: float, new: Mapping[str, Measured]) -> Iterator[str]:
    every = ((one.maintainability, path) for path, one in new.items())
    under = sorted((much, path) for much, path in every if much is not None and much < limit)
    if under:
        much, path = under[0]
        more = f"; {len(under) - 1:,} more are under" if len(under) > 1 else ", under"
        yield f"{visible_line(path)} has a maintainability of {much:g}{more} {limit:g}."


def _worse(one: Figures) -> bool:
    (old, new), (low, high) = one.complexity, one.findings
    harder = one.maintainability
    return (
        (old is not None and new is not None and new > old)
        or (low is not None and high is not None and high > low)
        or (harder[0] is not None and harder[1] is not None and harder[1] < harder[0] - _NOISE)
    )
