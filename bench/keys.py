"""What a key costs: CPU of the interface, bytes on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bench.harness import Row, Sample, at_most, largest, sample, told, under
from bench.home import SIXTEEN_COLOURS, TRUE_COLOUR, workspace
from bench.peers import workbench_program
from bench.process import cpu_of
from bench.terminal import Terminal
from workbench.api.client import Client
from workbench.api.commands import WriteNote
from workbench.workspace import Workspace

_NOTES = 2_000
_BLOCKS, _KEYS = 9, 40
_RESTED_KEYS = 30
_REPAINTED = 0.02
"""No more bytes for so long: the repaint is over."""
_RESTED = 0.3
_IDLE = 10.0
_SWITCHES = "2345" * 3 + "1"


def measure() -> list[Row]:
    """Move in the journal's list, switch screens, and do nothing."""
    with workspace() as made:
        asyncio.run(_write_notes(made))
        return [*_moves(made), *_switches(made)]


async def _write_notes(workspace: Workspace) -> None:
    async with Client(workspace, "bench") as client:
        notes = (WriteNote(f"note {n}: what somebody saw in the build") for n in range(_NOTES))
        await asyncio.gather(*map(client.call, notes))


def _moves(workspace: Workspace) -> list[Row]:
    with open_interface(workspace) as terminal:
        _open_metrics(terminal)
        held = [_hold(terminal) for _ in range(_BLOCKS)]
        rested = [_move(terminal, _RESTED) for _ in range(_RESTED_KEYS)]
        terminal.settle(2.0)
        idle = sample([terminal.drain(_IDLE) / _IDLE], "bytes/s")
    return [*_key_rows(held, rested), at_most(f"Idle for {_IDLE:.0f} s on Metrics", idle, 0)]


def _key_rows(held: list[tuple[float, float]], rested: list[tuple[float, float]]) -> list[Row]:
    (held_cpu, held_bytes), (rested_cpu, rested_bytes) = _split(held), _split(rested)
    return [
        at_most("List move, key held, pages read on the way", held_cpu, 8),
        told("List move with a rest after it: the event beside it too", rested_cpu),
        told("Bytes for a list move, key held", held_bytes),
        under("Bytes for a list move and the event beside it: the most", largest(rested_bytes), 5),
    ]


def _split(keys: list[tuple[float, float]]) -> tuple[Sample, Sample]:
    cpu, size = zip(*keys, strict=True)
    return sample(cpu, "ms CPU", 1000), sample(size, "KB", 1 / 1000)


def _switches(workspace: Workspace) -> list[Row]:
    few, true = (_switch_all(workspace, colours) for colours in (SIXTEEN_COLOURS, TRUE_COLOUR))
    return [
        under("Bytes for a screen switch, 16 colours: the most", largest(few), 25),
        told("Bytes for a screen switch, true colour", true),
    ]


def _switch_all(workspace: Workspace, colours: Mapping[str, str]) -> Sample:
    with open_interface(workspace, colours) as terminal:
        sizes = [_move(terminal, _RESTED, key)[1] for key in _SWITCHES]
    return sample(sizes, "KB", 1 / 1000)


def open_interface(workspace: Workspace, colours: Mapping[str, str] = TRUE_COLOUR) -> Terminal:
    """Return a terminal with the interface on it, attached."""
    terminal = Terminal([workbench_program(), str(workspace.project)], colours)
    terminal.wait_for("attached to host")
    return terminal


def _open_metrics(terminal: Terminal) -> None:
    terminal.press("5")
    terminal.wait_for(f"note {_NOTES - 1}", "process")
    terminal.settle(2.0)


def _hold(terminal: Terminal) -> tuple[float, float]:
    """Press a block of keys, each when the one before has been painted; return the means."""
    cpu, size = zip(*(_move(terminal, _REPAINTED) for _ in range(_KEYS)), strict=True)
    return sum(cpu) / _KEYS, sum(size) / _KEYS


def _move(terminal: Terminal, quiet: float, key: str = "j") -> tuple[float, float]:
    """Press one key; return the CPU seconds and bytes until nothing more comes."""
    cpu, size = cpu_of(terminal.pid), terminal.written
    terminal.press(key)
    terminal.wait_until(lambda: terminal.written > size, "an answer to a key")
    terminal.settle(quiet)
    return cpu_of(terminal.pid) - cpu, float(terminal.written - size)
