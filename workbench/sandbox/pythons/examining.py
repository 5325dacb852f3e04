"""Whether a path is an interpreter that may be shown to a box; nothing of it is ever executed.

A repository can ship links and configuration that point anywhere. So a folder counts only if it is
an interpreter's or an environment's by what lies in it, and never if it holds more than that.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.sandbox.snapshots.repository import read_bounded

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64")
"""What every box shows anyway."""
_TOP = ("boot", "dev", "etc", "home", "media", "mnt", "opt", "proc", "root", "run", "srv", "sys")
_NEVER = frozenset(("/", "/tmp", "/var", *(f"/{name}" for name in _TOP)))  # noqa: S108 - refused
_NEVER_BELOW = ("/proc", "/sys", "/dev")
_CONFIGURATION = "pyvenv.cfg"
_LARGEST_CONFIGURATION = 1 << 16
_MOST_LINKS = 40
_LIBRARIES = ("lib", "lib64")
_NAME = re.compile(r"python(3\.\d+)")
_PROGRAM = re.compile(r"python(3(\.\d+)?)?")


class UnusableError(Exception):
    """Why a candidate is no interpreter that may be used."""


@dataclass(frozen=True)
class Around:
    """What no folder that is shown to a box may hold."""

    project: Path
    home: Path

    @property
    def private(self) -> tuple[Path, ...]:
        return (_real(self.project), _real(self.home), self.home)


@dataclass(frozen=True)
class Examined:
    """An interpreter by its parts."""

    executable: str
    version: str
    folders: tuple[str, ...]
    site_packages: tuple[str, ...]


def is_environment(folder: Path) -> bool:
    return (folder / _CONFIGURATION).is_file() or (folder / "conda-meta").is_dir()


def examine(place: Path, around: Around) -> Examined:
    """Look at an executable, or at a folder that holds one as `bin/python`."""
    executable = _executable_of(place)
    real = _resolved(executable)
    environment = _environment_of(executable)
    settings = _settings_of(environment) if environment else {}
    base, version = _base_of(real, environment, settings)
    shown = _shown(executable, environment, base, around)
    packages = _site_packages(environment, base, version, settings)
    _refuse_strays(packages, [_real(Path(folder)) for folder in shown])
    folders = tuple(folder for folder in shown if not _is_below(Path(folder), *SYSTEM))
    return Examined(str(executable), version, folders, tuple(map(str, packages)))


def _executable_of(place: Path) -> Path:
    if not place.is_dir():
        return place
    for name in ("python", "python3"):
        executable = place / "bin" / name
        if executable.is_symlink() or executable.exists():
            return executable
    raise UnusableError("it holds no bin/python")


def _resolved(executable: Path) -> Path:
    try:
        real = executable.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise UnusableError("its python points to nothing that can be reached") from error
    if not real.is_file() or not os.access(real, os.X_OK):
        raise UnusableError(f"{real} is no program")
    if not _PROGRAM.fullmatch(real.name):
        raise UnusableError(f"{real} is no Python")
    return real


def _environment_of(executable: Path) -> Path | None:
    folder = executable.parent
    found = folder.parent if folder.name == "bin" else None
    return found if found and (found / _CONFIGURATION).is_file() else None


def _settings_of(environment: Path) -> Mapping[str, str]:
    text = read_bounded(environment / _CONFIGURATION, _LARGEST_CONFIGURATION)
    if text is None:
        raise UnusableError("its pyvenv.cfg cannot be read")
    lines = (line.partition("=") for line in text.decode(errors="replace").splitlines())
    return {key.strip().lower(): value.strip() for key, _, value in lines}


def _base_of(real: Path, environment: Path | None, settings: Mapping[str, str]) -> tuple[Path, str]:
    """Return the prefix whose standard library the interpreter runs with, and its version."""
    copied = environment is not None and _real(environment) in real.parents
    folder = Path(settings.get("home", "")) if copied else real.parent
    if not folder.is_absolute() or folder.name != "bin":
        raise UnusableError(f"{real} does not lie in the bin folder of an interpreter")
    base = _real(folder).parent
    named = _NAME.match(real.name)
    version = named.group(1) if named else _version_by(settings, base)
    if not any(_has_library(base, lib, version) for lib in _LIBRARIES):
        raise UnusableError(f"there is no standard library of Python {version} in {base}")
    if copied and not any((folder / f"python{end}").exists() for end in (version, "3", "")):
        raise UnusableError(f"there is no interpreter in {folder}")
    return base, version


def _version_by(settings: Mapping[str, str], base: Path) -> str:
    told = re.match(r"3\.\d+", settings.get("version", settings.get("version_info", "")))
    if told:
        return told.group()
    found = {path.name.removeprefix("python") for path in _libraries(base)}
    if len(found) != 1:
        raise UnusableError(f"no version can be told from {base}")
    return found.pop()


def _libraries(base: Path) -> Iterator[Path]:
    for lib in _LIBRARIES:
        for folder in (base / lib).glob("python3.*"):
            if _NAME.fullmatch(folder.name) and (folder / "os.py").is_file():
                yield folder


def _has_library(base: Path, lib: str, version: str) -> bool:
    """Demand a library of its own, not a link to somewhere else."""
    found = base / lib / f"python{version}" / "os.py"
    return found.is_file() and base in _real(found).parents


def _shown(executable: Path, environment: Path | None, base: Path, around: Around) -> list[str]:
    """Return the folders that a box must show for the executable to be found and to run."""
    found: list[Path] = []
    if environment is not None:
        found += [environment, _real(environment)]
    found += _prefix(base, around)
    for link in _links(executable):
        found += _folder_of_link(link, base, found)
    unique = list(dict.fromkeys(found))
    for folder in unique:
        _refuse_private(folder, around)
    return [str(folder) for folder in unique]


def _prefix(base: Path, around: Around) -> list[Path]:
    """Show a prefix whole, but of `~/.local` only what belongs to programs."""
    if base == _real(around.home) / ".local":
        return [base / "bin", base / "lib"]
    return [base]


def _links(executable: Path) -> Iterator[Path]:
    """Return each place on the way from link to link, the executable itself left out."""
    path = executable
    for _ in range(_MOST_LINKS):
        if not path.is_symlink():
            return
        target = path.readlink()
        above = _real(path.parent) if ".." in target.parts else path.parent
        path = Path(os.path.normpath(above / target))
        yield path


def _folder_of_link(link: Path, base: Path, shown: list[Path]) -> list[Path]:
    if _is_below(link, *map(str, shown), *SYSTEM):
        return []
    folder = link.parent
    if folder.name == "bin":
        return [folder.parent if _real(folder.parent) == base else folder]
    if folder == Path("/etc/alternatives"):
        return [folder]
    raise UnusableError(f"it goes through {link}, which lies in no bin folder")


def _refuse_private(folder: Path, around: Around) -> None:
    """Refuse a folder that holds the project, a home or the like, by its name or by its links."""
    for path in {folder, _real(folder)}:
        holds = [one for one in around.private if path == one or path in one.parents]
        outside = str(path) in _NEVER or _is_below(path, *_NEVER_BELOW)
        if (holds or outside) and not _is_below(path, *SYSTEM):
            raise UnusableError(f"{path} holds more than an interpreter")


def _site_packages(
    environment: Path | None, base: Path, version: str, settings: Mapping[str, str]
) -> list[Path]:
    of_base = [
        *(base / lib / f"python{version}" / "site-packages" for lib in _LIBRARIES),
        base / "local" / "lib" / f"python{version}" / "dist-packages",
        base / "lib" / f"python{version}" / "dist-packages",
        base / "lib" / "python3" / "dist-packages",
    ]
    if environment is None:
        return _unique_folders(of_base)
    own = [environment / lib / f"python{version}" / "site-packages" for lib in _LIBRARIES]
    if not _unique_folders(own):
        raise UnusableError(f"it has no packages for Python {version}, which it now points to")
    shares = settings.get("include-system-site-packages", "").lower() == "true"
    return _unique_folders([*own, *(of_base if shares else [])])


def _unique_folders(folders: list[Path]) -> list[Path]:
    """Return those that are there, each once: lib64 is often a link to lib."""
    return list(
        {_real(folder): folder for folder in reversed(folders) if folder.is_dir()}.values()
    )[::-1]


def _refuse_strays(packages: list[Path], shown: list[Path]) -> None:
    for folder in packages:
        real = _real(folder)
        if not _is_below(real, *map(str, shown), *SYSTEM):
            raise UnusableError(f"its packages lie elsewhere, in {real}")


def _is_below(path: Path, *folders: str) -> bool:
    return any(path == Path(folder) or Path(folder) in path.parents for folder in folders)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
