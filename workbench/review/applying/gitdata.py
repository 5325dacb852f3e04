"""A repository read as data: where it is, its head, its branches, who its person is.

Git is never run on the project's own configuration, which may name commands that it executes.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import Findings
from workbench.sandbox.snapshots.repository import read_bounded
from workbench.visible import visible_line

_LARGEST = 1 << 26
_SHORT = 1 << 12
_DEEPEST = 5
_BAD = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//")
_NAME = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HEADER = re.compile(r'\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]')
_SETTING = re.compile(r"([A-Za-z][\w-]*)\s*(?:=\s*(.*))?$")


@dataclass(frozen=True)
class Repository:
    """A repository that a branch can be made in."""

    folder: Path
    """Its `.git`, which is no link and belongs to this user."""
    prefix: str
    """Where the project lies in it; empty, or ending with a slash."""
    format: str
    """How objects are named: sha1 or sha256."""
    head: str
    """The commit that is checked out."""

    @property
    def objects(self) -> Path:
        return self.folder / "objects"


def open_repository(project: Path) -> Repository:
    """Return the repository that a project lies in, or say why no branch can be made in it."""
    folder = _administration(project)
    settings = dict(_settings(folder / "config"))
    if settings.get("extensions.refstorage", "files") != "files":
        raise _refused("The repository keeps its branches in another format (reftable).")
    top = project.relative_to(folder.parent).as_posix()
    return Repository(
        folder=folder,
        prefix="" if top == "." else f"{top}/",
        format=settings.get("extensions.objectformat", "sha1"),
        head=_head(folder),
    )


def _administration(project: Path) -> Path:
    for top in (project, *project.parents):
        mark = top / ".git"
        if os.path.lexists(mark):
            found = mark.lstat()
            if stat.S_ISREG(found.st_mode):
                raise _refused("The project is a worktree or a submodule of another repository.")
            for part in (mark, mark / "objects", mark / "refs", mark / "refs" / "heads"):
                _refuse_foreign(part)
            return mark
    raise _refused("The project is in no git repository.")


def _refuse_foreign(folder: Path) -> None:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        raise _refused(f"{visible_line(str(folder))} is not there.") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise _refused(f"{visible_line(str(folder))} is not a folder of your own.")


def _refused(sentence: str) -> Findings:
    return Findings(
        f"{sentence} No branch can be made.", "Nothing was written. Apply it without --branch."
    )


def _head(folder: Path) -> str:
    name = b"HEAD"
    for _ in range(_DEEPEST):
        text = (read_bounded(folder / os.fsdecode(name), _SHORT) or b"").strip()
        if _NAME.fullmatch(text):
            return text.decode()
        if not text:
            return _packed_head(folder, name)
        target = text.removeprefix(b"ref: ")
        if target == text or not target.startswith(b"refs/") or b".." in target:
            break
        name = target
    raise _refused("What is checked out cannot be told.")


def _packed_head(folder: Path, name: bytes) -> str:
    found = dict(packed(folder)).get(name)
    if found is None:
        raise _refused("The repository has no commit yet.")
    return found


def packed(folder: Path) -> Iterator[tuple[bytes, str]]:
    """Yield the names and commits that git keeps together in one file."""
    for line in (read_bounded(folder / "packed-refs", _LARGEST) or b"").splitlines():
        commit, _, name = line.partition(b" ")
        if _NAME.fullmatch(commit):
            yield name, commit.decode()


def refuse_bad_name(branch: str) -> None:
    """Refuse what git would not take as the name of a branch."""
    parts = branch.split("/")
    is_bad = (
        not branch
        or bool(_BAD.search(branch))
        or branch.startswith("-")
        or branch.endswith(("/", "."))
        or branch in ("@", "HEAD")
        or any(not part or part.startswith(".") or part.endswith(".lock") for part in parts)
    )
    if is_bad:
        raise Findings(
            f"{visible_line(branch) or 'An empty name'} cannot be the name of a branch.",
            "Choose one such as repair/ages.",
        )


def refuse_taken(folder: Path, branch: str) -> None:
    """Refuse the name of a branch that there is, or that lies below or above one."""
    heads = folder / "refs" / "heads"
    parts = branch.split("/")
    above = {"/".join(parts[:length]) for length in range(1, len(parts))}
    loose_above = any((heads / name).is_file() for name in above)
    if os.path.lexists(heads / branch) and not _is_empty(heads / branch):
        raise _taken(branch)
    names = {
        name.removeprefix(b"refs/heads/").decode("utf-8", "surrogateescape")
        for name, _ in packed(folder)
        if name.startswith(b"refs/heads/")
    }
    if loose_above or names & {branch, *above} or any(n.startswith(f"{branch}/") for n in names):
        raise _taken(branch)


def _is_empty(path: Path) -> bool:
    """Tell whether nothing but empty folders is there, as branches leave that are gone."""
    return path.is_dir() and not any(one.is_file() for one in path.rglob("*"))


def _taken(branch: str) -> Findings:
    return Findings(
        f"There is a branch {visible_line(branch)} already, or one that it would lie below or"
        " above.",
        "Nothing was written. Choose another name.",
    )


def person(repository: Repository, home: Path) -> tuple[str, str]:
    """Return name and address of the person, as git's files have them."""
    found: dict[str, str] = {}
    above = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "git" / "config"
    for path in (Path("/etc/gitconfig"), above, home / ".gitconfig", repository.folder / "config"):
        found |= {key: one for key, one in _settings(path) if key.startswith("user.") and one}
    login = home.name or "workbench"
    return found.get("user.name", login), found.get("user.email", f"{login}@localhost")


def _settings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what a file of git's configuration sets, without what it includes."""
    section = ""
    text = (read_bounded(path, _LARGEST) or b"").decode("utf-8", "replace").replace("\\\n", "")
    for line in map(str.strip, text.splitlines()):
        if header := _HEADER.match(line):
            inner = f".{header[2]}" if header[2] is not None else ""
            section = f"{header[1].lower()}{inner}"
            line = line[header.end() :].strip()  # noqa: PLW2901 - a setting may follow
        if section and (setting := _SETTING.match(line)):
            yield f"{section}.{setting[1].lower()}", _value(setting[2] or "")


def _value(text: str) -> str:
    """Return a value without its quotes and without a comment behind it."""
    found, quoted, letters = "", False, iter(text)
    for letter in letters:
        if letter == "\\":
            found += next(letters, "")
        elif letter == '"':
            quoted = not quoted
        elif letter in "#;" and not quoted:
            break
        else:
            found += letter
    return found.strip()
