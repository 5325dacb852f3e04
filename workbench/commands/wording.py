"""How values are said on the command line."""

from __future__ import annotations

from datetime import datetime


def moment(microseconds: int) -> str:
    """Say when something was, by the clock of this machine."""
    return datetime.fromtimestamp(microseconds / 1e6).astimezone().isoformat(" ", "seconds")
