"""The layers that settings come from, each read into values that know their origin."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import msgspec

from workbench.errors import ConfigurationError, UsageError
from workbench.settings.positions import DEEPEST, KeyPath, find_lines
from workbench.settings.schema import KEYS, SECTIONS, TABLES, find_key
from workbench.visible import visible_line

PREFIX = "WORKBENCH_"
LARGEST_FILE = 64 * 1024
LONGEST_LINE = 1000
"""tomllib takes a minute for a hostile line of 50,000 dots."""
_LONGEST_SHOWN = 60
_MEND = "`workbench config edit user` and `workbench config edit project` open the files."
_LIST_THEM = "`workbench config show` lists every setting, docs/settings.md explains them."


class Layer(StrEnum):
    """Where a value can come from; an earlier layer wins over a later one."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    PROJECT = "project file"
    USER = "user file"
    SHIPPED = "shipped default"


@dataclass(frozen=True)
class Origin:
    """Where one value came from."""

    layer: Layer
    source: str = ""
    """The flag, the variable or the file."""
    line: int | None = None

    @property
    def place(self) -> str:
        """Say where to mend it."""
        if self.layer is Layer.FLAG:
            return f"--set {visible_line(self.source)}"
        return self.source if self.line is None else f"{self.source}, line {self.line}"

    def __str__(self) -> str:
        return self.layer if self.layer is Layer.SHIPPED else f"{self.layer} {self.place}"


@dataclass(frozen=True)
class Entry:
    """One setting with a value of the right type."""

    name: str
    value: object
    origin: Origin

    @property
    def widens(self) -> bool:
        key = find_key(self.name)
        return key is not None and key.widens


Entries = tuple[Entry, ...]


@dataclass(frozen=True)
class Document:
    """A settings file, read once, so that what is trusted is what is used."""

    path: Path
    entries: Entries = ()
    sha256: str = ""


def read_flags(flags: Sequence[str]) -> Entries:
    """Return what `key=value` texts from the command line say."""
    return tuple(_read_flag(flag) for flag in flags)


def _read_flag(flag: str) -> Entry:
    name, equals, text = flag.partition("=")
    if not equals:
        raise UsageError(f"--set wants SECTION.KEY=VALUE, not {visible_line(flag)}.", _LIST_THEM)
    return _entry(name.strip(), text, Origin(Layer.FLAG, flag), is_text=True)


def read_environment(environ: Mapping[str, str]) -> Entries:
    """Return what the variables say; a misspelt one is refused, a stranger's is not ours."""
    names = {variable(key.name): key.name for key in KEYS.values() if not key.is_table}
    return tuple(
        _entry(name, environ[found], Origin(Layer.ENVIRONMENT, found), is_text=True)
        for found in sorted(environ)
        if found.startswith(PREFIX) and (name := _name_of(found, names))
    )


def variable(name: str) -> str:
    """Return the environment variable that sets `name`."""
    return PREFIX + name.replace(".", "_").upper()


def _name_of(found: str, names: Mapping[str, str]) -> str | None:
    if found in names:
        return names[found]
    section = found.removeprefix(PREFIX).partition("_")[0].lower()
    near = _nearest(found, {name: name for name in names}, cutoff=0.85)
    if near or section in SECTIONS:
        raise ConfigurationError(
            f"The environment variable {found} names no setting{_did_you_mean(near)}", _LIST_THEM
        )
    return None


def read_file(path: Path, layer: Layer) -> Document:
    """Return what the settings file at `path` says; one that is not there says nothing."""
    data = read_bytes(path)
    if data is None:
        return Document(path)
    text = decode(path, data)
    origin = Origin(layer, str(path))
    try:
        tree = tomllib.loads(text)
    except RecursionError as error:
        raise ConfigurationError(f"{path} is nested too deeply.", _MEND) from error
    except ValueError as error:
        raise ConfigurationError(where_toml_fails(path, str(error)), _MEND) from error
    entries = _refuse_twice(tuple(_walk(tree, find_lines(text), origin)))
    return Document(path, entries, sha256(data).hexdigest())


