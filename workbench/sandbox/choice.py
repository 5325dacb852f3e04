"""Which engine this machine can have: the first in order whose box proves itself."""

from __future__ import annotations

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


def choose(plan: Plan, wanted: str = "auto", minimum: Level = Level.REDUCED) -> Choice:
    """Try the engines in their order, or only the one wanted; take the first that holds."""
    findings: list[Finding] = []
    for name in ENGINES if wanted == "auto" else (wanted,):
        engine = load(name)
        finding = try_engine(engine, plan)
        findings.append(finding)
        if finding.holds and minimum <= engine.LEVEL:
            return Choice(name, engine.LEVEL, tuple(findings))
    return Choice("", Level.NONE, tuple(findings))


def try_engine(engine: Engine, plan: Plan) -> Finding:
    """Open a box of `engine`, look whether it is shut from inside, close it."""
    try:
        missing = _examine(engine, plan)
    except WorkbenchError as error:
        return Finding(engine.NAME, engine.LEVEL, False, f"{error.sentence} {error.hint}".strip())
    except OSError as error:
        return Finding(engine.NAME, engine.LEVEL, False, f"It cannot be used: {error}.")
    if missing:
        sentence = f"Its self-test failed: {', '.join(missing)}."
        return Finding(engine.NAME, engine.LEVEL, False, sentence)
    return Finding(engine.NAME, engine.LEVEL, True, "Its self-test holds.")


def _examine(engine: Engine, plan: Plan) -> tuple[str, ...]:
    line = engine.open_line(plan)
    try:
        return examine(Box(line, plan), engine.LEVEL)
    finally:
        line.kill()
        line.close()


def refuse(choice: Choice) -> SandboxError:
    """Return the error of a machine where nothing may be run."""
    tried = " ".join(f"{one.engine}: {one.sentence}" for one in choice.findings)
    return SandboxError(f"No sandbox is strong enough here. {tried}", _TO_GET_ONE)
