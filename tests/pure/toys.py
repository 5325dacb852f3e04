"""A toy program whose tests have twins."""

from __future__ import annotations

import asyncio
import inspect
import sys
import types
from typing import Any
from unittest import mock

from workbench.sandbox.proof.twins import Plan, prepare

PATH = "tests/test_toy.py"


def boom() -> None:
    raise ValueError("boom")


async def later(value: object) -> object:
    await asyncio.sleep(0)
    return value


def toy(answer: object = None) -> types.ModuleType:
    """Return a program; with an `answer`, one that gives it whatever is asked."""
    module = types.ModuleType("toy")
    honest: dict[str, Any] = {
        "add": lambda a, b: a + b,
        "same": lambda value: value,
        "boom": boom,
        "later": later,
        "calls": lambda function: function("x", key=1),
    }
    names = honest if answer is None else dict.fromkeys(honest, lambda *_, **__: answer)
    module.__dict__.update(names)
    return module


HEAD = "from unittest import mock\nimport pytest\nfrom toy import add, boom, calls, later, same\n"


def outcome(source: str, program: types.ModuleType, name: str = "test_it", **given: object) -> str:
    """Run one test of a module in this process, and say how it ended."""
    with mock.patch.dict(sys.modules, {"toy": program}):
        names: dict[str, Any] = {"__name__": "test_toy"}
        exec(compile(source, PATH, "exec"), names)  # noqa: S102 - it is our own
        try:
            found = names[name](**given)
            if inspect.isawaitable(found):
                asyncio.run(_wait(found))
        except Exception as error:  # noqa: BLE001 - any failure is one
            return type(error).__name__
    return "passed"


async def _wait(found: Any) -> None:  # noqa: ANN401 - whatever a test returns
    await found


def plan_of(source: str, name: str = "test_it", seed: int = 1, *, tried: bool = False) -> Plan:
    key = f"{PATH}::{name}"
    return prepare({PATH: source}, [key], seed, [key] if tried else [])
