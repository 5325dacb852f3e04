"""Who asks for a command to be carried out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """Who asks, and under which key what is written is known."""

    actor: str
    key: str = ""
    again: bool = False
    """It was sent before, and may have been carried out."""
