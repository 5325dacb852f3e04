"""The machine and the versions, in words."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

from bench.peers import PEERS


def machine() -> list[str]:
    """Return what to know of where the figures come from, one sentence each."""
    return [
        f"{len(os.sched_getaffinity(0))} cores ({_processor()}), {_memory()}, {platform.system()}.",
        f"Load average when it began: {os.getloadavg()[0]:.1f}.",
        f"Python {platform.python_version()}, {_ours()}, SQLite {sqlite3.sqlite_version}.",
        f"Peers: {', '.join(_peer(peer.name, peer.version) for peer in PEERS)}.",
    ]


def _ours() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("workbench", "textual", "duckdb"))


def _peer(name: str, found: str) -> str:
    return f"{name} {found or 'not installed'}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> str:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{pages / 2**30:.0f} GiB of memory"
