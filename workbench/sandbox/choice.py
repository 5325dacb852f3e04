"""Which engine this machine can have: the first in order whose box proves itself."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

import msgspec

from workbench.errors import SandboxError, WorkbenchError
from workbench.sandbox.box import Box
from workbench.sandbox.plan import Level, Line, Plan
from workbench.sandbox.selftest import examine

ENGINES = ("docker", "namespaces", "bubblewrap", "landlock")
_TO_GET_ONE = (
    "Install Docker or bubblewrap, or allow user namespaces for ordinary users; "
    "`workbench sandbox status` tells what each engine lacks."
)


class Engine(Protocol):
    """A module of `engines`."""

    NAME: str
    LEVEL: Level

    def open_line(self, plan: Plan) -> Line: ...


class Finding(msgspec.Struct, frozen=True):
    """What trying one engine showed."""

    engine: str
    level: Level
    holds: bool
    sentence: str


class Choice(msgspec.Struct, frozen=True):
    """The engine that is used, none if there is none, and why."""

    engine: str
    level: Level
    findings: tuple[Finding, ...]

    @property
    def sentence(self) -> str:
        reduced = ", which is reduced: see docs/threat-model.md" * (self.level is Level.REDUCED)
        return f"{self.engine}{reduced}" if self.engine else "none"


def load(name: str) -> Engine:
    """Return the engine called `name`; each is imported only when it is tried."""
    engine: Engine = import_module(f"workbench.sandbox.engines.{name}")
    return engine


def choose(
    plan: Plan,
    wanted: str = "auto",
    minimum: Level = Level.REDUCED,
    keep: Callable[[str, Box], None] | None = None,
) -> Choice:
    """Try the engines in their order, or only the one wanted; take the first that holds.

    Whoever can `keep` the box that has proven itself is given it; else it is closed.
    """
    findings: list[Finding] = []
    for name in ENGINES if wanted == "auto" else (wanted,):
        engine = load(name)
        finding, box = _tried(engine, plan)
        findings.append(finding)
        is_chosen = finding.holds and minimum <= engine.LEVEL
        if box and is_chosen and keep:
            keep(name, box)
        elif box:
            box.close()
        if is_chosen:
            return Choice(name, engine.LEVEL, tuple(findings))
    return Choice("", Level.NONE, tuple(findings))


def try_engine(engine: Engine, plan: Plan) -> Finding:
    """Open a box of `engine`, look whether it is shut from inside, close it."""
    finding, box = _tried(engine, plan)
    if box:
        box.close()
    return finding


def _tried(engine: Engine, plan: Plan) -> tuple[Finding, Box | None]:
    """Return what an engine shows, and its box if that holds."""
    try:
        box, missing = _examined(engine, plan)
    except WorkbenchError as error:
        return _failed(engine, f"{error.sentence} {error.hint}".strip()), None
    except OSError as error:
        return _failed(engine, f"It cannot be used: {error}."), None
    if missing:
        box.close()
        return _failed(engine, f"Its self-test failed: {', '.join(missing)}."), None
    return Finding(engine.NAME, engine.LEVEL, True, "Its self-test holds."), box


def _failed(engine: Engine, sentence: str) -> Finding:
    return Finding(engine.NAME, engine.LEVEL, False, sentence)


def _examined(engine: Engine, plan: Plan) -> tuple[Box, tuple[str, ...]]:
    line = engine.open_line(plan)
    try:
        box = Box(line, plan)
        return box, examine(box, engine.LEVEL)
    except BaseException:
        line.kill()
        line.close()
        raise


def refuse(choice: Choice) -> SandboxError:
    """Return the error of a machine where nothing may be run."""
    tried = " ".join(f"{one.engine}: {one.sentence}" for one in choice.findings)
    return SandboxError(f"No sandbox is strong enough here. {tried}", _TO_GET_ONE)
