"""Chat: questions and answers about the project."""

from __future__ import annotations

from screens.blank import BlankScreen
from widgets.empty import Emptiness


class ChatScreen(BlankScreen):
    """Empty until the workbench can answer."""

    place_name = "chat"
    emptiness = Emptiness(
        "Chat",
        "Here you will ask about the project and get answers that cite the files they come from.",
        "There is nothing to ask yet: answers need a local model and an index of the project, "
        "and this release has neither.",
        "See what this machine has and what is missing:",
        "workbench doctor",
    )


SCREEN = ChatScreen
