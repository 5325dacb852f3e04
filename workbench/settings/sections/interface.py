"""The settings of the full-screen interface."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from workbench.settings.sections.marks import WIDENS

Theme = Literal["auto", "dark", "light", "16-colour", "no-colour"]


class InterfaceSettings(msgspec.Struct, frozen=True):
    """The full-screen interface."""

    theme: Annotated[
        Theme,
        Meta(description="The colours; `auto` goes by what the terminal says of itself."),
    ]
    mouse: Annotated[
        bool,
        Meta(description="Whether the mouse works; without it the terminal selects text itself."),
    ]
    editor: Annotated[
        str,
        WIDENS,
        Meta(description="The command that edits a file; empty means $VISUAL, $EDITOR, then vi."),
    ]
