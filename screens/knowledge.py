"""Knowledge: sources, passages, subjects."""

from __future__ import annotations

from screens.blank import BlankScreen
from widgets.empty import Emptiness


class KnowledgeScreen(BlankScreen):
    """Empty until the workbench can read the project."""

    place_name = "knowledge"
    emptiness = Emptiness(
        "Knowledge",
        "Here the project's files and documents will be searched as you type, each passage with "
        "the place it comes from.",
        "Nothing is indexed: this release does not read sources yet. What it does keep is the "
        "journal, and that can be searched now, on screen 5 with / or from the shell.",
        "See the newest events:",
        "workbench journal tail",
    )


SCREEN = KnowledgeScreen
