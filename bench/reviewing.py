"""What a review costs: a diff of 50,000 lines, and to find one of 5,000 proposals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from bench.harness import Row, at_most, largest, sample, told, under
from bench.home import workspace
from bench.keys import open_interface
from bench.process import MIB, cpu_of, proportional
from bench.terminal import Terminal
from workbench.api.events import Evidence, ProposalMade
from workbench.journal.contents import Contents
from workbench.journal.journal import Journal
from workbench.workspace import Workspace

_LINES = 50_000
_OPENED = 5
"""So many diffs, each opened once: the host has seen none of them before."""
_APART = 16
"""In a file of many hunks, so many lines lie between what changes."""
_PROPOSALS = 5_000
_KEYS = 40
_BLOCKS = 5
_REPAINTED = 0.02
_RESTED = 0.3
_WORD = "operator 41 of"


def measure() -> list[Row]:
    """Review a large diff of one hunk, one of many hunks, and find one of many proposals."""
    return [
        *_review("of one hunk", _one_hunk),
        *_review("of many hunks", _many_hunks),
        *_lists(),
    ]


def _one_hunk(number: int) -> tuple[str, str]:
    half = range(_LINES // 2)
    gone = "".join(f"    value_{n} = old({n}, {number})  # as it was\n" for n in half)
    return gone, gone.replace("old(", "new(")


def _many_hunks(number: int) -> tuple[str, str]:
    """Return a file of which each hunk and the lines around it show all there is."""
    lines = [f"    value_{n} = old({n}, {number})  # as it was\n" for n in range(_LINES)]
    new = [
        line.replace("old(", "new(") if n % _APART == 0 else line for n, line in enumerate(lines)
    ]
    return "".join(lines), "".join(new)


def _review(what: str, change: Callable[[int], tuple[str, str]]) -> list[Row]:
    with workspace() as made:
        proposals = [_change(made, number, *change(number)) for number in range(_OPENED)]
        asyncio.run(_write(made, proposals))
        with _evolution(made) as terminal:
            return [*_open_all(what, terminal), *_keys_of(what, terminal)]


def _open_all(what: str, terminal: Terminal) -> Iterator[Row]:
    before = proportional(terminal.pid)
    opened, cost = [], []
    for number in range(_OPENED):
        start, cpu = time.perf_counter(), cpu_of(terminal.pid)
        terminal.press("\r" if number == 0 else ">")
        terminal.wait_for("[ ]", f"Proposal {number:012x}")
        if number:  # The first one was read while it was listed.
            opened.append(time.perf_counter() - start)
            cost.append(terminal.cpu - cpu)
        terminal.settle(_RESTED)
    grown = proportional(terminal.pid)
    yield under(f"A diff {what} is opened", sample(opened, "ms", 1000), 150)
    yield told("CPU of the interface for that", sample(cost, "ms", 1000))
    memory = sample([grown], "MiB", 1 / MIB)
    yield under(
        f"Memory of the interface with a diff {what}",
        memory,
        60,
        f"without it {before / MIB:.0f} MiB",
    )


def _keys_of(what: str, terminal: Terminal) -> Iterator[Row]:
    for name, key, goal in (
        ("Down by a line", "j", 8.0),
        ("Down by a page", "\x1b[6~", 8.0),
        ("The next hunk", "J", 0.0),
        ("Accept a hunk", "y", 0.0),
    ):
        if key in "Jy" and what == "of one hunk":
            continue
        cpu = sample([_hold(terminal, key) for _ in range(_BLOCKS)], "ms CPU", 1000)
        yield (
            at_most(f"{name}, diff {what}", cpu, goal)
            if goal
            else told(f"{name}, diff {what}", cpu)
        )


def _lists() -> Iterator[Row]:
    with workspace() as made:
        asyncio.run(_write(made, [_proposal(number) for number in range(_PROPOSALS)]))
        start = time.perf_counter()
        with _evolution(made, f"{_PROPOSALS:,} proposals") as terminal:
            yield told(
                f"{_PROPOSALS:,} proposals are listed", sample([time.perf_counter() - start], "s")
            )
            moved = sample([_hold(terminal, "j") for _ in range(_BLOCKS)], "ms CPU", 1000)
            yield at_most(f"Down in {_PROPOSALS:,} proposals", moved, 10)
            terminal.press("/")
            terminal.wait_for("show")
            terminal.settle(_RESTED)
            typed = sample([_press(terminal, one, _REPAINTED) for one in _WORD], "ms CPU", 1000)
            yield at_most(f"A letter of a filter, {_PROPOSALS:,} proposals", typed, 10)
            yield told("The most that a letter took", largest(typed))


@contextmanager
def _evolution(made: Workspace, wanted: str = "repair 0") -> Iterator[Terminal]:
    with open_interface(made) as terminal:
        terminal.press("4")
        terminal.wait_for(wanted)
        terminal.settle(1.0)
        yield terminal


def _change(made: Workspace, number: int, before: str, after: str) -> ProposalMade:
    contents = Contents(made.contents)
    one, other = contents.keep(before.encode()), contents.keep(after.encode())
    return _proposal(number, {"src/large.py": one}, {"src/large.py": other})


def _proposal(
    number: int, before: dict[str, str] | None = None, after: dict[str, str] | None = None
) -> ProposalMade:
    return ProposalMade(
        proposal=f"{number:012x}",
        search="00000001",
        rank=number + 1,
        confidence=0.5,
        diff="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n" * 20,
        change=after or {"src/large.py": "0" * 64},
        before=before or {},
        base="0" * 64,
        result="0" * 64,
        operator="operators:bound",
        why=f"repair {number}: operator {number} of the comparison",
        evidence=_EVIDENCE,
    )


_EVIDENCE = Evidence(
    turned=("tests/test_large.py::test_one",),
    others=100,
    guards={"tests/test_large.py::test_one": "split"},
    circumstances=3,
    engine="namespaces",
    level="full",
    proof="0" * 64,
    needed={},
    uncovered=(),
    mutants=(5, 4),
    quality={},
)


async def _write(made: Workspace, proposals: Iterable[ProposalMade]) -> None:
    made.make()
    journal = Journal(made)
    await journal.open()
    written = (journal.write(one, actor="host", subject=one.proposal) for one in proposals)
    await asyncio.gather(*written)
    await journal.close()


def _hold(terminal: Terminal, key: str) -> float:
    """Press a key again and again, each time when the one before has been painted."""
    return sum(_press(terminal, key, _REPAINTED) for _ in range(_KEYS)) / _KEYS


def _press(terminal: Terminal, key: str, quiet: float = _RESTED) -> float:
    """Press one key; return the CPU seconds until nothing more comes."""
    cpu, size = cpu_of(terminal.pid), terminal.written
    terminal.press(key)
    terminal.wait_until(lambda: terminal.written > size, "an answer to a key")
    terminal.settle(quiet)
    return cpu_of(terminal.pid) - cpu