def read_bytes(path: Path) -> bytes | None:
    """Read a regular file of sensible size; a pipe or a device would never end."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.", _MEND) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ConfigurationError(f"{path} is not a file.", "Settings are kept in a text file.")
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ConfigurationError(f"{path} is larger than {LARGEST_FILE // 1024} KiB.", _MEND)
    return data


def decode(path: Path, data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{path}, line {line}: this is not UTF-8 text.", _MEND) from error
    text = text.replace("\r\n", "\n")
    for line, content in enumerate(text.split("\n"), 1):
        if len(content) > LONGEST_LINE:
            raise ConfigurationError(f"{path}, line {line}: this line is too long.", _MEND)
    return text


def where_toml_fails(path: Path, complaint: str) -> str:
    """Put the place first: tomllib names it last, in brackets."""
    found = re.fullmatch(r"(?s)(.*) \(at (?:line (\d+), column \d+|end of document)\)", complaint)
    what, line = found.groups() if found else (complaint, None)
    place = f"{path}, line {line}" if line else f"{path}, at its end" if found else str(path)
    return f"{place}: this is not TOML: {visible_line(what)}."


def _walk(
    tree: Mapping[str, object], lines: Mapping[KeyPath, int], origin: Origin, above: KeyPath = ()
) -> Iterator[Entry]:
    for part, value in tree.items():
        path = (*above, part)
        if isinstance(value, dict) and _holds_more(path):
            yield from _walk(value, lines, origin, path)
        else:
            here = replace(origin, line=_line_of(path, lines))
            yield _entry(".".join(path), value, here)


def _holds_more(path: KeyPath) -> bool:
    """Tell a section, or a table within one whose names the user chooses, from a value."""
    if len(path) == 1:
        return path[0] in SECTIONS
    tables = (tuple(table.split(".")) for table in TABLES)
    return any(path[: len(table)] == table for table in tables) and len(path) < DEEPEST


def _line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)


def _refuse_twice(entries: Entries) -> Entries:
    """Refuse one setting under two spellings, such as `a.b` and `"a.b"`, which TOML allows."""
    first: dict[str, Entry] = {}
    for entry in entries:
        if first.setdefault(entry.name, entry) is not entry:
            raise ConfigurationError(
                f"{entry.origin.place}: {_shown_name(entry.name)} is set twice.", _LIST_THEM
            )
    return entries


def _entry(name: str, value: object, origin: Origin, *, is_text: bool = False) -> Entry:
    if name in SECTIONS | TABLES:
        raise ConfigurationError(
            f"{origin.place}: {name} is a section, set as [{name}] or {name}.KEY.", _LIST_THEM
        )
    key = find_key(name)
    if key is None:
        raise unknown(name, origin.place)
    try:
        return Entry(name, key.convert(value, is_text=is_text), origin)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"{origin.place}: {_shown_name(name)} must be {key.wanted}, not {_shown(value)}.",
            _LIST_THEM,
        ) from error


def unknown(name: str, place: str = "") -> ConfigurationError:
    """Return the complaint that there is no setting `name`, with the nearest one there is."""
    spellings = {key.rpartition(".")[2]: key for key in KEYS} | {one: one for one in SECTIONS}
    near = _nearest(name, spellings | {key: key for key in KEYS}, cutoff=0.6)
    begin = f"{place}: there" if place else "There"
    return ConfigurationError(
        f"{begin} is no setting {_shown_name(name)}{_did_you_mean(near)}", _LIST_THEM
    )


def _nearest(name: str, spellings: Mapping[str, str], cutoff: float) -> str | None:
    from difflib import get_close_matches

    close = get_close_matches(name[:_LONGEST_SHOWN], spellings, 1, cutoff)
    return spellings[close[0]] if close else None


def _did_you_mean(near: str | None) -> str:
    return f"; did you mean {near}?" if near else "."


def _shown_name(name: str) -> str:
    return visible_line(_cut(name))


def _shown(value: object) -> str:
    match value:
        case dict():
            return "a table"
        case list():
            return "a list"
        case bool():
            return str(value).lower()
        case str():
            return f'"{visible_line(_cut(value))}"'
    return visible_line(_cut(str(value)))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
