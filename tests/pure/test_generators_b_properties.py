"""What holds for every candidate of every generator of wider edits, on real files."""

from __future__ import annotations

import ast
import itertools
import random
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from workbench.healing.candidate import Candidate, candidate
from workbench.healing.dossier import Dossier
from workbench.healing.generators import (
    aliases,
    beginnings,
    clauses,
    conditions,
    donors,
    exceptions,
    guards,
    loops,
    moving,
    places,
    results,
    returns,
    statements,
    structure,
    together,
)
from workbench.healing.generators.everywhere import everywhere
from workbench.healing.ground import Ground, Module, Site
from workbench.splice import Edit

GENERATORS = (
    aliases.at_site,
    beginnings.at_site,
    clauses.at_site,
    conditions.at_site,
    donors.at_site,
    exceptions.at_site,
    guards.at_site,
    loops.at_site,
    moving.at_site,
    places.at_site,
    results.at_site,
    returns.at_site,
    statements.at_site,
    structure.at_site,
    together.at_site,
)
FILES = ("fnmatch.py", "bisect.py", "textwrap.py", "sched.py")
_STATEMENTS, _CHECKED, _MOST = 7, 6, 320
_EDITED, _EDITS = 3, 4
Thing = TypeVar("Thing")


@cache
def ground_of(name: str, text: Callable[[str], str] = str) -> Ground:
    source = text((Path(sysconfig.get_path("stdlib")) / name).read_text("utf-8"))
    return Ground(Dossier(runs=(), files={name: source}))


def drawn(name: str, some: Sequence[Thing], count: int) -> list[Thing]:
    return random.Random(name).sample(some, min(count, len(some)))  # noqa: S311 - not a secret


def sites(ground: Ground, name: str) -> Iterator[Site]:
    module = ground.modules[name]
    for node in drawn(name, module.statements, _STATEMENTS):
        yield Site(name, module, node, 1.0)


def check(module: Module, name: str, found: list[Candidate]) -> None:
    """Demand that candidates are likely to a degree, differ, and give other code that parses."""
    assert all(0 < one.prior <= 1 for one in found)
    assert len({one.changes for one in found}) == len(found)
    before = ast.dump(module.tree)
    for one in drawn(name, found, _CHECKED):
        assert ast.dump(ast.parse(module.spliced(one.by_path[name]))) != before, one


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda one: one.__module__.split(".")[-1])
@pytest.mark.parametrize("name", FILES)
def test_candidates_are_sound(
    name: str, generator: Callable[[Ground, Site], Iterator[Candidate]]
) -> None:
    ground = ground_of(name)
    for site in sites(ground, name):
        found = list(generator(ground, site))
        check(site.module, name, found)
        assert [one.prior for one in found] == sorted((one.prior for one in found), reverse=True)


@pytest.mark.parametrize("name", FILES)
def test_a_statement_has_so_many_candidates_and_no_more(name: str) -> None:
    ground = ground_of(name)
    for site in sites(ground, name):
        assert sum(len(list(generator(ground, site))) for generator in GENERATORS) <= 2 * _MOST


def carriage_returns(text: str) -> str:
    return text.replace("\n", "\r\n")


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda one: one.__module__.split(".")[-1])
def test_line_breaks_stay(generator: Callable[[Ground, Site], Iterator[Candidate]]) -> None:
    """Put no bare line feed into a file that has none."""
    ground = ground_of("bisect.py", carriage_returns)
    for site in sites(ground, "bisect.py"):
        for one in generator(ground, site):
            result = site.module.spliced(one.by_path["bisect.py"])
            assert "\n" not in result.replace("\r\n", "")


@pytest.mark.parametrize("name", FILES)
def test_the_same_edit_everywhere_is_sound(name: str) -> None:
    """Exchange names and operators of a real file at all of their places."""
    ground = ground_of(name)
    module = ground.modules[name]
    for node in drawn(name, module.statements, _EDITED):
        for edit in itertools.islice(edits(module, node), _EDITS):
            one = candidate(name, [edit], "test:edit", 0.5, "edited")
            check(module, name, list(everywhere(ground, one)))


def edits(module: Module, node: ast.stmt) -> Iterator[Edit]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            yield module.instead(inner, "other")
            yield Edit(module.end(inner), module.end(inner), ".other")
        elif isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Load):
            end = module.end(inner)
            yield Edit(end - len(inner.attr), end, "other")
