"""What is installed beside the project's interpreter, read from its folders.

Nothing is imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from configparser import ConfigParser, Error
from functools import cache
from pathlib import Path

_LARGEST = 1024 * 1024
_SHUFFLING = ("pytest_randomly", "pytest_random_order", "random_order")
"""They would make two runs of the same tests differ, which a proof decides itself."""
_SOURCES = (".py", ".so", ".pyd")


@cache
def plugins_of(site_packages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the modules that pytest would load by itself, because a package says so."""
    files = (file for one in site_packages for file in Path(one).glob("*-info/entry_points.txt"))
    return tuple(dict.fromkeys(name for file in sorted(files) for name in _plugins(file)))


def _plugins(file: Path) -> Iterator[str]:
    if file.stat().st_size > _LARGEST:
        return
    parser = ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment]
    try:
        parser.read_string(file.read_text(encoding="utf-8", errors="replace"))
    except Error:
        return
    if parser.has_section("pytest11"):
        for value in parser["pytest11"].values():
            name = value.partition(":")[0].partition("[")[0].strip()
            if not name.startswith(_SHUFFLING):
                yield name


@cache
def names_of(site_packages: tuple[str, ...]) -> frozenset[str]:
    """Return every top-level name that can be imported from what is installed."""
    return frozenset(_names(path for one in site_packages for path in _entries(Path(one))))


def _entries(folder: Path) -> Iterable[Path]:
    return folder.iterdir() if folder.is_dir() else ()


def _names(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        name = path.name.partition(".")[0]
        if name.isidentifier() and (path.is_dir() or path.suffix in _SOURCES):
            yield name
