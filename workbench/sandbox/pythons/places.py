"""Where a project's interpreter may lie, by the rules of the tools that put it there."""

from __future__ import annotations

import os
import re
import tomllib
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from workbench.sandbox.pythons.examining import is_environment
from workbench.sandbox.snapshots.repository import read_bounded

_LARGEST = 1 << 20
_POETRY_UNSAFE = re.compile(r'[ $`!*@"\\\r\n\t]')
_PIPENV_UNSAFE = re.compile(r'[ &$`!*@"()\[\]\\\r\n\t]')
_LONGEST_NAME = 42
_VERSION_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")

Place = tuple[Path, str]
"""Where to look, and what the user knows it as."""


def places(project: Path, environ: Mapping[str, str], home: Path) -> Iterator[Place]:
    """Return what is there, the likeliest first."""
    base = environ.get("CONDA_DEFAULT_ENV") == "base"
    conda = list(_named_by("CONDA_PREFIX", "the active conda environment", environ))
    yield from _in_project(project, environ)
    yield from _named_by("VIRTUAL_ENV", "the active environment (VIRTUAL_ENV)", environ)
    yield from [] if base else conda
    yield from _poetry(project, environ, home)
    yield from _pipenv(project, environ, home)
    yield from _hatch(project, environ, home)
    yield from _pyenv(project, environ, home)
    yield from conda if base else []


def _in_project(project: Path, environ: Mapping[str, str]) -> Iterator[Place]:
    uv = environ.get("UV_PROJECT_ENVIRONMENT", "")
    for name in (*filter(None, [uv]), ".venv", "venv", "env"):
        if is_environment(project / name):
            yield project / name, f"the project's {name}"


def _named_by(variable: str, origin: str, environ: Mapping[str, str]) -> Iterator[Place]:
    path = environ.get(variable, "")
    if os.path.isabs(path):  # noqa: PTH117 - a text from the environment
        yield Path(path), origin


def _poetry(project: Path, environ: Mapping[str, str], home: Path) -> Iterator[Place]:
    """Poetry names an environment after the project, its path and the version of Python."""
    settings = _settings_of(project)
    poetry = settings.get("tool", {}).get("poetry")
    if poetry is None and not (project / "poetry.lock").is_file():
        return
    cache = _folder(environ, "XDG_CACHE_HOME", home / ".cache") / "pypoetry"
    cache = _folder(environ, "POETRY_CACHE_DIR", cache)
    folder = _folder(environ, "POETRY_VIRTUALENVS_PATH", cache / "virtualenvs")
    name = (poetry or {}).get("name") or _name_of(settings) or "non-package-mode"
    for wanted in dict.fromkeys((_canonical(name), name.lower())):
        safe = _POETRY_UNSAFE.sub("_", wanted)[:_LONGEST_NAME]
        hashed = _hash(os.path.realpath(project))
        found = folder.glob(f"{_literal(f'{safe}-{hashed}')}-py3.*")
        for path in sorted(found, key=_version_key, reverse=True):
            yield path, "poetry's environment of the project"


def _pipenv(project: Path, environ: Mapping[str, str], home: Path) -> Iterator[Place]:
    """Pipenv names an environment after the project's folder and the path of its Pipfile."""
    if not (project / "Pipfile").is_file():
        return
    data = _folder(environ, "XDG_DATA_HOME", home / ".local" / "share")
    folder = _folder(environ, "WORKON_HOME", data / "virtualenvs")
    safe = _PIPENV_UNSAFE.sub("_", project.name)[:_LONGEST_NAME]
    path = folder / f"{safe}-{_hash(str(project / 'Pipfile'))}"
    if path.is_dir():
        yield path, "pipenv's environment of the project"


def _hatch(project: Path, environ: Mapping[str, str], home: Path) -> Iterator[Place]:
    settings = _settings_of(project)
    name = _canonical(_name_of(settings))
    if not name or "hatch" not in settings.get("tool", {}):
        return
    data = _folder(environ, "XDG_DATA_HOME", home / ".local" / "share") / "hatch"
    folder = _folder(environ, "HATCH_DATA_DIR", data) / "env" / "virtual"
    path = folder / name / _hash(str(project)) / name
    if path.is_dir():
        yield path, "hatch's environment of the project"


def _pyenv(project: Path, environ: Mapping[str, str], home: Path) -> Iterator[Place]:
    root = _folder(environ, "PYENV_ROOT", home / ".pyenv") / "versions"
    for folder in (project, *project.parents):
        text = read_bounded(folder / ".python-version", _LARGEST)
        if text is not None:
            yield from _pyenv_versions(text.decode(errors="replace"), root)
            return


def _pyenv_versions(text: str, root: Path) -> Iterator[Place]:
    """Take what the file names, or the newest of the series that it names."""
    lines = (line.strip() for line in text.splitlines())
    names = [line for line in lines if _VERSION_NAME.fullmatch(line)]
    for name in names[:1]:
        series = sorted(root.glob(f"{_literal(name)}.*"), key=_version_key, reverse=True)
        for path in (root / name, *series):
            if path.is_dir():
                yield path, f"pyenv's {path.name}, which .python-version names"


def _settings_of(project: Path) -> dict[str, Any]:
    """Return what pyproject.toml says; a broken one says nothing about interpreters."""
    text = read_bounded(project / "pyproject.toml", _LARGEST) or b""
    try:
        found = tomllib.loads(text.decode(errors="replace"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    tools = found.get("tool")
    well = isinstance(tools, dict) and isinstance(tools.get("poetry", {}), dict)
    return found if well or tools is None else {}


def _name_of(settings: Mapping[str, Any]) -> str:
    project = settings.get("project")
    name = project.get("name") if isinstance(project, dict) else None
    return name if isinstance(name, str) else ""


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _hash(path: str) -> str:
    """Write a path as poetry, pipenv and hatch do: 48 bits of SHA-256."""
    return urlsafe_b64encode(sha256(os.fsencode(path)).digest())[:8].decode()


def _folder(environ: Mapping[str, str], variable: str, otherwise: Path) -> Path:
    named = environ.get(variable, "")
    return Path(named) if named.startswith("/") else otherwise


def _literal(text: str) -> str:
    """Keep a name that a repository chose from being a pattern or a path."""
    return re.sub(r"([*?\[])", r"[\1]", text.replace("/", "_"))


def _version_key(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", path.name.rpartition("-")[2]))
