"""Conversations as a model's own template writes them; the template is a stranger's program.

It runs in Jinja's sandbox with nothing but values around it, does a bounded number of steps, and
makes nothing large. What stands in a message is data: where it spells a special token, it is cut
there, so that no text can end its own turn.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import FrameType
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Message

_MOST_STEPS = 400_000
_LARGEST = 16 << 20
_FILTERS = frozenset(
    {
        "abs",
        "batch",
        "capitalize",
        "count",
        "d",
        "default",
        "dictsort",
        "e",
        "escape",
        "first",
        "float",
        "forceescape",
        "groupby",
        "int",
        "items",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "replace",
        "reverse",
        "round",
        "safe",
        "select",
        "selectattr",
        "slice",
        "sort",
        "string",
        "sum",
        "title",
        "trim",
        "truncate",
        "unique",
        "upper",
    }
)
"""Those that templates use and that cannot make much of little."""
_REFUSED = frozenset({"center", "encode", "expandtabs", "ljust", "rjust", "zfill", "translate"})
_CUTS = range(0xE000, 0xF8FF)
"""Private characters, one of which marks where a message is cut."""
_HINT = (
    "Take a model file with a working chat template, or ask without one: "
    "`workbench models show` tells what a file has."
)


class TooMuch(Exception):
    """A template does more than any honest one."""


class _Generation(Extension):
    """Takes the tags that mark answers for training as if they were not there."""

    tags = frozenset({"generation"})  # type: ignore[assignment] # jinja reads it only

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which sizes are looked at before anything large is made."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        _bound(_size_after(operator, left, right))
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Any:  # noqa: ANN401
        if super().wrap_str_format(value) is not None:
            raise SecurityError("`format` can make much of little")

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401
        return attr not in _REFUSED and super().is_safe_attribute(obj, attr, value)

    def call(__self, __context: Context, __obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401, N805
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str) and name in {"replace", "join"} and args:
            _bound(_replaced(owner, *args) if name == "replace" else _joined(args[0], owner))
        return super().call(__context, __obj, *args, **kwargs)


class _Sums(NodeTransformer):
    """Turns `~` into a call whose size is looked at."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - jinja's name
        self.generic_visit(node)
        return nodes.Call(
            nodes.Name("_concat", "load"), node.nodes, [], None, None, lineno=node.lineno
        )


class Template:
    """A model's template, compiled once."""

    def __init__(self, source: str | None, begin: str, end: str, special: Sequence[str]) -> None:
        if not source:
            raise WorkerError("template", "The model has no chat template.", _HINT)
        self._values = {"bos_token": begin, "eos_token": end}
        self._special = _pattern(special)
        self._compiled = _compiled(source)

    def render(self, messages: Sequence[Message], *, answer: bool = True) -> list[str]:
        """Return the text in parts; no special token may be read across two of them."""
        cut = next(
            mark for mark in map(chr, _CUTS) if all(mark not in one.content for one in messages)
        )
        turns = [
            {"role": one.role, "content": self._special.sub(partial(_split, cut), one.content)}
            for one in messages
        ]
        return self._run(turns, answer).split(cut)

    def _run(self, turns: list[dict[str, str]], answer: bool) -> str:
        try:
            pieces = self._compiled.generate(
                messages=turns, add_generation_prompt=answer, **self._values
            )
            return _counted(partial(_bounded, pieces))
        except TooMuch as error:
            raise _broken(str(error)) from error
        except Exception as error:
            raise _broken(_why(error)) from error


def _compiled(source: str) -> jinja2.Template:
    sandbox = _Sandbox(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols])
    sandbox.filters = {name: it for name, it in sandbox.filters.items() if name in _FILTERS}
    sandbox.filters.update(
        join=_join, replace=_replace, tojson=_to_json, indent=_indent, string=str
    )
    sandbox.globals = {
        "namespace": sandbox.globals["namespace"],
        "range": sandbox.globals["range"],
        "dict": dict,
        "_concat": _concat,
        "raise_exception": _raise,
        "strftime_now": lambda form: dt.datetime.now().astimezone().strftime(form[:64]),
    }
    try:
        tree = _Sums().visit(sandbox.parse(source))
        code = sandbox.compile(tree)
        return sandbox.template_class.from_code(sandbox, code, sandbox.make_globals(None))
    except (jinja2.TemplateError, SyntaxError, RecursionError) as error:
        raise _broken(_why(error)) from error


