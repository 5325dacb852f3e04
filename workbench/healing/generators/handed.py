"""What a caller handed on in another order than the function takes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Draft, Slot, short
from workbench.healing.drafting.crash import Crash, told
from workbench.healing.ground import Ground
from workbench.splice import last_name

_SHARE, _MOST_ARGUMENTS = 0.4, 5
_OF_A_WRONG_VALUE = ("TypeError", "AttributeError", "ValueError", "LookupError")


def of_failure(ground: Ground) -> Iterator[Candidate]:
    return told("handed", ground, dict.fromkeys(_OF_A_WRONG_VALUE, _turned))


def _turned(crash: Crash) -> Iterator[Draft]:
    """Let two arguments of the call that led to the crash change places."""
    called = _called(crash)
    for slot in crash.slots(ast.Call) if called else ():
        assert isinstance(slot.node, ast.Call)  # noqa: S101 - for the checker alone
        arguments = [one for one in slot.node.args if not isinstance(one, ast.Starred)]
        if last_name(slot.node.func) == called and 1 < len(arguments) <= _MOST_ARGUMENTS:
            pairs = list(combinations(arguments, 2))
            for pair in pairs:
                yield _draft(crash, slot.node, pair, _SHARE / len(pairs))


def _called(crash: Crash) -> str:
    """Return what is called in the frame of a crash, by the frame that is within it."""
    frames = crash.raised.frames
    inner = frames[frames.index(crash.frame) + 1 :]
    return inner[0].function.rpartition(".")[2] if inner else ""


def _draft(crash: Crash, call: ast.Call, pair: tuple[ast.expr, ast.expr], prior: float) -> Draft:
    one, other = (Slot(argument, call, "args") for argument in pair)
    names = " and ".join(short(crash.bench.text(argument), 30) for argument in pair)
    return Draft(prior, "turned", f"{names} change places", crash.bench.exchanged(one, other))
