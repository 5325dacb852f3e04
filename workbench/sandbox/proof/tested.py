"""Which function of a test file an id means, and what its source says of it."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from workbench.sandbox.proof.reach import is_filled
from workbench.splice import Source, last_name

Function = ast.FunctionDef | ast.AsyncFunctionDef
Names = tuple[str, ...]

_NO_TESTS = frozenset(
    {"object", "ABC", "Generic", "Protocol", "TestCase", "IsolatedAsyncioTestCase"}
)
"""Base classes that bring no tests of their own."""
_MARKED = re.compile(r"skip|xfail|expectedFailure")


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a test function is written down; ids of subclasses may mean it as well."""

    names: Names
    node: Function
    classes: tuple[ast.ClassDef, ...]
    """The classes around it, and the one that inherits it."""


@dataclass(frozen=True)
class Module:
    """A test file that can be parsed, and what it defines."""

    source: Source

    @cached_property
    def definitions(self) -> Mapping[Names, list[Definition]]:
        """Return every function of the module or of its classes; several where it is unclear."""
        found: defaultdict[Names, list[Definition]] = defaultdict(list)
        for definition in _definitions(self.source.tree.body, (), ()):
            found[definition.names].append(definition)
        return dict(found)

    @cached_property
    def used(self) -> frozenset[str]:
        """Return every name that is read or imported; `*` if all of another module is."""
        return frozenset(name for node in ast.walk(self.source.tree) for name in _reads(node))

    @cached_property
    def constants(self) -> Mapping[str, bool]:
        """Return the names that are bound once, with whether to a display that is not empty."""
        bound = [
            (target.id, is_filled(node.value))
            for node in self.source.tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        ]
        times = Counter(name for node in ast.walk(self.source.tree) for name in _binds(node))
        return {name: filled and times[name] == 1 for name, filled in bound}

    def find(self, names: Names) -> Definition | None:
        """Return the definition behind the names of an id, inherited or not, if it is clear."""
        known = self.definitions.get(names)
        found = list(known or _inherited(self, names, ()))
        return found[0] if len(found) == 1 else None

    def marks(self, definition: Definition) -> frozenset[str]:
        """Return the names in all that marks a test: its decorators, its classes', `pytestmark`."""
        marked = [*definition.node.decorator_list]
        for body in (self.source.tree.body, *(node.body for node in definition.classes)):
            marked += [mark for node in body for mark in _module_marks(node)]
        marked += [decorator for node in definition.classes for decorator in node.decorator_list]
        return frozenset(
            name for mark in marked for node in ast.walk(mark) for name in _reads(node)
        )


def is_generator(node: ast.AST) -> bool:
    """Tell whether a function yields, other than in the functions inside it."""
    inner = (
        child
        for child in ast.iter_child_nodes(node)
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    )
    return isinstance(node, (ast.Yield, ast.YieldFrom)) or any(map(is_generator, inner))


def split_id(name: str) -> tuple[str, Names]:
    """Take the id of a test apart: its file; its classes and its function."""
    path, _, rest = name.partition("::")
    return path, tuple(rest.split("[", 1)[0].split("::"))


def function_of(name: str) -> str:
    """Return the id of the test function behind the id of a test, which may have parameters."""
    path, mark, rest = name.partition("::")
    return path + mark + rest.split("[", 1)[0]


def base_name(base: ast.expr) -> str:
    """Return the last part of the name of a base class."""
    return last_name(base.value if isinstance(base, ast.Subscript) else base)


def _reads(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.name for alias in node.names)


def _binds(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg


def _module_marks(node: ast.stmt) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign) and any(
        last_name(target) == "pytestmark" for target in node.targets
    ):
        yield node.value


def _definitions(
    body: Iterable[ast.stmt], names: Names, classes: tuple[ast.ClassDef, ...]
) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, Function):
            yield Definition((*names, node.name), node, classes)
        elif isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, (*names, node.name), (*classes, node))
        else:
            yield from _definitions(_nested(node), names, classes)


def _nested(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statements inside a compound statement."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
            yield from child.body


def _inherited(module: Module, names: Names, seen: tuple[str, ...]) -> Iterator[Definition | None]:
    """Yield what the bases of a class bring; None is a base that may bring anything."""
    class_name, function = names if len(names) == 2 else ("", "")
    classes = [node for node in module.source.tree.body if isinstance(node, ast.ClassDef)]
    found = [node for node in classes if node.name == class_name]
    if len(found) != 1 or class_name in seen:
        yield None
        return
    for base in found[0].bases:
        name = base_name(base)
        if here := module.definitions.get((name, function)):
            yield from (_within(definition, found[0]) for definition in here)
        elif name not in _NO_TESTS:
            yield from _inherited(module, (name, function), (*seen, class_name))


def _within(definition: Definition, heir: ast.ClassDef) -> Definition:
    return Definition(definition.names, definition.node, (*definition.classes, heir))


def known_tests(path: str, text: str) -> Mapping[str, bool]:
    """Return the ids of the test functions that a file defines, and whether each may be skipped.

    What depends on more than the file itself is left out, so that none is named that is no test.
    """
    module = Module(Source(text))
    known = [found[0] for found in module.definitions.values() if len(found) == 1]
    return {
        "::".join((path, *definition.names)): any(map(_MARKED.match, module.marks(definition)))
        for definition in known
        if _is_test(module, definition)
    }


def _is_test(module: Module, definition: Definition) -> bool:
    """Tell whether pytest collects a function by its default rules."""
    classes = definition.classes
    body = classes[-1].body if classes else module.source.tree.body
    return (
        definition.node in body
        and definition.node.name.startswith("test")
        and not any(map(_is_fixture, definition.node.decorator_list))
        and all(map(_is_collected, classes))
    )


def _is_fixture(decorator: ast.expr) -> bool:
    return "fixture" in ast.unparse(decorator)


def _is_collected(node: ast.ClassDef) -> bool:
    """Tell whether pytest looks for tests in a class, as far as its own source says."""
    defined = {getattr(child, "name", "") for child in node.body} | {
        last_name(target)
        for child in node.body
        if isinstance(child, ast.Assign)
        for target in child.targets
    }
    plain = defined.isdisjoint({"__init__", "__new__", "__test__"})
    unittest = any(base_name(base) == "TestCase" for base in node.bases)
    return plain and (unittest or (node.name.startswith("Test") and not node.bases))
