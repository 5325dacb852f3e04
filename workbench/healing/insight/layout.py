r"""Where statements stand in a file, and the edits that put text before, behind or around them.

Text to put in is written with four spaces for each level and "\n" between lines; it takes on the
indentation and the line breaks of the place where it goes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from workbench.healing.ground import Module
from workbench.splice import Edit

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_LEADING = re.compile(r"^(?: {4})+", re.MULTILINE)
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")
_UNITS = 40
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_PLACED = (ast.stmt, ast.excepthandler, ast.match_case)


def block(module: Module, node: ast.stmt) -> Sequence[ast.stmt]:
    """Return the statements among which `node` stands, in order."""
    parent = module.parents[node]
    blocks = (getattr(parent, name, None) for name in _BLOCKS)
    return next(found for found in blocks if isinstance(found, list) and node in found)


def place(module: Module, node: ast.stmt) -> tuple[Sequence[ast.stmt], int]:
    """Return the statements among which `node` stands, and its index."""
    found = block(module, node)
    return found, found.index(node)


def first(module: Module, node: ast.stmt) -> int:
    """Return where `node` begins, its decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    if not decorators:
        return module.start(node)
    return module.data.rindex(b"@", 0, module.start(decorators[0]))


def line_start(module: Module, offset: int) -> int:
    """Return where the line that `offset` lies in starts."""
    data = module.data
    return max(data.rfind(b"\n", 0, offset), data.rfind(b"\r", 0, offset)) + 1


def margin(module: Module, node: ast.stmt) -> str:
    """Return what is before `node` on its line, decorators included."""
    start = first(module, node)
    return module.piece(line_start(module, start), start)


def starts_line(module: Module, node: ast.stmt) -> bool:
    """Whether nothing but indentation is before `node` on its line; an `elif` starts none."""
    return not margin(module, node).strip() and not is_elif(module, node)


def ends_line(module: Module, node: ast.stmt) -> bool:
    """Whether nothing but a comment follows `node` on its last line."""
    end = module.end(node)
    rest = module.piece(end, module.line_end(end)).strip()
    return not rest or rest.startswith("#")


def stands_alone(module: Module, node: ast.stmt) -> bool:
    """Whether the lines of `node` are its own."""
    return starts_line(module, node) and ends_line(module, node) and not _continued(module, node)


def _continued(module: Module, node: ast.stmt) -> bool:
    start = line_start(module, first(module, node))
    return module.data[:start].rstrip(b"\r\n").endswith(b"\\")


def is_elif(module: Module, node: ast.stmt) -> bool:
    start = module.start(node)
    return isinstance(node, ast.If) and module.data[start : start + 4] == b"elif"


def newline(module: Module, node: ast.stmt) -> str:
    """Return the line break that the file uses around `node`."""
    end = module.line_end(module.start(node))
    if end == len(module.data):
        end = module.line_end(0)
    found = re.match(rb"\r\n|\r|\n", module.data[end : end + 2])
    return found.group().decode() if found else "\n"


def unit(module: Module, node: ast.stmt) -> str:
    """Return the indentation of one level, as the file has it near `node`."""
    around = [node, *(one for one in module.ancestors(node) if isinstance(one, ast.stmt))]
    for one in (*around, *module.statements[:_UNITS]):
        found = _step(module, one)
        if found:
            return found
    return "    "


def _step(module: Module, node: ast.stmt) -> str:
    body = getattr(node, "body", None)
    if not isinstance(body, list) or not body or not starts_line(module, body[0]):
        return ""
    inner, outer = margin(module, body[0]), module.indent(node)
    return inner.removeprefix(outer) if inner.startswith(outer) else ""


