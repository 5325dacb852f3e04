"""An accepted change as a commit on a new branch; head, index and files are not touched.

Git makes the objects in a repository of our own that only borrows the project's, so no
configuration, hook, filter or attribute of the project or of the person has a say. The branch is
one new file, which is written here.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import Findings, StoreError
from workbench.review.applying.gitdata import (
    Repository,
    open_repository,
    person,
    refuse_bad_name,
    refuse_taken,
)
from workbench.review.applying.merge import Conflict, merge
from workbench.review.applying.project import Project
from workbench.review.applying.values import Move, Ready
from workbench.visible import visible_line
from workbench.workspace import Workspace

_PROGRAMS = ("/usr/bin/git", "/usr/local/bin/git", "/bin/git")
"""Never one from the PATH, which may lead into the project."""
_PATIENCE = 60.0
_FILE, _EXECUTABLE = "100644", "100755"
_LONGEST_SUBJECT = 72
_MODE = 0o644


@dataclass(frozen=True)
class Told:
    """What a commit says of itself."""

    whys: tuple[str, ...]
    proposals: tuple[str, ...]
    proof: str
    transaction: str
    approvals: tuple[str, ...]

    @property
    def message(self) -> str:
        subject = visible_line(self.whys[0] if len(self.whys) == 1 else "")
        subject = subject or f"Apply {len(self.proposals)} repairs"
        body = [visible_line(why) for why in self.whys]
        long = ["", *body] if len(subject) > _LONGEST_SUBJECT or len(body) > 1 else []
        cut = subject if len(subject) <= _LONGEST_SUBJECT else f"{subject[: _LONGEST_SUBJECT - 1]}…"
        trailers = [
            *(f"Workbench-Proposal: {name}" for name in self.proposals),
            f"Workbench-Proof: {self.proof}",
            f"Workbench-Transaction: {self.transaction}",
            *(f"Approved-by: {visible_line(who)}" for who in self.approvals),
        ]
        return "\n".join([cut, *long, "", *trailers, ""])


class _Git:
    """Git over a repository of our own, which knows the objects of another."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self._environment = {
            "GIT_DIR": str(folder),
            "GIT_INDEX_FILE": str(folder / "workbench.index"),
            "GIT_OBJECT_DIRECTORY": str(repository.objects),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ATTR_NOSYSTEM": "1",
            "HOME": str(folder),
            "PATH": "/usr/bin:/bin",
            "GIT_LITERAL_PATHSPECS": "1",
            "LC_ALL": "C",
        }
        self._folder = folder

    def __call__(
        self, *words: str, given: bytes = b"", environment: Mapping[str, str] | None = None
    ) -> bytes:
        ended = subprocess.run(
            [_program(), "-c", "core.fsync=all", *words],
            cwd=self._folder,
            env={**self._environment, **(environment or {})},
            input=given,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
        )
        if ended.returncode:
            said = visible_line(ended.stderr.decode("utf-8", "replace").strip())
            raise StoreError(
                f"Git could not {words[0]}: {said}",
                "Nothing was written. Apply it without --branch.",
            )
        return ended.stdout


def prepare(workspace: Workspace, branch: str, moves: tuple[Move, ...], told: Told) -> Ready:
    """Have a commit ready: what is checked out, with the change; nothing names it yet."""
    refuse_bad_name(branch)
    repository = open_repository(workspace.project)
    refuse_taken(repository.folder, branch)
    with _borrowed(workspace, repository) as git:
        rows = b"".join(_row(git, repository, move) for move in moves)
        git("read-tree", repository.head)
        git("update-index", "-z", "--index-info", given=rows)
        tree = git("write-tree").decode().strip()
        who = _identity(repository)
        commit = git(
            "commit-tree", tree, "-p", repository.head, given=told.message.encode(), environment=who
        )
    return Ready(branch, commit.decode().strip())


