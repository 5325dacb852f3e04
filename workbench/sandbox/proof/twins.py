"""Twins: pristine tests turned into ones that an honest program must fail.

A program that makes every comparison succeed, or every test end as passed, passes the twin as well.
So each test is randomly itself or its twin, in two complementary rounds, and the outcomes must be
what the coins say. The seed has to be unknown to the program: it decides what the twins look like.

Lines stay where they are, up to the end of a test that could only be given another ending.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

from workbench.sandbox.proof.alterations import (
    Alteration,
    Bench,
    Kind,
    alter,
    dice,
    ending,
    helper_source,
)
from workbench.sandbox.proof.reach import leaves, statements
from workbench.sandbox.proof.tested import Definition, Function, Module, is_generator, split_id
from workbench.splice import Edit, Source, parses

Coins = Mapping[str, bool]
"""For each test function, by key, whether its twin takes its place."""


@dataclass(frozen=True, slots=True)
class Twin:
    """What turns one test function into its twin."""

    key: str
    """The file and the function: `tests/test_a.py::TestA::test_b`."""
    path: str
    line: int
    kind: Kind
    sure: bool
    """It fails whenever the test itself would pass."""
    edits: tuple[Edit, ...]
    helper: bool


@dataclass(frozen=True)
class Plan:
    """The twins of some tests."""

    sources: Mapping[str, str]
    keys: Mapping[str, str]
    """The test function behind each id that has a twin."""
    twins: Mapping[str, Twin]
    without_twin: Mapping[str, str]
    """Why an id has none."""
    helpers: Mapping[str, str]
    """What comes at the end of a file where one of its twins needs it."""


@dataclass(frozen=True, slots=True)
class _No:
    """Why there is no twin."""

    reason: str


def prepare(
    sources: Mapping[str, str], ids: Sequence[str], seed: int, tried: Collection[str] = ()
) -> Plan:
    """Find a twin for each function behind `ids`, the tests that pass honestly.

    `sources` are the files that pytest collected from, by path. Only twins that are sure to fail
    are taken, except for the keys in `tried`: there the most telling one is, because the caller has
    seen, or will see, an honest program fail it.
    """
    modules = {path: Module(Source(text)) for path, text in sources.items() if _is_readable(text)}
    helpers = {path: _helper_name(seed, text) for path, text in sources.items()}
    shop = _Shop(modules, helpers, seed, frozenset(tried))
    definitions = {name: _definition(shop, name) for name in ids}
    found = {
        name: (_key(name, definition), definition)
        for name, definition in definitions.items()
        if isinstance(definition, Definition)
    }
    made = {key: _twin(shop, key, definition) for key, definition in found.values()}
    no = {name: one for name, one in definitions.items() if isinstance(one, _No)}
    no |= {name: one for name, (key, _) in found.items() if isinstance(one := made[key], _No)}
    return Plan(
        sources=dict(sources),
        keys={name: key for name, (key, _) in found.items() if name not in no},
        twins={key: twin for key, twin in made.items() if isinstance(twin, Twin)},
        without_twin={name: one.reason for name, one in no.items()},
        helpers={
            path: helper_source(name, dice(seed, f"word {path}").word)
            for path, name in helpers.items()
        },
    )


def toss(plan: Plan, seed: int) -> Coins:
    """Toss a coin for each function; where there are several, not all fall on one side."""
    order = sorted(plan.twins, key=lambda key: dice(seed, key).digest)
    coins = {key: bool(dice(seed, f"coin {key}").digest[0] & 1) for key in order}
    if len(order) > 1:
        coins[order[0]] = not coins[order[1]]
    return coins


def complement(coins: Coins) -> Coins:
    """Return the coins of the other round."""
    return {key: not side for key, side in coins.items()}


def choose(plan: Plan, coins: Coins) -> Mapping[str, str]:
    """Return the sources with the twins in place that the coins choose."""
    chosen = [twin for key, twin in plan.twins.items() if coins.get(key, False)]
    return {path: _with_twins(plan, path, chosen) for path in plan.sources}


def expected(plan: Plan, coins: Coins) -> Mapping[str, Literal["pass", "fail"]]:
    """Return how each test with a twin ends under an honest program."""
    return {name: "fail" if coins.get(key, False) else "pass" for name, key in plan.keys.items()}


@dataclass(frozen=True, slots=True)
class _Shop:
    """What all twins of a plan are made with."""

    modules: Mapping[str, Module]
    helpers: Mapping[str, str]
    seed: int
    tried: frozenset[str]


def _is_readable(text: str) -> bool:
    return parses(text.removeprefix("\ufeff"))


def _helper_name(seed: int, text: str) -> str:
    names = (f"_{dice(seed, f'helper {number}').word}" for number in count())
    return next(name for name in names if name not in text)


def _definition(shop: _Shop, name: str) -> Definition | _No:
    path, names = split_id(name)
    if path not in shop.modules:
        return _No("its source is not there or cannot be read")
    found = shop.modules[path].find(names)
    return found or _No("its source does not define it, or not in one place")


def _key(name: str, definition: Definition) -> str:
    return "::".join((split_id(name)[0], *definition.names))


def _twin(shop: _Shop, key: str, definition: Definition) -> Twin | _No:
    path, _ = split_id(key)
    if reason := _unfit(shop, path, definition):
        return _No(reason)
    module, arguments = shop.modules[path], definition.node.args
    given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    parameters = frozenset(argument.arg for argument in given)
    bench = Bench(module.source, dice(shop.seed, key), shop.helpers[path], parameters)
    twins = [*_twins(bench, key, definition.node, module.constants)]
    return _best(bench, definition.node, [one for one in twins if one.sure or key in shop.tried])


def _unfit(shop: _Shop, path: str, definition: Definition) -> str:
    """Say why a function cannot be exchanged without touching other tests or marks."""
    name, classes = definition.names[-1], set(definition.names[:-1])
    others = [module.used for other, module in shop.modules.items() if other != path]
    if any(name in module.used for module in shop.modules.values()):
        return "another function uses it"
    if any(classes & used or "*" in used for used in others):
        return "another file may use it"
    if {"xfail", "expectedFailure"} & shop.modules[path].marks(definition):
        return "it is marked as one that may fail"
    if is_generator(definition.node):
        return "it is a generator"
    return ""


def _best(bench: Bench, node: Function, twins: Sequence[Twin]) -> Twin | _No:
    """Return the most telling twin that is Python; of equals, the last in the function."""
    order = sorted(twins, key=lambda twin: (twin.kind, not twin.sure, -twin.line))
    good = (twin for twin in order if parses(bench.source.altered(node, twin.edits)))
    return next(good, _No("nothing in it is sure to be reached and can be altered"))


def _twins(bench: Bench, key: str, node: Function, constants: Mapping[str, bool]) -> Iterator[Twin]:
    for statement, sure in statements(node.body, constants):
        if altered := alter(bench, statement):
            yield _named(key, statement, sure, altered)
    last = node.body[-1]
    if altered := ending(bench, node.body):
        ways_out = [leaves(statement, (ast.Return,)) for statement in node.body]
        returns = any(ways_out[:-1] if isinstance(last, ast.Return) else ways_out)
        yield _named(key, last, not returns, altered)


def _named(key: str, node: ast.stmt, sure: bool, altered: Alteration) -> Twin:
    path, _ = split_id(key)
    return Twin(key, path, node.lineno, altered.kind, sure, altered.edits, altered.helper)


def _with_twins(plan: Plan, path: str, chosen: Sequence[Twin]) -> str:
    here = [twin for twin in chosen if twin.path == path]
    if not here:
        return plan.sources[path]
    text = Source(plan.sources[path]).spliced(edit for twin in here for edit in twin.edits)
    if not any(twin.helper for twin in here):
        return text
    return f"{text}{'' if text.endswith(chr(10)) else chr(10)}\n\n{plan.helpers[path]}"
