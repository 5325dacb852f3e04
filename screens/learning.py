"""Learning: subjects, their phases and exams."""

from __future__ import annotations

from screens.blank import BlankScreen
from widgets.empty import Emptiness


class LearningScreen(BlankScreen):
    """Empty until the workbench can learn."""

    place_name = "learning"
    emptiness = Emptiness(
        "Learning",
        "Here subjects will stand in a queue, each with its phase, its deadline and the grade "
        "of its last exam.",
        "The queue is empty: this release does not learn yet. It keeps what you write down, and "
        "that is where learning will start from.",
        "Leave yourself a note about what should be learned first:",
        'workbench journal note "learn asyncio streams"',
    )


SCREEN = LearningScreen
