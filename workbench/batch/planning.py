"""Reading a plan: all that is wrong with it is told at once, with line, key and a way out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from itertools import pairwise
from os.path import normpath
from pathlib import Path, PurePosixPath
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from workbench.batch.plan import (
    LATER,
    STEPS,
    SUFFIXES,
    AnyStep,
    ApplyApproved,
    Heal,
    Limits,
    Outputs,
    Plan,
    ReviewExport,
    Test,
)
from workbench.errors import ConfigurationError, UsageError
from workbench.settings.positions import find_lines
from workbench.visible import visible_line

_STEP = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|\#[^\n]*'''
    r"|(?P<step>^[ \t]*\[\[[ \t]*step[ \t]*\]\])",
    re.DOTALL | re.MULTILINE,
)
"""Where a step begins; what stands in a text or a comment begins none."""
_LARGEST = 1024 * 1024
_MOST_STEPS = 100
_SECTIONS = ("limits", "outputs", "step")
_OURS = (".git", ".workbench")
T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, order=True)
class Mistake:
    """One thing that is wrong, where it stands, and how it is mended."""

    line: int
    """0 where none can be named."""
    key: str
    sentence: str


@dataclass
class _Notes:
    """What was found wrong so far."""

    lines: _Lines
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, key: _Key, sentence: str) -> None:
        self.mistakes.append(Mistake(self.lines.of(key), key.told, sentence))


@dataclass(frozen=True)
class _Key:
    """Names a key: its section, the number of the step from 1, or 0, and the key itself."""

    section: str
    step: int = 0
    name: str = ""

    @property
    def told(self) -> str:
        head = f"step {self.step}" if self.step else self.section
        return ".".join(filter(None, (head, visible_line(self.name))))


class _Lines:
    """Where keys stand; steps are the parts between their headers."""

    def __init__(self, text: str) -> None:
        starts = [match.start() for match in _STEP.finditer(text) if match["step"]]
        self._whole = find_lines(text)
        self._steps = [
            (text.count("\n", 0, start), find_lines(text[start:end]))
            for start, end in pairwise([*starts, len(text)])
        ]

    def of(self, key: _Key) -> int:
        if not key.step:
            found = self._whole.get((key.section, key.name), 0)
            return found or self._whole.get((key.section,), 0)
        if key.step > len(self._steps):
            return self._whole.get(("step",), 0)
        before, lines = self._steps[key.step - 1]
        return before + lines.get(("step", key.name), lines.get(("step",), 1))


def load_plan(file: Path, project: Path, tests: tuple[str, ...] = ()) -> Plan:
    """Read the plan in a file and hold it against the project; `tests` stand in for all tests."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST + 1)
        text = data.decode()
    except OSError as error:
        raise UsageError(
            f"The plan {visible_line(str(file))} cannot be read: {error.strerror}.",
            "Name a file that exists: workbench batch PLAN.toml.",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"The plan {visible_line(str(file))} is not UTF-8 text.", "TOML is."
        ) from error
    if len(data) > _LARGEST:
        raise ConfigurationError(f"The plan {visible_line(str(file))} is larger than a MiB.", "")
    return _narrowed(read_plan(text, file.name, project), tests, project)


def _narrowed(plan: Plan, tests: tuple[str, ...], project: Path) -> Plan:
    for name in tests:
        path = name.partition("::")[0]
        if _outside(path, project) or not (project / path).exists():
            raise UsageError(
                f"There is no {visible_line(path)} in the project.",
                "Name tests by their paths from its folder.",
            )
    steps = tuple(
        msgspec.structs.replace(step, tests=tests)
        if tests and isinstance(step, (Test, Heal)) and not step.tests
        else step
        for step in plan.steps
    )
    return replace(plan, steps=steps)