def _counted(work: Callable[[], str]) -> str:
    """Do `work` with its steps counted, so that an endless one ends at the same place each time."""
    left = _MOST_STEPS

    def step(_frame: FrameType, _event: str, _argument: object) -> Any:  # noqa: ANN401 - a tracer
        nonlocal left
        left -= 1
        if left < 0:
            raise TooMuch(f"it does more than {_MOST_STEPS:,} steps")
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        return work()
    finally:
        sys.settrace(before)


def _bounded(pieces: Iterable[str]) -> str:
    found, size = [], 0
    for piece in pieces:
        size += len(piece)
        _bound(size)
        found.append(piece)
    return "".join(found)


def _bound(size: float) -> None:
    if size > _LARGEST:
        raise TooMuch(f"it makes texts of more than {_LARGEST:,} characters")


def _size_after(operator: str, left: Any, right: Any) -> float:  # noqa: ANN401 - values of a template
    if operator == "+":
        return _length(left) + _length(right)
    if operator == "*":
        return max(
            _length(left) * _number(right),
            _length(right) * _number(left),
            _bits(left) + _bits(right),
        )
    if operator == "%" and isinstance(left, str):
        return _LARGEST + 1  # A width in it can be anything, and no template needs it.
    if operator == "**":
        return _number(right) * max(1, _bits(left))
    return 0


def _length(value: Any) -> int:  # noqa: ANN401 - as above
    return len(value) if isinstance(value, str | list | tuple) else 0


def _number(value: Any) -> float:  # noqa: ANN401 - as above
    return value if isinstance(value, int | float) else 0


def _bits(value: Any) -> int:  # noqa: ANN401 - as above
    return value.bit_length() if isinstance(value, int) else 0


def _replaced(text: str, old: Any, new: Any = "", *_: Any) -> int:  # noqa: ANN401 - as above
    return len(text) + (text.count(str(old)) if old else len(text) + 1) * len(str(new))


def _joined(parts: Any, between: str) -> int:  # noqa: ANN401 - as above
    if not isinstance(parts, list | tuple | str):
        return 0
    return sum(_length(part) + len(between) for part in parts)


def _concat(*parts: Any) -> str:  # noqa: ANN401 - as above
    texts = [str(part) for part in parts]
    _bound(sum(map(len, texts)))
    return "".join(texts)


def _join(parts: Iterable[Any], between: str = "", attribute: str | None = None) -> str:
    items = [part[attribute] if attribute else part for part in parts]
    texts = [str(item) for item in items]
    _bound(_joined(texts, str(between)))
    return str(between).join(texts)


def _replace(text: Any, old: str, new: str, count: int = -1) -> str:  # noqa: ANN401 - as above
    _bound(_replaced(str(text), old, new))
    return str(text).replace(str(old), str(new), count)


def _indent(text: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
    """Indent as jinja does, by no more than a text could want."""
    before = width if isinstance(width, str) else " " * min(int(width), 64)
    _bound(_replaced(str(text), "\n", before))
    lines = str(text).split("\n")
    told = [before + line if line or blank else line for line in lines[1:]]
    return "\n".join([before + lines[0] if first else lines[0], *told])


def _to_json(
    value: Any,  # noqa: ANN401 - as above
    ensure_ascii: bool = False,  # given by name
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    if isinstance(value, Undefined):
        value = None
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=None if indent is None else min(int(indent), 16),
        separators=separators,
        sort_keys=sort_keys,
    )


def _raise(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _pattern(special: Sequence[str]) -> re.Pattern[str]:
    """Match how special tokens are spelt, the longest first."""
    spelt = sorted({text for text in special if len(text) > 1}, key=lambda text: (-len(text), text))
    return re.compile("|".join(map(re.escape, spelt)) or r"(?!)")


def _split(cut: str, found: re.Match[str]) -> str:
    text = found.group()
    return text[0] + cut + text[1:]


def _why(error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    return str(error).rstrip(".") + (f" in line {line}" if line else "")


def _broken(why: str) -> WorkerError:
    return WorkerError("template", f"The chat template of the model is broken: {why}.", _HINT)
