"""Giving a text to the terminal's clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.wording import size
from widgets.ink import Role

if TYPE_CHECKING:
    from screens.interface import Interface

MOST_COPIED = 74_000
"""Terminals take 100,000 characters of base64, if they take that."""


def copy(interface: Interface, text: str, name: str, instead: str) -> None:
    """Copy a text, and say so; one that is larger than terminals take is not cut."""
    length = len(text.encode(errors="replace"))
    if length > MOST_COPIED:
        told = f"{name} is too large to copy ({size(length)}): {instead}."
        interface.tell(told, Role.BAR_WARN)
        return
    interface.copy_to_clipboard(text)
    interface.tell(f"{name} was copied.")
