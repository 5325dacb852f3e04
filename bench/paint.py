"""What CPU goes into the first full picture on a terminal of 120 by 40."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from bench.harness import Row, Sample, at_most, in_turn, sample, told
from bench.home import host_of, workspace
from bench.peers import HARLEQUIN, POSTING, child, workbench_program
from bench.process import cpu_of
from bench.terminal import Terminal
from workbench.api import owner
from workbench.workspace import Workspace

_ROUNDS = 9
_LIMIT = 420
_PICTURE = ("1 Chat", "5 Metrics", "Here you will ask", "workbench doctor", "q quit")
_HARLEQUIN = ("Data Catalog", "Query Results", "Run Query")
_POSTING = ("Collection", "Request", "Response", "Search requests")
_ATTACHED = "attached to host"

Paint = Callable[[], tuple[float, ...]]


def measure() -> list[Row]:
    """Paint with and without a host, and beside it what others paint."""
    peers = _peers()
    with workspace() as owned, workspace() as alone:
        asyncio.run(owner.start(owned))
        ours: list[Paint] = [lambda: _attached(owned), lambda: _with_no_host(alone)]
        found = in_turn(_ROUNDS, [*ours, *(paint for _, paint in peers)])
    attached, cold, others = _samples(found[0]), _samples(found[1]), found[2:]
    beside = "; ".join(map(_compared, (name for name, _ in peers), others))
    return _rows(attached, cold, "; ".join((beside, *_absent())))


def _rows(attached: Sequence[Sample], cold: Sequence[Sample], beside: str) -> list[Row]:
    paint, until_attached, host = cold
    return [
        at_most("First paint, attached to a running host", attached[0], _LIMIT, beside),
        at_most("First paint, no host running: the interface", paint, _LIMIT),
        told("The same, until it is attached as well", until_attached),
        told("The host that starts beside it, until then", host),
    ]


def _attached(workspace: Workspace) -> tuple[float, ...]:
    with Terminal([workbench_program(), str(workspace.project)]) as terminal:
        return (terminal.wait_for(*_PICTURE, _ATTACHED),)


def _with_no_host(workspace: Workspace) -> tuple[float, ...]:
    """Measure the picture, the attaching, and the host; then let the host end in good order."""
    with Terminal([workbench_program(), str(workspace.project)]) as terminal:
        paint = terminal.wait_for(*_PICTURE)
        attached = terminal.wait_for(_ATTACHED)
        host = cpu_of(host_of(workspace))
    owner.stop(workspace)
    return paint, attached, host


def _peers() -> list[tuple[str, Paint]]:
    """Name what can be compared with, and the text that tells that it has painted."""
    peers = [
        ("one Textual label", _paint(child("label"), "painted")),
        ("five bare Textual screens", _paint(child("skeleton"), "This is Chat", "5 Metrics")),
    ]
    if HARLEQUIN.version:
        peers.append((HARLEQUIN.label, _paint([HARLEQUIN.program()], *_HARLEQUIN)))
    if POSTING.version:
        peers.append((POSTING.label, _paint([POSTING.program()], *_POSTING)))
    return peers


def _absent() -> list[str]:
    return [f"{peer.name} not installed" for peer in (HARLEQUIN, POSTING) if not peer.version]


def _paint(command: list[str], *shown: str) -> Paint:
    def paint() -> tuple[float, ...]:
        with Terminal(command) as terminal:
            return (terminal.wait_for(*shown),)

    paint()  # Once before, so that its files are in memory.
    return paint


def _samples(rounds: Sequence[tuple[float, ...]]) -> list[Sample]:
    return [sample(values, "ms CPU", 1000) for values in zip(*rounds, strict=True)]


def _compared(name: str, rounds: Sequence[tuple[float, ...]]) -> str:
    return f"{name} {_samples(rounds)[0].text}"
