"""Evolution: repairs that wait for a decision."""

from __future__ import annotations

from screens.blank import BlankScreen
from widgets.empty import Emptiness


class EvolutionScreen(BlankScreen):
    """Empty until the workbench can propose repairs."""

    place_name = "evolution"
    emptiness = Emptiness(
        "Evolution",
        "Here repairs that held in the sandbox will wait for you, with their evidence, to be "
        "accepted or rejected hunk by hunk.",
        "No repair waits: this release does not look for failures yet, and it never changes a "
        "file that you have not approved.",
        "Check that the record which decisions will be kept in is whole:",
        "workbench journal verify",
    )


SCREEN = EvolutionScreen
