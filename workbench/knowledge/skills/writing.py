"""A skill as files: SKILL.md, which says what it is for, and beside it code and tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from workbench.api.memory import NewFile
from workbench.api.remembering import Part
from workbench.errors import UsageError
from workbench.knowledge.subjects import contents
from workbench.visible import visible_line

NAME = "SKILL.md"
LONGEST_DESCRIPTION = 1024
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_ID = 64


def checked_name(name: str) -> str:
    """Return the name of a skill, which is that of its folder."""
    found = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:_LONGEST_ID].strip("-")
    if not _ID.fullmatch(found):
        raise UsageError(
            f"{visible_line(name)!r} cannot be the name of a skill.",
            "It has letters from a to z, digits and dashes: `read-toml`.",
        )
    return found


def checked_description(description: str) -> str:
    """Return in one line what a skill is for."""
    line = " ".join(description.split())
    if not line or len(line) > LONGEST_DESCRIPTION or not line.isprintable():
        raise UsageError(
            "A skill needs a description.",
            f"Say in at most {LONGEST_DESCRIPTION} letters what it does and when it helps.",
        )
    return line


def files_of(name: str, description: str, files: Sequence[NewFile]) -> tuple[NewFile, ...]:
    """Return the files of a skill; without a SKILL.md of its own it gets one that names them."""
    _refuse_odd(files)
    own = next((one for one in files if one.path == NAME), None)
    body = _body(own.text) if own else _listing(name, files)
    written = NewFile("documentation", NAME, f"{_head(name, description)}\n{body}")
    return (written, *(one for one in files if one.path != NAME))


def _refuse_odd(files: Iterable[NewFile]) -> None:
    for one in files:
        contents.checked_path(one.path)
        if one.kind == "test" and not is_test(one.path):
            raise UsageError(
                f"{visible_line(one.path)} is not found by pytest.",
                "A file of tests is called test_….py.",
            )


def is_test(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def _head(name: str, description: str) -> str:
    """Return the front matter; JSON's strings are YAML's, whatever stands in them."""
    quoted = msgspec.json.encode(description).decode()
    return f"---\nname: {name}\ndescription: {quoted}\n---\n"


def _body(text: str) -> str:
    """Return what stands after the front matter, if there is one."""
    found = re.match(r"---\n.*?\n---\n+", text, re.DOTALL)
    return text[found.end() :] if found else text


def _listing(name: str, files: Sequence[NewFile]) -> str:
    lines = [f"# {name}", ""]
    for kind, title in (("code", "Code"), ("test", "Tests"), ("documentation", "More")):
        paths = [one.path for one in files if one.kind == kind]
        if paths:
            lines += [f"{title}:", "", *(f"- [{path}]({path})" for path in paths), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def has_tests(parts: Iterable[Part]) -> bool:
    return any(part.kind == "test" for part in parts)


def has_code(parts: Iterable[Part]) -> bool:
    return any(part.kind == "code" for part in parts)
