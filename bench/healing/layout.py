"""A bug laid out as the project folder that it stands for."""

from __future__ import annotations

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.healing.bug import Bug
from bench.healing.cutting import without_tests


class DoesNotApply(Exception):
    """A diff is not one of this folder."""


def lay_out(bug: Bug, corpus: Path, folder: Path) -> None:
    """Fill `folder`, which is not there yet, with the broken project."""
    if bug.tree:
        shutil.copytree(corpus / "trees" / bug.tree, folder)
        if bug.broken:
            apply(folder, bug.broken)
        _hide(folder, bug.hidden)
    write(folder, bug.files)


def lay_judge(bug: Bug, corpus: Path, folder: Path) -> None:
    """Bring into a repaired project all the tests, as their authors wrote them."""
    for path in {test.partition("::")[0] for test in bug.hidden}:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(corpus / "trees" / bug.tree / path, folder / path)
    write(folder, bug.judge)


def write(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode())


def apply(folder: Path, diff: str) -> None:
    """Apply a unified diff whose paths start with `a/` and `b/`."""
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    # Inside a repository git would leave out, in silence, what is not in it.
    environment = {"GIT_CEILING_DIRECTORIES": str(folder.parent), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        command, cwd=folder, env=environment, input=diff.encode(), capture_output=True, check=False
    )
    if done.returncode:
        raise DoesNotApply(done.stderr.decode(errors="replace").strip())


def paths_of(diff: str) -> set[str]:
    """Return the files that a diff changes."""
    heads = [line[4:].split("\t")[0] for line in diff.splitlines() if _is_head(line)]
    return {head.partition("/")[2] for head in heads if head != "/dev/null"}


def _is_head(line: str) -> bool:
    return line.startswith(("--- a/", "+++ b/"))


def _hide(folder: Path, tests: Iterable[str]) -> None:
    by_path: defaultdict[str, set[str]] = defaultdict(set)
    for test in tests:
        path, _, name = test.partition("::")
        by_path[path].add(name)
    for path, names in by_path.items():
        if "" in names:
            (folder / path).unlink()
        else:
            text = (folder / path).read_bytes().decode()
            (folder / path).write_bytes(without_tests(text, names).encode())
