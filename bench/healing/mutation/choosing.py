"""Mutations drawn at random, each kind as often as such mistakes are made."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from random import Random

from bench.healing.mutation import expressions, statements
from bench.healing.mutation.scope import Module, Mutation, Place, places

Rule = Callable[[Place], Iterator[Mutation]]

RULES: tuple[tuple[Rule, int], ...] = (
    (expressions.operators, 16),
    (expressions.off_by_one, 10),
    (expressions.variables, 13),
    (expressions.missing_operand, 9),
    (expressions.constants, 7),
    (expressions.swapped, 5),
    (expressions.methods, 8),
    (expressions.attributes, 5),
    (expressions.missing_call, 6),
    (expressions.missing_keyword, 4),
    (expressions.negated, 4),
    (expressions.exceptions, 2),
    (statements.missing_statement, 8),
    (statements.missing_return, 3),
    (statements.missing_guard, 9),
    (statements.missing_else, 4),
    (statements.wrong_block, 3),
    (statements.wrong_order, 2),
    (statements.wrong_update, 2),
)
"""Each rule with its weight; about what studies of small bug fixes count."""


def mutations(text: str, lines: Collection[int] | None = None) -> dict[str, list[Mutation]]:
    """Return the mutations of a module by rule, those on `lines` alone if any are given."""
    module = Module(text)
    found: defaultdict[str, list[Mutation]] = defaultdict(list)
    for place in places(module):
        for rule, _ in RULES:
            for mutation in rule(place):
                if lines is None or mutation.line in lines:
                    found[rule.__name__].append(mutation)
    return found


def draw(
    random: Random, offered: Mapping[str, Mapping[str, list[Mutation]]]
) -> Iterator[tuple[str, Mutation]]:
    """Return path and mutation without end of order: first a rule by weight, then any of its."""
    pools = {rule.__name__: _pool(offered, rule.__name__) for rule, _ in RULES}
    weights = {rule.__name__: weight for rule, weight in RULES}
    for pool in pools.values():
        random.shuffle(pool)
    while alive := [name for name, pool in pools.items() if pool]:
        name = random.choices(alive, [weights[one] for one in alive])[0]
        yield pools[name].pop()


def _pool(
    offered: Mapping[str, Mapping[str, list[Mutation]]], rule: str
) -> list[tuple[str, Mutation]]:
    return [(path, one) for path, rules in offered.items() for one in rules.get(rule, ())]


def changed(text: str, mutation: Mutation) -> str | None:
    """Return the mutated module, unless it does not parse or is the same program."""
    module = Module(text)
    new = module.mutated(mutation)
    try:
        tree = ast.parse(new)
    except SyntaxError:
        return None
    return None if ast.dump(tree) == ast.dump(module.tree) else new
