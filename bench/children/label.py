"""The smallest Textual program: one label."""

from textual.app import App, ComposeResult
from textual.widgets import Label


class OneLabel(App[None]):
    """Says one word."""

    def compose(self) -> ComposeResult:
        yield Label("painted")


OneLabel().run()
