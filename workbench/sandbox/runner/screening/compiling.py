"""Code of the project with a counter in it: of whole files, and of one function alone."""

from __future__ import annotations
import __future__

import ast
from types import CodeType
from typing import Any

from .sources import Edit, Place, Text
from .ticks import instrument

INVALID = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)
"""What it is that something cannot be compiled."""
_FLAGS = 0
for _name in __future__.all_feature_names:
    _FLAGS |= getattr(__future__, _name).compiler_flag


def whole(text: str, path: str) -> CodeType:
    """Return the code of a file."""
    tree = ast.parse(text, path)
    instrument(tree)
    return compile(tree, path, "exec", dont_inherit=True)


def flags_of(code: CodeType) -> int:
    """Return what `from __future__ import …` asked for."""
    return code.co_flags & _FLAGS


def function(text: Text, place: Place, edits: list[Edit], path: str, flags: int) -> CodeType | None:
    """Return the code of one function with `edits` made; None if it is no such function any more.

    Blank lines before it keep the numbers of its lines, classes around it the mangling of names.
    """
    lines = text.spliced(edits, place.begin, place.end)
    indented = lines[:1].isspace()
    before = "\n" * (place.line - 2) + "if 1:\n" if indented else "\n" * (place.line - 1)
    body: Any = compile(before + lines, path, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    body = body.body[0].body if indented and len(body.body) == 1 else body.body
    if len(body) != 1 or type(body[0]) is not place.kind or body[0].name != place.name:
        return None
    instrument(body[0])
    node = body[0]
    for name in reversed(place.classes):
        node = _class(name, node)
    code = compile(ast.Module([node], []), path, "exec", flags, dont_inherit=True)
    return inside(code, [*place.classes, place.name])


def _class(name: str, node: Any) -> Any:
    made = ast.parse(f"class {name}: pass").body[0]
    made.body = [node]  # type: ignore[attr-defined]
    return ast.copy_location(made, node)


def nested(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if type(one) is CodeType]


def inside(code: CodeType, names: list[str]) -> CodeType | None:
    """Return the code below `code` under these names, through those of type parameters."""
    if not names:
        return code
    for one in nested(code):
        if one.co_name == names[0]:
            return inside(one, names[1:])
        if one.co_name.startswith("<generic parameters"):
            found = inside(one, names)
            if found:
                return found
    return None


def shape(code: CodeType) -> tuple[Any, ...]:
    """Return what the code does itself, without that of functions in it, without line numbers."""
    return (
        code.co_code,
        repr([one for one in code.co_consts if type(one) is not CodeType]),
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        getattr(code, "co_exceptiontable", b""),
    )


def full_shape(code: CodeType) -> tuple[Any, ...]:
    """Return what tells two pieces of code apart that do not do the same; `shape` comes first."""
    return (shape(code), code.co_name, *map(full_shape, nested(code)))
