"""Proving a repair that lies in a folder: a copy of the project in which something was changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import UsageError
from workbench.sandbox.plan import Plan
from workbench.sandbox.policy import Policy
from workbench.sandbox.pool import Handle, Pool
from workbench.sandbox.proof.opening import failing_tests, open_prover
from workbench.sandbox.proof.prove import Verdict
from workbench.sandbox.snapshot import Snapshot, Store
from workbench.visible import visible_line


@dataclass(frozen=True)
class Repair:
    """What is claimed: these contents make these tests pass."""

    change: Mapping[str, bytes | None]
    failing: tuple[str, ...] = ()
    """Empty: all tests that the project fails."""
    arguments: tuple[str, ...] = ()
    """For pytest, such as which tests are run at all."""


@dataclass(frozen=True)
class Workshop:
    """Where searches and proofs are made, over one state of the project."""

    pool: Pool
    plan: Plan
    policy: Policy
    level: int
    store: Store
    snapshot: Snapshot


def read_change(base: Snapshot, store: Store, changed: Path) -> dict[str, bytes | None]:
    """Return the contents that differ in the folder `changed`."""
    if not changed.is_dir():
        raise UsageError(
            f"There is no folder {visible_line(str(changed))}.",
            "Name a copy of the project in which the repair is made.",
        )
    other = store.take(changed)
    _refuse_other_kinds(base, other)
    change: dict[str, bytes | None] = {
        path: store.read(other, path)
        for path, entry in other.entries.items()
        if entry != base.entries.get(path)
    }
    return change | {path: None for path in base.entries if path not in other.entries}


def _refuse_other_kinds(base: Snapshot, other: Snapshot) -> None:
    for path, entry in other.entries.items():
        before = base.entries.get(path)
        kind = before.kind if before else "file"
        if entry.kind != kind or (kind == "link" and entry != before):
            raise UsageError(
                f"{visible_line(path)} is a {entry.kind} and not a {kind}.",
                "A repair changes the contents of files and nothing else.",
            )


def prove(shop: Workshop, repair: Repair, handle: Handle) -> Verdict:
    """Say whether the repair holds."""
    prover = open_prover(
        shop.pool,
        shop.plan,
        shop.policy,
        level=shop.level,
        store=shop.store,
        snapshot=shop.snapshot,
        arguments=repair.arguments,
        handle=handle,
    )
    failing = repair.failing or failing_tests(prover)
    if not failing:
        raise UsageError(
            "The project fails no test, so there is nothing to repair.",
            "Run `workbench sandbox run --pytest` to see what its tests do.",
        )
    return prover.prove(repair.change, failing)
