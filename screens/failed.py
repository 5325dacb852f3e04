"""What stands in for a screen that keeps failing."""

from __future__ import annotations

from screens.blank import BlankScreen
from widgets.empty import Emptiness


def failed_screen(name: str, log: str) -> BlankScreen:
    """Make a plain screen that says so."""
    emptiness = Emptiness(
        name.capitalize(),
        "This screen failed three times and is not shown again in this run.",
        f"The reason is in {log}. The other screens, the host and your records are not touched.",
        "Look at what happened:",
        f"tail -n 40 {log}",
    )
    kind = type("FailedScreen", (BlankScreen,), {"place_name": name, "emptiness": emptiness})
    screen: BlankScreen = kind()
    return screen
