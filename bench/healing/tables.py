r"""Programs of our own with the mistakes made in them, read from `tables/`.

A table is text: `=== NAME` starts a program, whose source follows; `--- PATH` starts a further file
of it. Then, a line each: `> CALL` is tested in the project; `? EXPRESSION` makes, with what is in
`drawing`, the arguments of a call that judges, or the call as text; `! OLD ~> NEW` is one bug, its
several exchanges parted by `&&`, with `\n` for the end of a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_TABLES = Path(__file__).parent / "tables"


class Program(NamedTuple):
    """A right program and what can be made wrong in it."""

    name: str
    files: dict[str, str]
    shown: tuple[str, ...]
    drawn: tuple[str, ...]
    bugs: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def source(self) -> str:
        return self.files[f"{self.name}.py"]


class MistakeMissing(Exception):
    """What a bug exchanges is not in the program exactly once."""


def read_table(name: str) -> list[Program]:
    text = (_TABLES / f"{name}.txt").read_text(encoding="utf-8")
    return [_program(part) for part in text.split("\n=== ") if part.strip()]


def broken(program: Program, bug: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the files of a program with the exchanges of one bug made."""
    files = dict(program.files)
    for old, new in bug:
        holding = [path for path, text in files.items() if text.count(old) == 1]
        if len(holding) != 1:
            raise MistakeMissing(f"{program.name}: {old!r}")
        files[holding[0]] = files[holding[0]].replace(old, new)
    return files


def _program(part: str) -> Program:
    head, _, body = part.partition("\n")
    name = head.removeprefix("=== ").strip()
    lines = body.splitlines()
    source = "\n".join(line for line in lines if line[:2] not in ("> ", "? ", "! "))
    first, *others = source.split("\n--- ")
    files = {f"{name}.py": first.strip("\n") + "\n", **dict(map(_file, others))}
    return Program(
        name, files, _marked(lines, ">"), _marked(lines, "?"), tuple(_bugs(_marked(lines, "!")))
    )


def _file(part: str) -> tuple[str, str]:
    path, _, text = part.partition("\n")
    return path.strip(), text.strip("\n") + "\n"


def _marked(lines: list[str], mark: str) -> tuple[str, ...]:
    return tuple(line[2:] for line in lines if line.startswith(f"{mark} "))


def _bugs(lines: tuple[str, ...]) -> Iterator[tuple[tuple[str, str], ...]]:
    for line in lines:
        pairs = (part.partition(" ~>") for part in line.split(" && "))
        yield tuple((_lines(old), _lines(new.removeprefix(" "))) for old, _, new in pairs)


def _lines(text: str) -> str:
    return text.replace("\\n", "\n")
