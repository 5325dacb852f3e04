"""What every screen has around its content: tabs, status line, prompt and keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.events import Resize
from textual.screen import Screen
from textual.widget import Widget

from screens.action import Action, Context
from screens.actions import reachable
from screens.places import PLACES
from screens.standing import Standing, status_rows
from widgets.bar import Bar, Spot
from widgets.canvas import Canvas
from widgets.ink import Role, Row, cut, outside
from widgets.prompt import Typed, prompt_row, typed_at_end

if TYPE_CHECKING:
    from screens.interface import Interface
    from screens.sheets import Sheet
    from workbench.api.client import Line

_NARROW_NAME = 20


@dataclass(frozen=True)
class Question:
    """Something that the prompt line asks for."""

    label: str
    on_answer: Callable[[str], None]
    choices: tuple[str, ...] = ()
    """Answers that were given before, the newest first."""
    on_typed: Callable[[str], None] | None = None
    """Takes each text on the way to the answer, and the one before it if it is given up."""
    before: str = ""

    @property
    def note(self) -> str:
        return f"↑ {len(self.choices)} given before" if self.choices else ""


class Frame(Screen[None], inherit_bindings=False):
    """A screen; what goes in the middle is the affair of each."""

    AUTO_FOCUS: ClassVar[str | None] = ""
    ALLOW_SELECT: ClassVar[bool] = False
    place_name: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.question: Question | None = None
        self.typed = Typed()
        self.sheet: Sheet | None = None
        self.chores: set[asyncio.Task[None]] = set()
        self.tabs, self.keys = Bar("tabs"), Bar("keys")
        self.status = Canvas("status", Role.BAR)

    @property
    def interface(self) -> Interface:
        return cast("Interface", self.app)

    @property
    def place(self) -> str:
        """Where keys go now."""
        if self.question:
            return "prompt"
        return self.sheet.place if self.sheet else self.inner_place

    @property
    def inner_place(self) -> str:
        """Where keys go while nothing covers the content."""
        return self.place_name

    @property
    def performers(self) -> tuple[object, ...]:
        """What does what the keys say, nearest first."""
        return (self.sheet, self, self.interface)

    @property
    def typing(self) -> bool:
        return self.place in ("prompt", "palette")

    @property
    def context(self) -> Context:
        """What decides which actions make sense."""
        state = self.interface.line.state
        return Context(
            self.place_name,
            attached=state == "attached",
            lost=state == "lost",
            choices=bool(self.question and self.question.choices),
        )

    def compose(self) -> ComposeResult:
        yield self.tabs
        yield from self.compose_body()
        yield self.status
        yield self.keys

    def compose_body(self) -> Iterable[Widget]:
        """Give the widgets of the middle; the outermost takes the class `body`."""
        return ()

    def line_changed(self, line: Line) -> None:
        """Take notice of how the line to the host is now."""

    def following_changed(self) -> None:
        """Take notice that the project is followed now, or not any more."""

    def on_mount(self) -> None:
        self.line_changed(self.interface.line)

    def on_unmount(self) -> None:
        self.let_go()

    def let_go(self) -> None:
        """End what this screen does beside the keys."""
        for chore in self.chores:
            chore.cancel()

    def on_resize(self, _: Resize) -> None:
        self.call_after_refresh(self.draw_frame)

    def on_screen_resume(self) -> None:
        self.draw_frame()

    def on_bar_picked(self, message: Bar.Picked) -> None:
        self.interface.perform_by_id(message.target)

    def draw_frame(self) -> None:
        """Draw all that surrounds the content."""
        self._draw_tabs()
        self.draw_status(self.interface.standing)
        self._draw_keys()

    def draw_status(self, standing: Standing) -> None:
        """Draw the status line, or the prompt in its place."""
        width = self.size.width
        asked = self._prompt_row(width)
        rows = (asked,) if asked else status_rows(standing, width)
        self.status.styles.height = len(rows)
        self.status.show(rows)

    def ask(self, question: Question) -> None:
        """Ask for a line of text."""
        self.question, self.typed = question, typed_at_end(question.before)
        self.draw_frame()

    def type(self, change: Callable[[Typed], Typed]) -> None:
        """Change what is being typed."""
        self.typed = change(self.typed)
        if self.sheet:
            self.sheet.typed_changed(self.typed.text)
        if self.question and self.question.on_typed:
            self.question.on_typed(self.typed.text)
        self.draw_status(self.interface.standing)

    def paste(self, text: str) -> None:
        """Take what was typed or pasted; a prompt has one line."""
        self.type(lambda typed: typed.insert(" ".join(text.splitlines())))

    def open_sheet(self, sheet: Sheet) -> None:
        """Cover the content with a sheet."""
        self.sheet, self.typed = sheet, Typed()
        for body in self.query(".body"):
            body.display = False
        if self.query("#sheet"):  # The one before is still on its way out.
            self.call_after_refresh(self.mount, sheet, after=self.tabs)
        else:
            self.mount(sheet, after=self.tabs)
        self.draw_frame()

    def close_sheet(self) -> None:
        if self.sheet:
            self.sheet.remove()
        self.sheet = None
        for body in self.query(".body"):
            body.display = True
        self.draw_frame()

    def do_answer_accept(self) -> None:
        question, self.question = self.question, None
        self.draw_frame()
        if question:
            question.on_answer(self.typed.text)

    def do_answer_cancel(self) -> None:
        question, self.question = self.question, None
        self.draw_frame()
        if question and question.on_typed:
            question.on_typed(question.before)

    def do_answer_earlier(self) -> None:
        self._choose(1)

    def do_answer_later(self) -> None:
        self._choose(-1)

    def _choose(self, steps: int) -> None:
        """Take the answer that was given before the one that stands there, or after it."""
        choices = self.question.choices if self.question else ()
        at = choices.index(self.typed.text) if self.typed.text in choices else -1
        at = max(-1, min(at + steps, len(choices) - 1))
        self.type(lambda _: typed_at_end(choices[at] if at >= 0 else ""))

    def do_prompt_left(self) -> None:
        self.type(lambda typed: typed.move(-1))

    def do_prompt_right(self) -> None:
        self.type(lambda typed: typed.move(1))

    def do_prompt_home(self) -> None:
        self.type(Typed.home)

    def do_prompt_end(self) -> None:
        self.type(Typed.end)

    def do_prompt_delete_left(self) -> None:
        self.type(Typed.delete_left)

    def do_prompt_delete_right(self) -> None:
        self.type(Typed.delete_right)

    def do_prompt_delete_word(self) -> None:
        self.type(Typed.delete_word)

    def do_prompt_delete_all(self) -> None:
        self.type(Typed.delete_all)

    def _prompt_row(self, width: int) -> Row | None:
        if self.question:
            return prompt_row(self.question.label, self.typed, width, self.question.note)
        return prompt_row("command", self.typed, width) if self.place == "palette" else None

    def _draw_tabs(self) -> None:
        name = cut(self.interface.standing.project, _NARROW_NAME)
        note = (outside(name, Role.BAR_DIM), (" ", Role.BAR))
        spots = [
            _tab(number, place.name, place.title, place.name == self.place_name)
            for number, place in enumerate(PLACES, 1)
        ]
        self.tabs.place(spots, note)

    def _draw_keys(self) -> None:
        context, keymap = self.context, self.interface.keymap
        labelled = [
            action
            for action in reachable(self.place)
            if action.label and keymap.keys[action.id] and not action.why_not(context)
        ]
        labelled.sort(key=lambda action: not action.is_next(context))
        spots = (_key(action, keymap.shown(action, 1)) for action in labelled)
        self.keys.place(spots, always="app.help")


def _tab(number: int, name: str, title: str, active: bool) -> Spot:
    if active:
        return Spot(((f" {number} {title} ", Role.ACTIVE),), f"screen.{name}")
    row = ((f" {number} ", Role.BAR_KEY), (f"{title} ", Role.BAR))
    return Spot(row, f"screen.{name}")


def _key(action: Action, key: str) -> Spot:
    return Spot(((f" {key} ", Role.BAR_KEY), (f"{action.label} ", Role.BAR_DIM)), action.id)
