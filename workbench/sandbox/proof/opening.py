"""From a snapshot to a prover: what a proof needs to know of a project, found out in a box."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import msgspec

from workbench.sandbox.installed import names_of, plugins_of
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Handle, Pool
from workbench.sandbox.proof.bench import Bench
from workbench.sandbox.proof.ground import Ground, survey
from workbench.sandbox.proof.outcomes import BAD, Reading, Run, read
from workbench.sandbox.proof.prove import Prover
from workbench.sandbox.snapshot import Snapshot, Store


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the tests of the base from a run of them."""

    files: tuple[str, ...]
    """Where they come from."""
    failing: frozenset[str]


def open_prover(
    pool: Pool,
    plan: Plan,
    policy: Policy,
    *,
    level: int,
    store: Store,
    snapshot: Snapshot,
    arguments: Sequence[str] = (),
    endless: Sequence[str] = (),
    seen: Seen | None = None,
    handle: Handle | None = None,
) -> Prover:
    """Return a prover; where nobody has seen the tests of the base, they are run for that once."""
    bench = open_bench(pool, plan, policy, level=level, store=store, snapshot=snapshot)
    bench = replace(
        bench,
        arguments=tuple(arguments),
        endless=tuple(endless),
        seen=seen.failing if seen else frozenset(),
        handle=handle or Handle(),
    )
    files = seen.files if seen else collected_files(bench.run(bench.job({})))
    return Prover(with_tests(bench, files))


def open_bench(
    pool: Pool, plan: Plan, policy: Policy, *, level: int, store: Store, snapshot: Snapshot
) -> Bench:
    """Return a bench that does not know yet which files pytest collects from."""
    plugins = plugins_of(plan.interpreter.site_packages)
    plan = msgspec.structs.replace(plan, preload=tuple(dict.fromkeys((*plan.preload, *plugins))))
    return Bench(
        pool=pool,
        plan=plan,
        policy=policy,
        level=level,
        snapshot=snapshot,
        layer=store.materialise(snapshot),
        ground=_ground(snapshot, plan, ()),
        read=partial(store.read, snapshot),
        plugins=plugins,
    )


def with_tests(bench: Bench, files: Sequence[str]) -> Bench:
    """Return a bench that knows the files that pytest collects from."""
    return replace(bench, ground=_ground(bench.snapshot, bench.plan, files))


def _ground(snapshot: Snapshot, plan: Plan, tests: Sequence[str]) -> Ground:
    installed = names_of(plan.interpreter.site_packages)
    major, _, minor = plan.interpreter.version.partition(".")
    return survey(
        snapshot.entries,
        installed,
        sys.stdlib_module_names,
        tests=tests,
        python=(int(major), int(minor)),
    )


def collected_files(run: Run) -> tuple[str, ...]:
    """Return the files that the tests of a run come from."""
    reading = read(run, "The base")
    if not isinstance(reading, Reading):
        return ()
    return tuple(dict.fromkeys(name.partition("::")[0] for name in reading.ids))


def failing_tests(prover: Prover) -> tuple[str, ...]:
    """Return the tests that the base fails, and the files that it cannot even collect."""
    reading = read(prover.base(), "The base")
    if not isinstance(reading, Reading):
        return ()
    failed = [name for name, outcome in reading.outcomes.items() if outcome in BAD]
    return (*failed, *sorted(reading.uncollected))
