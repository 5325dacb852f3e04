"""What it costs to say `workbench --help`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from bench.harness import Row, Sample, at_most, in_turn, sample
from bench.peers import HARLEQUIN, workbench_program
from bench.process import cpu_to_end

_ROUNDS = 21
_LIMIT = 90
_OPTIONS = ("--help", "--version")


def measure() -> list[Row]:
    """Compare our two shortest commands with bare Python and with harlequin's headless twin."""
    twin = [[HARLEQUIN.program("hsql"), option] for option in _OPTIONS if HARLEQUIN.version]
    ours = [[workbench_program(), option] for option in _OPTIONS]
    commands = [[sys.executable, "-c", "pass"], *ours, *twin]
    bare, *found = _samples(commands)
    pairs = zip(_OPTIONS, found[:2], [*found[2:], None, None], strict=False)
    return [_row(option, our, bare, peer) for option, our, peer in pairs]


def _samples(commands: list[list[str]]) -> list[Sample]:
    found = in_turn(_ROUNDS, [_timed(command) for command in commands])
    return [sample(values, "ms CPU", 1000) for values in found]


def _timed(command: list[str]) -> Callable[[], float]:
    cpu_to_end(command)  # Once before, so that its files are in memory.
    return lambda: cpu_to_end(command)


def _row(option: str, our: Sample, bare: Sample, peer: Sample | None) -> Row:
    hsql = f"hsql of {HARLEQUIN.name} {peer.text if peer else 'not installed'}"
    beside = f"{hsql}; `python -c pass` {bare.text}"
    return at_most(f"`workbench {option}`", our, _LIMIT, beside)