def fitted(module: Module, node: ast.stmt, text: str, indent: str) -> str:
    """Return `text` with the indentation unit and line breaks of the file, all lines in line."""
    step = unit(module, node) if "    " in text else ""
    text = _LEADING.sub(lambda found: step * (len(found.group()) // 4), text)
    return text.replace("\n", newline(module, node) + indent)


def before(module: Module, node: ast.stmt, text: str) -> Edit | None:
    """Put `text` before `node`, as statements of the same block."""
    start = first(module, node)
    if is_elif(module, node) or _continued(module, node):
        return None
    if not margin(module, node).strip():
        indent = margin(module, node)
        full = fitted(module, node, text, indent) + newline(module, node) + indent
        return Edit(start, start, full)
    return Edit(start, start, f"{text}; ") if _joins(text) and not _compound(node) else None


def behind(module: Module, node: ast.stmt, text: str) -> Edit | None:
    """Put `text` behind `node`, as statements of the same block."""
    end = module.end(node)
    if starts_line(module, node) and ends_line(module, node) and not _continued(module, node):
        indent = margin(module, node)
        end = module.line_end(end)
        return Edit(end, end, newline(module, node) + indent + fitted(module, node, text, indent))
    if _compound(node) or not _joins(text):
        return None
    return Edit(end, end, f"; {text}")


def _joins(text: str) -> bool:
    return "\n" not in text


def _compound(node: ast.stmt) -> bool:
    return hasattr(node, "body") or isinstance(node, ast.Match)


def without(module: Module, node: ast.stmt) -> Edit | None:
    """Take `node` away; a block that it leaves empty passes."""
    if is_elif(module, node):
        return None
    among, index = place(module, node)
    start, end = first(module, node), module.end(node)
    if len(among) == 1:
        return Edit(start, end, "pass")
    if stands_alone(module, node):
        return _line_away(module, start, end)
    if index + 1 < len(among) and module.start(among[index + 1]) < module.line_end(end):
        return Edit(start, module.start(among[index + 1]), "")
    return Edit(module.end(among[index - 1]), end, "") if index else None


def _line_away(module: Module, start: int, end: int) -> Edit:
    start, end = line_start(module, start), module.line_end(end)
    if end == len(module.data):
        return Edit(len(module.data[:start].rstrip(b"\r\n")), end, "")
    return Edit(start, end + (2 if module.data[end : end + 2] == b"\r\n" else 1), "")


def text_of(module: Module, node: ast.stmt) -> str:
    """Return the text of `node`, its decorators included."""
    return module.piece(first(module, node), module.end(node))


def movable(node: ast.stmt) -> bool:
    """Whether lines of `node` may be indented anew: no string of it spans lines."""
    return not any(
        isinstance(part, ast.Constant | ast.JoinedStr) and part.lineno != part.end_lineno
        for part in ast.walk(node)
    )


def reindented(module: Module, node: ast.stmt, indent: str) -> str:
    """Return the text of `node` as it stands where lines begin with `indent`."""
    old = margin(module, node)
    lines = _LINES.findall(text_of(module, node))
    rest = [indent + line.removeprefix(old) if line.startswith(old) else line for line in lines[1:]]
    return "".join([lines[0], *rest])


def wrapped(module: Module, node: ast.stmt, head: str, tail: str = "") -> Edit | None:
    """Put `node` into the block of `head`; `tail` follows at the level of `head`."""
    if not stands_alone(module, node) or not movable(node):
        return None
    indent, end = margin(module, node), newline(module, node)
    inner = indent + unit(module, node)
    behind_it = end + indent + fitted(module, node, tail, indent) if tail else ""
    text = f"{head}{end}{inner}{reindented(module, node, inner)}{behind_it}"
    return Edit(first(module, node), module.end(node), text)


def is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def opening(body: Sequence[ast.stmt]) -> ast.stmt | None:
    """Return the first statement of a body that is not its docstring."""
    rest = [node for node in body[:2] if not is_docstring(node)]
    return rest[0] if rest else None


def expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes below `node` in reach of splicing: parts of f-strings have no sure place."""
    pending = [node]
    while pending:
        found = pending.pop()
        yield found
        if not isinstance(found, ast.JoinedStr):
            pending.extend(ast.iter_child_nodes(found))


def outer_end(module: Module, node: ast.expr) -> int:
    """Return where an expression ends that a word precedes, brackets around it included."""
    data, start, end = module.data, module.start(node), module.end(node)
    while data[:start].rstrip()[-1:] == b"(" and data[end:].lstrip()[:1] == b")":
        start = len(data[:start].rstrip()) - 1
        end += len(data[end:]) - len(data[end:].lstrip()) + 1
    return end


def head(node: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of one statement, those of the statements in its body left out."""
    pending: list[ast.AST] = [node]
    while pending:
        found = pending.pop()
        yield found
        if not isinstance(found, ast.JoinedStr):
            inner = ast.iter_child_nodes(found)
            pending.extend(one for one in inner if not isinstance(one, _PLACED))


def leaves_loop(node: ast.AST) -> bool:
    """Say whether a statement breaks or continues a loop that is around it."""
    if isinstance(node, ast.Break | ast.Continue):
        return True
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return False
    inner = getattr(node, "orelse", []) if isinstance(node, _LOOPS) else ast.iter_child_nodes(node)
    return any(map(leaves_loop, inner))
