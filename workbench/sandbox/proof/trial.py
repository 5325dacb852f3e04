"""The trial by twins: two rounds in which each test is either itself or one that must fail."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.sandbox.proof import twins
from workbench.sandbox.proof.judge import judge_round
from workbench.sandbox.proof.outcomes import Reading, Reason, Run, read

_BITS = 64
_REFUSED = (
    Reason("twins", "The tests do not end as an honest program's would when other is expected."),
)
"""Which of them is up to the coins, and a verdict says nothing that chance decides."""


RunTests = Callable[[Mapping[str, str]], Run]


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: the test files as they are, and an accepted run over them."""

    sources: Mapping[str, bytes]
    ids: Sequence[str]
    reference: Run


@dataclass(frozen=True, slots=True)
class Twinned:
    """Which tests had a twin, and what speaks against the repair."""

    names: tuple[str, ...]
    reasons: tuple[Reason, ...]
    is_barren: bool = False
    """The base does not come to an end with such tests, so that they tell nothing."""


_BARREN = Twinned((), (), is_barren=True)


def twin_rounds(
    trial: Trial, run: RunTests, on_base: RunTests, *, is_doubtful: bool = False
) -> Twinned:
    """Run both rounds; the coins are fresh, so that nothing in a box can know them.

    Where it is doubtful whether the base comes to an end with such tests, it is asked first.
    """
    plan = twins.prepare(_readable(trial.sources), _passing(trial), secrets.randbits(_BITS))
    coins = twins.toss(plan, secrets.randbits(_BITS))
    for side in (coins, twins.complement(coins)) if plan.twins else ():
        tests = twins.choose(plan, side)
        if is_doubtful and not _ends(on_base(tests)):
            return _BARREN
        is_doubtful = False
        outcome = run(tests)
        judgement = judge_round(trial.reference, outcome, twins.expected(plan, side))
        if not judgement.accepted:
            if not (_ends(outcome) or _ends(on_base(tests))):
                return _BARREN
            return Twinned(tuple(plan.keys), _REFUSED)
    return Twinned(tuple(plan.keys), ())


def _ends(run: Run) -> bool:
    return isinstance(read(run, "The run"), Reading)


def _passing(trial: Trial) -> list[str]:
    reading = read(trial.reference, "The repair")
    outcomes = reading.outcomes if isinstance(reading, Reading) else {}
    return [name for name in trial.ids if outcomes.get(name) == "passed"]


def _readable(sources: Mapping[str, bytes]) -> dict[str, str]:
    found = {}
    for path, content in sources.items():
        try:
            found[path] = content.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return found
