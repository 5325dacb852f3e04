"""Edits that a model asks for, made into whole texts; what does not fit is refused."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator

from workbench.chat.guard import REDACTED
from workbench.splice import parses

LARGEST = 1 << 20
"""Characters that a file may have to be edited here."""
_BOM = "\ufeff"
_MOST_LINES = 400
"""Of a search that need not fit exactly."""
_NOT_THERE = "The text to search for does not stand there: read the file, and copy it."
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Unfit(Exception):
    """An edit cannot be made; the model is told why."""


def replaced(text: str, search: str, replace: str) -> str:
    """Return `text` with the one place that reads as `search` replaced."""
    if REDACTED in search:
        raise Unfit(f"{REDACTED} stands for a secret that you cannot see: search for lines around.")
    search, replace = _ended_as(text, search), _ended_as(text, replace)
    if search == replace:
        raise Unfit("Search and replacement are the same: nothing would change.")
    found = text.count(search)
    if found == 1:
        return text.replace(search, replace)
    if found > 1:
        raise Unfit(f"The text to search for stands there {found} times: take more lines with it.")
    start, end = _place_of_lines(text, search)
    return text[:start] + _like(search, text[start:end], replace) + text[end:]


def rewritten(text: str, name: str, code: str) -> str:
    """Return Python source with one function or class written anew."""
    if text.startswith(_BOM):
        return _BOM + rewritten(text.removeprefix(_BOM), name, code)
    old = _definition(text, name)
    code = textwrap.dedent(_ended_as(text, code)).strip("\r\n")
    new = _only_definition(code, name)
    lines = _lines(text)
    first = old.lineno if not new.decorator_list else _first_line(old)
    indent = re.match(r"[ \t]*", lines[old.lineno - 1])
    told = textwrap.indent(code, indent[0] if indent else "")
    ending = "\r\n" if "\r\n" in text else "\n"
    return "".join([*lines[: first - 1], told + ending, *lines[old.end_lineno or first :]])


def checked(path: str, before: str | None, after: str) -> str:
    """Return the new text of a file, unless nobody could want it so."""
    if len(after) > LARGEST:
        raise Unfit(f"The file would have {len(after):,} characters; {LARGEST:,} are the most.")
    if after.count(REDACTED) > (before or "").count(REDACTED):
        raise Unfit(f"{REDACTED} stands for a secret: it must not be written into a file.")
    if "\0" in after:
        raise Unfit("A text file holds no NUL characters.")
    if after == before:
        raise Unfit("Nothing would change.")
    if path.endswith(".py") and (before is None or parses(before)):
        _refuse_broken(path, after)
    return after


def _refuse_broken(path: str, after: str) -> None:
    if parses(after):
        return
    try:
        ast.parse(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = f" (line {error.lineno}: {error.msg})" if isinstance(error, SyntaxError) else ""
        raise Unfit(f"{path} would be no Python any more{where}.") from error


def _ended_as(text: str, piece: str) -> str:
    """Return a piece with the line endings of a text."""
    plain = piece.replace("\r\n", "\n")
    return plain.replace("\n", "\r\n") if "\r\n" in text else plain


def _place_of_lines(text: str, search: str) -> tuple[int, int]:
    """Find whole lines that differ in blanks at their ends, or all in the same indentation."""
    lines, wanted = _lines(text), _lines(search.strip("\r\n"))
    bare, told = [line.strip() for line in lines], [line.strip() for line in wanted]
    count = len(wanted)
    if not any(told) or count > _MOST_LINES:
        raise Unfit(_NOT_THERE)
    found = [
        at
        for at, line in enumerate(bare)
        if line == told[0]
        and bare[at : at + count] == told
        and _bare(lines[at : at + count]) == _bare(wanted)
    ]
    if not found:
        raise Unfit(_NOT_THERE)
    if len(found) > 1:
        raise Unfit(f"Such lines stand there {len(found)} times: take more lines with them.")
    start = sum(map(len, lines[: found[0]]))
    whole = "".join(lines[found[0] : found[0] + count])
    return start, start + len(whole.rstrip("\r\n"))


def _lines(text: str) -> list[str]:
    """Cut behind what ends a line for Python, and nowhere else."""
    return _LINE.findall(text)


def _bare(lines: list[str]) -> str:
    return textwrap.dedent("\n".join(line.rstrip() for line in lines)).strip("\n")


def _like(search: str, found: str, replace: str) -> str:
    """Indent a replacement as what was found is, if that is indented otherwise than asked."""
    wanted, there = _indent(search), _indent(found)
    replace = replace.strip("\r\n")
    if wanted == there:
        return replace
    return textwrap.indent(textwrap.dedent(replace), there)


def _indent(text: str) -> str:
    first = next((line for line in _lines(text) if line.strip()), "")
    return first[: len(first) - len(first.lstrip())]


def _definition(text: str, name: str) -> _Definition:
    if not parses(text):
        raise Unfit("The file is no Python that can be read: replace text instead.")
    found = [node for told, node in _named(ast.parse(text), "") if told == name]
    if not found:
        raise Unfit(f"There is no function or class {name} in it.")
    if len(found) > 1:
        raise Unfit(f"{name} is defined {len(found)} times: replace text instead.")
    return found[0]


def _named(node: ast.AST, above: str) -> Iterator[tuple[str, _Definition]]:
    """Yield definitions by their qualified names, without those inside functions."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, _FUNCTIONS):
            yield f"{above}{inner.name}", inner
            if isinstance(inner, ast.ClassDef):
                yield from _named(inner, f"{above}{inner.name}.")
        elif isinstance(inner, ast.If | ast.Try | ast.With):
            yield from _named(inner, above)


def _only_definition(code: str, name: str) -> _Definition:
    if not parses(code):
        _refuse_broken("The code", code)
        raise Unfit("The code is no Python.")
    body = ast.parse(code).body
    last = name.rpartition(".")[2]
    if len(body) == 1 and isinstance(body[0], _FUNCTIONS) and body[0].name == last:
        return body[0]
    raise Unfit(f"The code must be the definition of {last}, whole, and nothing beside it.")


def _first_line(node: _Definition) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])
