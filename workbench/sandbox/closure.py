"""What an interpreter needs to run where nothing of this machine can be bound.

Everything is found by reading: nothing of the project is executed to learn what it needs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import file_digest
from itertools import chain
from pathlib import Path

import msgspec

from workbench.sandbox.elf import needed
from workbench.sandbox.engines.namespaces import ETC
from workbench.sandbox.plan import INSIDE, RUNNER, Plan, lent_packages

_PROGRAMS = """
awk basename bash cat chmod cp cut date dirname echo env expr false find grep head id ln ls mkdir
mktemp mv printf pwd readlink realpath rm rmdir sed seq sh sleep sort stat tail tee test touch tr
true uname uniq wc which xargs
"""
_DATA = ("/usr/lib/locale/C.utf8", "/usr/lib/locale/C.UTF-8", "/usr/share/zoneinfo")
_MOST_LINKS = 40


class Entry(msgspec.Struct, frozen=True):
    """One file or symbolic link of an image."""

    target: str
    """Where it lies inside."""
    source: str = ""
    link: str = ""
    executable: bool = False
    size: int = 0
    mtime: int = 0
    digest: str = ""

    @property
    def line(self) -> str:
        return f"{self.target}\0{self.link}\0{self.executable}\0{self.digest}"


def collect(plan: Plan) -> tuple[Entry, ...]:
    """Return what the interpreter of `plan` and the runner need, in the order of their paths."""
    found = {entry.target: entry for entry in _own(plan)}
    waiting = list(found.values())
    while waiting:
        more = {entry.target: entry for entry in chain.from_iterable(map(_libraries, waiting))}
        waiting = [entry for name, entry in more.items() if name not in found]
        found = more | found
    return tuple(found[name] for name in sorted(found))


def _own(plan: Plan) -> Iterator[Entry]:
    yield from _resolved(Path(plan.interpreter.executable))
    for folder in map(Path, _folders(plan)):
        yield from _tree(folder.resolve(), str(folder.resolve()))
        yield from (one for one in _resolved(folder) if one.link)
    runner = _tree(RUNNER, f"{INSIDE}/runner")
    yield from (one for one in runner if not one.target.endswith(".pyc"))
    if plan.lends_pytest:
        for name, place in lent_packages().items():
            yield from _tree(Path(place), f"{INSIDE}/lent/{name}")
    for name in ETC:
        yield from _tree(Path("/etc", name), f"/etc/{name}")
    for name in _PROGRAMS.split():
        yield from _resolved(Path("/usr/bin", name))


def _folders(plan: Plan) -> tuple[str, ...]:
    """Return the folders of the interpreter, with those of a system's own, which no plan names."""
    interpreter = plan.interpreter
    prefix = Path(interpreter.executable).resolve().parent.parent
    short = ".".join(interpreter.version.split(".")[:2])
    libraries = tuple(f"{prefix}/{lib}/python{short}" for lib in ("lib", "lib64"))
    return (
        *interpreter.folders,
        *interpreter.site_packages,
        *libraries,
        f"{prefix}/lib/python3",
        *_DATA,
    )


def _tree(source: Path, target: str) -> Iterator[Entry]:
    """Return all files and links in a folder; no link is followed."""
    if not source.is_dir() or source.is_symlink():
        yield from _entry(source, target)
        return
    for folder, folders, names in os.walk(source):
        inside = target + folder[len(str(source)) :]
        for name in sorted((*folders, *names)):
            yield from _entry(Path(folder, name), f"{inside}/{name}")


def _entry(source: Path, target: str) -> Iterator[Entry]:
    try:
        found = source.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        yield Entry(target, link=str(source.readlink()))
    elif stat.S_ISREG(found.st_mode):
        yield Entry(
            target,
            str(source),
            executable=bool(found.st_mode & stat.S_IXUSR),
            size=found.st_size,
            mtime=int(found.st_mtime),
            digest=_digest(source, found.st_size, found.st_mtime_ns),
        )


@lru_cache(maxsize=1 << 16)
def _digest(path: Path, _size: int, _mtime: int) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _resolved(path: Path) -> Iterator[Entry]:
    """Return the file at `path` and every link on the way to it."""
    for _ in range(_MOST_LINKS):
        path = path.parent.resolve() / path.name
        yield from _entry(path, str(path))
        if not path.is_symlink():
            return
        path = path.parent / path.readlink()


def _libraries(entry: Entry) -> Iterator[Entry]:
    """Return what the system has of the libraries that a file names, wherever one may look."""
    if entry.source and (entry.executable or ".so" in entry.target):
        for name in needed(Path(entry.source)):
            for folder in _library_folders():
                yield from _resolved(folder / name)


@lru_cache(maxsize=1)
def _library_folders() -> tuple[Path, ...]:
    """Return where the system's loader looks."""
    machine = os.uname().machine
    usual = [f"/lib/{machine}-linux-gnu", f"/usr/lib/{machine}-linux-gnu"]
    usual += ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"]
    found = dict.fromkeys((*_configured(Path("/etc/ld.so.conf")), *map(Path, usual)))
    return tuple(one for one in found if one.is_dir())


def _configured(file: Path) -> Iterator[Path]:
    for line in _lines(file):
        if line.startswith("include "):
            pattern = line.split()[1].removeprefix("/etc/")
            for other in sorted(Path("/etc").glob(pattern)):
                yield from _configured(other)
        elif line.startswith("/"):
            yield Path(line)


def _lines(file: Path) -> Iterable[str]:
    if not file.is_file():
        return ()
    text = file.read_text(encoding="utf-8", errors="replace")
    return [line.partition("#")[0].strip() for line in text.splitlines()]
