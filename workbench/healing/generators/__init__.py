"""Generators of candidates, one file each; adding one is adding a file and its line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from workbench.healing.candidate import Candidate
from workbench.healing.generators import (
    absent,
    aliases,
    arguments,
    arity,
    attributes,
    beginnings,
    bounds,
    calls,
    clauses,
    conditions,
    constants,
    donors,
    earlier,
    exceptions,
    files,
    guards,
    imports,
    keys,
    loops,
    misfits,
    moving,
    mutation,
    names,
    operands,
    operators,
    places,
    recursion,
    rescues,
    results,
    returns,
    reverts,
    shifts,
    statements,
    structure,
    syntax,
    textual,
    together,
    variables,
    wraps,
)
from workbench.healing.ground import Ground, Site

AtSite = Callable[[Ground, Site], Iterator[Candidate]]
"""Yields what could be changed at one statement, the likeliest first."""
OfFailure = Callable[[Ground], Iterator[Candidate]]
"""Yields what could be changed because of how the tests fail, wherever that is."""

AT_SITE: tuple[AtSite, ...] = (
    operators.at_site,
    shifts.at_site,
    constants.at_site,
    variables.at_site,
    places.at_site,
    arguments.at_site,
    operands.at_site,
    together.at_site,
    calls.at_site,
    wraps.at_site,
    mutation.at_site,
    conditions.at_site,
    guards.at_site,
    loops.at_site,
    moving.at_site,
    results.at_site,
    returns.at_site,
    beginnings.at_site,
    statements.at_site,
    structure.at_site,
    clauses.at_site,
    donors.at_site,
    aliases.at_site,
    exceptions.at_site,
    rescues.at_site,
)
BEST: Mapping[AtSite, float] = {
    places.at_site: 0.12,
    shifts.at_site: 0.07,
    together.at_site: 0.04,
    wraps.at_site: 0.05,
    conditions.at_site: 0.06,
    guards.at_site: 0.06,
    moving.at_site: 0.06,
    returns.at_site: 0.07,
    beginnings.at_site: 0.06,
    statements.at_site: 0.03,
    structure.at_site: 0.07,
    clauses.at_site: 0.05,
    donors.at_site: 0.05,
    aliases.at_site: 0.02,
    exceptions.at_site: 0.1,
}
"""Hardly any prior of these is higher, so that they need not look at a place before its turn."""
OF_FAILURE: tuple[OfFailure, ...] = (
    earlier.of_failure,
    reverts.of_failure,
    syntax.of_failure,
    names.of_failure,
    imports.of_failure,
    attributes.of_failure,
    absent.of_failure,
    arity.of_failure,
    misfits.of_failure,
    textual.of_failure,
    keys.of_failure,
    bounds.of_failure,
    recursion.of_failure,
    mutation.of_failure,
    files.of_failure,
)
