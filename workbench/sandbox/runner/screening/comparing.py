"""What several candidates make of the same calls: those of the tests, and calls near them."""

from __future__ import annotations

import copy
import re
import sys
from collections import deque
from functools import partial
from inspect import CO_GENERATOR, CO_VARARGS, CO_VARKEYWORDS
from itertools import islice
from types import CodeType, FrameType, GeneratorType
from typing import Any

from .clock import CLOCK
from .compiling import INVALID
from .forks import Child, Message, Patience, Teller
from .ground import Ground
from .items import CUT, Limit, Runner, be_brief, called
from .neighbours import calls_between, calls_near
from .swapping import Functions, Unchanged, Unswappable
from .telling import short

_MOST_RECORDED, _MOST_INPUTS = 40, 300
_TURNS_OF_CROSSED = 4
_PATIENCE, _PATIENCE_FOR_ONE = Patience(10.0, 20.0), Patience(3.0, 6.0)
_LONGEST = 2000
_SECONDS_RECORDING, _SECONDS_OF_ONE = 2.0, 0.5
_WORK = 200_000
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_RECEIVERS = frozenset({"self", "cls"})
Arguments = dict[str, Any]


class Recorder:
    """Keeps what a function is called with."""

    def __init__(self, code: CodeType) -> None:
        self._code = code
        count = code.co_argcount + code.co_kwonlyargcount
        self._names = code.co_varnames[:count]
        self._known: dict[str, Arguments] = {}
        self._frames: list[FrameType] = []

    @property
    def calls(self) -> list[Arguments]:
        return list(self._known.values())

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call" or frame.f_code is not self._code:
            return
        if len(self._known) >= _MOST_RECORDED or self._is_resumed(frame):
            return
        try:
            found = copy.deepcopy({name: frame.f_locals[name] for name in self._names})
            key = repr(found)
        except Exception:
            return  # It cannot be copied or shown, so it is no input that could be given again.
        if len(key) <= _LONGEST:
            self._known.setdefault(_ADDRESS.sub("", key), found)

    def _is_resumed(self, frame: FrameType) -> bool:
        if not self._code.co_flags & CO_GENERATOR:
            return False
        known = any(one is frame for one in self._frames)
        self._frames.append(frame)
        return known


def record(runner: Runner, ground: Ground, tests: list[str], code: CodeType) -> list[Arguments]:
    """Return what the tests call the function with, each once."""
    if code.co_flags & (CO_VARARGS | CO_VARKEYWORDS):
        return []
    recorder = Recorder(code)
    until = CLOCK.now() + _SECONDS_RECORDING
    for test in tests:
        if CLOCK.now() > until or len(recorder.calls) >= _MOST_RECORDED:
            break
        sys.setprofile(recorder)
        try:
            runner.run(test, ground.limit(test, cuts=0))
        finally:
            sys.setprofile(None)
    return recorder.calls


def inputs_of(recorded: list[Arguments]) -> list[tuple[Arguments, bool]]:
    """Return calls, and whether the tests make them: all of those first, then what is near them."""
    found = {_ADDRESS.sub("", repr(one)): (one, True) for one in recorded}
    crossed = [calls_between(recorded, _RECEIVERS)] * _TURNS_OF_CROSSED
    streams = deque([*crossed, *(calls_near(one, _RECEIVERS) for one in recorded)])
    while streams and len(found) < _MOST_INPUTS:
        stream = streams.popleft()
        near = next(stream, None)
        if near is not None:
            streams.append(stream)
            found.setdefault(_ADDRESS.sub("", repr(near)), (near, False))
    return list(found.values())


def shown(arguments: Arguments) -> str:
    """Return a call's arguments as text, as Python would read them where that is possible."""
    return ", ".join(f"{name}={_text(value)}" for name, value in arguments.items())


def outcome(function: Any, arguments: Arguments, runner: Runner) -> str:
    """Return what the function makes of an input, as a line of text."""
    code = function.__code__
    given = copy.deepcopy(arguments)
    plain = [given[name] for name in code.co_varnames[: code.co_argcount]]
    rest = code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    before, found = _text(given), [""]

    def call() -> None:
        value = function(*plain, **{name: given[name] for name in rest})
        kept = list(islice(value, 50)) if isinstance(value, GeneratorType) else value
        found[0] = f"returns {_text(kept)}"

    ended = runner.contain(lambda: called(call), Limit(_WORK, _SECONDS_OF_ONE))
    if ended.outcome == CUT:
        return "goes on and on"
    if ended.error is not None:
        return f"raises {ended.kind}"
    after = _text(given)
    return found[0] if after == before else f"{found[0]} and leaves {after}"


def _text(value: Any) -> str:
    return _ADDRESS.sub("", short(value))


class Comparer:
    """Compares candidates by one function of the project."""

    def __init__(self, runner: Runner, ground: Ground, functions: Functions) -> None:
        self._runner = runner
        self._ground = ground
        self._functions = functions

    def compare(self, order: Message) -> Message:
        """Return the calls, and what the project as it is and each candidate makes of them."""
        count = 1 + len(order["candidates"])
        answer: Message = {
            "op": "answer",
            "id": order["id"],
            "calls": [],
            "outcomes": [None] * count,
        }
        function = self._functions.at(order["path"], order["line"])
        if function is None:
            return answer
        for message in Child(partial(self._in_fork, function, order)).messages(_PATIENCE):
            if "calls" in message:
                answer["calls"] = message["calls"]
            elif message.get("index") in range(count):
                answer["outcomes"][message["index"]] = message["outcomes"]
        return answer

    def _in_fork(self, function: Any, order: Message, teller: Teller) -> None:
        """Record the calls, and then fork for each candidate, so that all get the same."""
        be_brief()
        span = (order["line"], order["line"])
        tests = [*self._ground.failing, *self._ground.keeping({order["path"]: [span]})]
        recorded = record(self._runner, self._ground, tests, function.__code__)
        inputs = inputs_of(recorded)
        teller.tell({"calls": [[shown(one), is_recorded] for one, is_recorded in inputs]})
        given = [one for one, _ in inputs]
        for index, changes in enumerate([{}, *order["candidates"]]):
            child = Child(partial(self._try, function, changes, given))
            told = list(child.messages(_PATIENCE_FOR_ONE))
            teller.tell({"index": index, "outcomes": told[0]["outcomes"] if told else None})

    def _try(
        self, function: Any, changes: dict[str, Any], given: list[Arguments], teller: Teller
    ) -> None:
        if changes:
            try:
                self._functions.prepared(changes, exact=False).exchange()
            except (Unswappable, Unchanged, *INVALID):
                return
        teller.tell({"outcomes": [outcome(function, one, self._runner) for one in given]})
