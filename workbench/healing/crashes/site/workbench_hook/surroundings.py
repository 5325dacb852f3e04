"""What is around a crash: the commit that is checked out, and where the input came from."""

from __future__ import annotations

import os
import stat

_LARGEST = 1 << 20
_KINDS = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device"}


def head_of(project: str) -> str:
    """Return the commit that is checked out, read as data: git is not asked."""
    folder = project
    while folder and not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        folder = "" if above == folder else above
    git = os.path.join(folder, ".git") if folder else ""
    if os.path.isfile(git):
        git = os.path.join(folder, _read(git).partition("gitdir: ")[2].strip())
    head = _read(os.path.join(git, "HEAD")).strip() if git else ""
    return _resolved(git, head[5:]) if head.startswith("ref: ") else head[:64]


def stdin_of() -> str:
    """Return the file that is read, or what else is there to read from."""
    try:
        found = os.fstat(0)
    except OSError:
        return "closed"
    if stat.S_ISREG(found.st_mode):
        return os.readlink("/proc/self/fd/0") if os.path.exists("/proc/self/fd/0") else "file"
    return "terminal" if os.isatty(0) else _KINDS.get(stat.S_IFMT(found.st_mode), "")


def _resolved(git: str, name: str) -> str:
    common = _read(os.path.join(git, "commondir")).strip()
    for folder in (git, os.path.join(git, common)):
        if found := _read(os.path.join(folder, name)).strip():
            return found[:64]
    for line in _read(os.path.join(git, common, "packed-refs")).splitlines():
        sha, _, ref = line.partition(" ")
        if ref == name:
            return sha[:64]
    return ""


def _read(file: str) -> str:
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            return opened.read(_LARGEST)
    except OSError:
        return ""
