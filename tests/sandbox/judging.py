"""Whether what came of an attack or a control is what it must be."""

from __future__ import annotations

from collections.abc import Iterator

from tests.sandbox.cases import Attack, Control
from tests.sandbox.course import Seen, Told


def objections(attack: Attack, seen: Seen) -> tuple[str, ...]:
    """Return everything that shows that `attack` was not held, or that it did not happen."""
    return (*_unproven(attack, seen.told), *breaches(seen), *_ending(attack, seen))


def _unproven(attack: Attack, told: Told) -> Iterator[str]:
    for line in attack.proof:
        if line not in told.output:
            yield f"it did not get to {line!r}"


def breaches(seen: Seen) -> Iterator[str]:
    """Return what got through."""
    yield from (line for line in seen.told.lines if line.startswith("broken:"))
    yield from (f"afterwards, {line}" for line in seen.then.lines if line.startswith("broken:"))
    yield from seen.outside


def _ending(attack: Attack, seen: Seen) -> Iterator[str]:
    if seen.told.status not in attack.ends or attack.reason not in seen.told.reason:
        yield f"it ended as {seen.told.status}, {seen.told.reason}"
    if seen.then.status != "ok" or "fine" not in seen.then.lines:
        yield f"the next job ended as {seen.then.status}, {seen.then.reason}"


def stopped(control: Control, seen: Seen) -> tuple[str, ...]:
    """Return everything that shows that honest work was stopped."""
    return tuple(_stopped(control, seen))


def _stopped(control: Control, seen: Seen) -> Iterator[str]:
    if seen.told.status != "ok":
        yield f"it ended as {seen.told.status}, {seen.told.reason}"
    if control.work is None and seen.told.lines[-1:] != ["fine"]:
        yield "it did not come to its end"
    if not seen.told.clean or seen.then.status != "ok":
        yield "its box was spent"