def read_plan(text: str, name: str, project: Path) -> Plan:
    """Return the plan that a text holds, or tell all that is wrong with it."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(
            f"{visible_line(name)} is not TOML: {error}.", "docs/batch.md shows a plan."
        ) from error
    notes = _Notes(_Lines(text))
    plan = _plan(document, name, notes)
    _contradictions(plan, notes)
    _places(plan, project, notes)
    if notes.mistakes:
        raise _refused(name, sorted(set(notes.mistakes)))
    return plan


def _refused(name: str, mistakes: list[Mistake]) -> ConfigurationError:
    told = [_told(visible_line(name), one) for one in mistakes]
    head = "" if len(told) == 1 else f"{visible_line(name)} has {len(told)} mistakes:\n"
    return ConfigurationError(head + "\n".join(told), "docs/batch.md tells what a plan can say.")


def _told(name: str, mistake: Mistake) -> str:
    where = f"{name}:{mistake.line}" if mistake.line else name
    return f"{where}: {mistake.key}: {mistake.sentence}"


def _plan(document: Mapping[str, Any], name: str, notes: _Notes) -> Plan:
    for section in document:
        if section not in _SECTIONS:
            notes.add(_Key(section), f"there is no such section{_near(section, _SECTIONS)}")
    limits = _section(Limits, document, "limits", notes)
    outputs = _section(Outputs, document, "outputs", notes)
    return Plan(name, limits, outputs, tuple(_steps(document.get("step", []), notes)))


def _section(kind: type[T], document: Mapping[str, Any], name: str, notes: _Notes) -> T:
    table = document.get(name, {})
    if not isinstance(table, dict):
        notes.add(_Key(name), f"it must be a table: [{name}].")
        return kind()
    return _struct(kind, table, partial(_Key, name, 0), notes)


def _steps(steps: object, notes: _Notes) -> Iterator[AnyStep]:
    if not isinstance(steps, list) or not all(isinstance(one, dict) for one in steps):
        notes.add(_Key("step"), "steps are tables: write [[step]] before each.")
        return
    if not 1 <= len(steps) <= _MOST_STEPS:
        notes.add(_Key("step"), f"a plan has 1 to {_MOST_STEPS} steps: [[step]] begins one.")
    for number, table in enumerate(steps[:_MOST_STEPS], start=1):
        if kind := _kind(table.get("do"), number, notes):
            rest = {name: value for name, value in table.items() if name != "do"}
            yield _struct(kind, rest, partial(_Key, "step", number), notes)


def _kind(do: object, number: int, notes: _Notes) -> type[AnyStep] | None:
    key, every = _Key("step", number, "do"), ", ".join(STEPS)
    if not isinstance(do, str):
        notes.add(key, f"say what to do: one of {every}.")
    elif do in LATER:
        notes.add(key, f"{do} is not there yet: it comes with a later release.")
    elif do not in STEPS:
        notes.add(key, f"there is no step {visible_line(do)}: steps are {every}.")
    else:
        return STEPS[do]
    return None


def _struct(
    kind: type[T], table: Mapping[str, Any], key: Callable[[str], _Key], notes: _Notes
) -> T:
    """Make a value of a table; what will not do is noted and left out."""
    types = _types(kind)
    good: dict[str, Any] = {}
    for name, value in table.items():
        if name not in types:
            notes.add(key(name), f"there is no such key{_near(name, tuple(types))}")
            continue
        try:
            good[name] = msgspec.convert(value, types[name])
        except msgspec.ValidationError:
            notes.add(key(name), f"it must be {wanted(types[name])}.")
    return kind(**good)


def _types(kind: type[msgspec.Struct]) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint for name, hint in hints.items() if get_origin(hint) is not ClassVar}


def wanted(hint: Any) -> str:  # noqa: ANN401 - a type
    """Say in words which values a key takes."""
    if isinstance(hint, UnionType) or NoneType in get_args(hint):
        return wanted(next(one for one in get_args(hint) if one is not NoneType))
    if get_origin(hint) is Literal:
        return " or ".join(get_args(hint))
    if get_origin(hint) is Annotated:
        kind, *marks = get_args(hint)
        return _ranged(wanted(kind), marks)
    kinds = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
    return kinds.get(hint, "a list of text")


def _ranged(kind: str, marks: list[Any]) -> str:
    for mark in marks:
        if mark.ge is not None and mark.le is not None:
            return f"{kind} from {mark.ge:,} to {mark.le:,}"
        if mark.ge is not None:
            return f"{kind} of at least {mark.ge:,}"
    return kind


def _near(word: str, words: tuple[str, ...]) -> str:
    near = "".join(get_close_matches(word, words, 1))
    every = ", ".join(words) or "none"
    return f"; did you mean {near}?" if near else f": there are {every}."


def _contradictions(plan: Plan, notes: _Notes) -> None:
    limits = plan.limits
    if limits.seed is not None and limits.candidates is None:
        told = "a seed counts only where candidates are counted: give limits.candidates as well."
        notes.add(_Key("limits", 0, "seed"), told)
    for number, step in enumerate(plan.steps, start=1):
        if isinstance(step, ApplyApproved) and not step.approvals:
            told = "nothing can be applied without approvals: name their files."
            notes.add(_Key("step", number, "approvals"), told)
        if isinstance(step, Heal) and step.seconds and limits.seconds:
            _held(step.seconds, limits.seconds, _Key("step", number, "seconds"), notes)
        if isinstance(step, ReviewExport) and not step.to:
            notes.add(_Key("step", number, "to"), "say which folder it goes to.")


def _held(seconds: float, limit: float, key: _Key, notes: _Notes) -> None:
    if seconds > limit:
        notes.add(key, f"the whole plan has {limit:g} seconds (limits.seconds).")


def _places(plan: Plan, project: Path, notes: _Notes) -> None:
    """Hold every path of the plan against the project."""
    _written(plan, project, notes)
    for number, step in enumerate(plan.steps, start=1):
        if isinstance(step, (Test, Heal)):
            _there("tests", step.tests, number, project, notes)
        if isinstance(step, ApplyApproved):
            _there("approvals", step.approvals, number, project, notes)


def _there(what: str, names: tuple[str, ...], step: int, project: Path, notes: _Notes) -> None:
    key = _Key("step", step, what)
    for name in names:
        path = name.partition("::")[0]
        if why := _outside(path, project):
            notes.add(key, f"{visible_line(name)} {why}")
        elif not (project / path).exists():
            notes.add(key, f"there is no {visible_line(path)} in the project.")


def _written(plan: Plan, project: Path, notes: _Notes) -> None:
    taken: dict[PurePosixPath, str] = {}
    for told, path in plan.places:
        key, where = _key_of(told), PurePosixPath(normpath(path))
        if why := _outside(path, project) or _unfit(where, key.name, project):
            notes.add(key, f"{visible_line(path)} {why}")
        for other, name in taken.items():
            if where == other:
                notes.add(key, f"{visible_line(path)} is written twice: {name} goes there too.")
            elif where.is_relative_to(other) or other.is_relative_to(where):
                notes.add(key, f"{visible_line(path)} and that of {name} lie in one another.")
        taken[where] = told


def _key_of(told: str) -> _Key:
    section, _, name = told.partition(".")
    is_step = section.startswith("step ")
    return _Key("step", int(section[5:]), name) if is_step else _Key(section, 0, name)


def _outside(path: str, project: Path) -> str:
    """Say why a path is none of the project's, if so; links are followed to see it."""
    if not path or "\0" in path:
        return "names nothing."
    if path.startswith("-"):
        return "looks like an option: a path begins with something else."
    try:
        real = (project / path).resolve()
    except (OSError, RuntimeError):
        return "cannot be followed: its links go round."
    if path.startswith("/") or not real.is_relative_to(project.resolve()):
        return "lies outside the project: paths begin in its folder."
    return ""


def _unfit(where: PurePosixPath, kind: str, project: Path) -> str:
    """Say why a report cannot go somewhere, if so."""
    is_folder = kind not in SUFFIXES
    if where.parts[:1] == () or where.parts[0] in _OURS:
        return "is not for reports: name a folder such as reports."
    if not is_folder and where.suffix not in SUFFIXES[kind]:
        return f"must end with {' or '.join(SUFFIXES[kind])}."
    found = project / where
    if any(above.exists() and not above.is_dir() for above in found.parents):
        return "cannot be made: a file stands where a folder should be."
    if found.exists() and found.is_dir() != is_folder:
        return f"is a {'file' if is_folder else 'folder'} already."
    return ""
