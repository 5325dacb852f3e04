"""Five bare screens as Textual's own guide would write them."""

from functools import partial
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Footer, Header, Static

NAMES = ("Chat", "Learning", "Knowledge", "Evolution", "Metrics")


class Bare(Screen[None]):
    """Header, one sentence, footer."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title

    def compose(self) -> ComposeResult:
        yield Header()
        yield Static(f"This is {self.title}")
        yield Footer()


class Skeleton(App[None]):
    """Opens on the first screen."""

    BINDINGS: ClassVar = [
        (str(number), f"app.switch_mode('{name}')", name) for number, name in enumerate(NAMES, 1)
    ]
    MODES: ClassVar = {name: partial(Bare, name) for name in NAMES}
    DEFAULT_MODE = "Chat"


Skeleton().run()