@contextmanager
def _borrowed(workspace: Workspace, repository: Repository) -> Iterator[_Git]:
    workspace.scratch.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=workspace.scratch, prefix="git-") as folder:
        _make_bare(Path(folder), repository.format)
        yield _Git(Path(folder), repository)


def _make_bare(folder: Path, how: str) -> None:
    """Make what git takes for a repository; `git init` would look for templates."""
    (folder / "refs").mkdir()
    (folder / "objects").mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    version, extension = (
        ("0", "") if how == "sha1" else ("1", f"[extensions]\nobjectformat={how}\n")
    )
    text = f"[core]\nrepositoryformatversion={version}\nbare=true\n{extension}"
    (folder / "config").write_text(text, encoding="ascii")


def _program() -> str:
    for place in _PROGRAMS:
        if os.access(place, os.X_OK):
            return place
    raise Findings(
        "There is no git on this machine, so no branch can be made.",
        "Install git, or apply it without --branch.",
    )


def _identity(repository: Repository) -> dict[str, str]:
    name, address = person(repository, Path.home())
    parts = {"NAME": visible_line(name), "EMAIL": visible_line(address)}
    return {
        f"GIT_{who}_{key}": one for who in ("AUTHOR", "COMMITTER") for key, one in parts.items()
    }


def _row(git: _Git, repository: Repository, move: Move) -> bytes:
    """Return a line of the index for what a file gets in the commit."""
    path = f"{repository.prefix}{move.path}"
    mode, before = _in_head(git, repository.head, path)
    after = merge(move.before, move.after, before)
    if isinstance(after, Conflict):
        raise Findings(
            f"{visible_line(move.path)} is another in the last commit than in the project, so the"
            " change alone cannot be committed.",
            "Nothing was written. Commit what you changed there, or apply without --branch.",
        )
    name = os.fsencode(path)
    if after is None:
        return b"0 " + b"0" * len(repository.head) + b"\t" + name + b"\0"
    mode = mode or (_EXECUTABLE if move.mode & 0o100 else _FILE)
    blob = git("hash-object", "-w", "--no-filters", "--stdin", given=after).strip()
    return mode.encode() + b" " + blob + b"\t" + name + b"\0"


def _in_head(git: _Git, head: str, path: str) -> tuple[str, bytes | None]:
    """Return mode and content of a file in a commit."""
    listed = git("ls-tree", "-z", "--full-tree", head, "--", path)
    if not listed:
        return "", None
    mode, kind, blob = listed.partition(b"\t")[0].decode().split()
    if kind != "blob" or mode not in (_FILE, _EXECUTABLE):
        raise Findings(
            f"{visible_line(path)} is no plain file in the last commit.",
            "Nothing was written. Apply it without --branch.",
        )
    return mode, git("cat-file", "blob", blob)


def create(project: Path, ready: Ready) -> None:
    """Have the branch name the commit; it is there already if that was done before."""
    folder = open_repository(project).folder
    if _named(folder, ready.branch) == ready.commit:
        return
    refuse_taken(folder, ready.branch)
    with _heads(folder) as heads:
        for above in heads.missing_folders(ready.branch):
            heads.make_folder(above)
        content = f"{ready.commit}\n".encode()
        beside = f".{ready.commit}.lock"
        heads.remove(ready.branch, beside)
        heads.write_beside(ready.branch, beside, content, _MODE)
        heads.place(ready.branch, beside)
        heads.sync(ready.branch.rpartition("/")[0])


def withdraw(project: Path, ready: Ready) -> None:
    """Take the branch away again, if it is still as it was made."""
    folder = open_repository(project).folder
    if _named(folder, ready.branch) == ready.commit:
        with _heads(folder) as heads:
            heads.remove(ready.branch, ready.branch.rpartition("/")[2])


def _heads(folder: Path) -> Project:
    return Project(folder / "refs" / "heads")


def _named(folder: Path, branch: str) -> str:
    """Return the commit that a branch names, if it lies in a file of its own."""
    with _heads(folder) as heads:
        return (heads.content(branch) or b"").decode("ascii", "replace").strip()
