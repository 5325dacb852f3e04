"""What generators work on: the parsed files of a dossier, and the places that are suspected."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from workbench.healing.candidate import Candidate
from workbench.healing.dossier import Dossier
from workbench.splice import Source, parses

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module(Source):
    """A file of the project that parses, with what generators ask of its tree."""

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        return tuple(node for node in ast.walk(self.tree) if isinstance(node, ast.stmt))

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        return tuple(node for node in ast.walk(self.tree) if isinstance(node, Function))

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what is around a node, innermost first, up to the module."""
        while (found := self.parents.get(node)) is not None:
            node = found
            yield node

    @cached_property
    def bodies(self) -> tuple[tuple[int, int], ...]:
        """Return where the bodies of the outermost functions begin and end."""
        return tuple(
            (self.start(node.body[0]), self.end(node.body[-1]))
            for node in self.functions
            if self.function_of(self.parents[node]) is None
        )

    def is_in_a_body(self, start: int, end: int) -> bool:
        """Tell whether a span lies within the body of a function."""
        return any(first <= start and end <= last for first, last in self.bodies)

    def function_of(self, node: ast.AST) -> Function | None:
        """Return the innermost function around a node, or itself if it is one."""
        if isinstance(node, Function):
            return node
        return next((one for one in self.ancestors(node) if isinstance(one, Function)), None)


@lru_cache(maxsize=1024)
def _module(text: str) -> Module | None:
    """Return a file parsed, once for all states of the project that have it; None if it is broken.

    A project that is gone on from differs in one file from what it was.
    """
    return Module(text) if parses(text) else None


@dataclass(frozen=True)
class Site:
    """A statement that is suspected; of one that has a body, only its head."""

    path: str
    module: Module
    node: ast.stmt
    weight: float
    """Between 0 and 1: how much it is suspected."""

    @property
    def function(self) -> Function | None:
        return self.module.function_of(self.node)


@dataclass(frozen=True, eq=False)
class Ground:
    """A dossier, and its files parsed."""

    dossier: Dossier

    @cached_property
    def modules(self) -> Mapping[str, Module]:
        """Return the project's files that parse, by path."""
        made = {path: _module(text) for path, text in self.dossier.files.items()}
        return {path: module for path, module in made.items() if module is not None}

    def is_cheap(self, one: Candidate) -> bool:
        """Tell whether a candidate can be tried by exchanging code, with nothing imported anew."""
        return all(
            (module := self.modules.get(change.path)) is not None
            and module.is_in_a_body(change.edit.start, change.edit.end)
            for change in one.changes
        )
