"""The application: five screens, one line to the host, one place that performs actions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast, runtime_checkable

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._context import active_message_pump
from textual.app import App
from textual.driver import Driver
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from screens.action import Action
from screens.actions import BY_ID
from screens.driver import TerminalDriver
from screens.editor import Editor
from screens.following import Following
from screens.frame import Frame
from screens.keymap import Keymap
from screens.mender import Mender
from screens.places import PLACES
from screens.sheets import Help, Palette
from screens.standing import Standing, Word
from screens.themes import INKS
from widgets.canvas import Canvas
from widgets.ink import Role
from workbench.api.client import Line
from workbench.api.commands import Terms, Watch
from workbench.api.facts import Event
from workbench.api.shapes import Command
from workbench.errors import ExitCode, WorkbenchError

R = TypeVar("R")

_NAMES = tuple(place.name for place in PLACES)


class Host(Protocol):
    """The host, as far as the interface knows it."""

    line: Line

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    def want_host(self) -> None: ...
    async def call(self, command: Command[R], *, key: str = "") -> R: ...
    def follow(self, after: int) -> AsyncIterator[tuple[Event, ...]]: ...


@runtime_checkable
class TakesCitations(Protocol):
    """A screen on which lines of a file can be attached to what is being written."""

    def take_citation(self, path: str, first: int, last: int) -> None: ...


Connect = Callable[[Callable[[Line], None]], Host]


class Interface(App[None], inherit_bindings=False):
    """Holds what all screens share; each screen is built on its first visit."""

    ENABLE_COMMAND_PALETTE: ClassVar[bool] = False
    DEFAULT_MODE: ClassVar[str] = _NAMES[0]
    CSS: ClassVar[str] = """
    Canvas { width: 100%; height: 1; }
    #sheet, .body { height: 1fr; }
    """

    def __init__(
        self,
        project: str,
        connect: Connect,
        keymap: Keymap,
        *,
        terms: Callable[[], Terms],
        watch: Callable[[], Watch] | None = None,
        editor: Editor | None = None,
        follows: bool = False,
        first: str = "",
        theme: str = "dark",
        log: str = "",
        leaving: Callable[[ExitCode], None] = lambda _: None,
        driver_class: type[Driver] | None = None,
    ) -> None:
        super().__init__(driver_class, ansi_color=True)
        self._disable_tooltips = self._disable_notifications = True
        self.keymap, self.look, self.ink = keymap, theme, INKS[theme]
        self.line = Line("attaching")
        self.standing = Standing(project, self.line)
        self.host = connect(self._line_changed)
        self.terms = terms
        self.editor = editor or Editor(Path.cwd())
        self.following = Following(self, watch or (lambda: Watch(self.terms())), wanted=follows)
        self.ending = ExitCode.OK
        self._first = first or _NAMES[0]
        self.failure: BaseException | None = None
        self.leaving = leaving
        self.mender = Mender(self, log)
        self._chores: set[asyncio.Task[None]] = set()
        for name in _NAMES:
            self.add_mode(name, partial(self.mender.build, name))

    @property
    def frame(self) -> Frame:
        return cast("Frame", self.screen)

    def on_mount(self) -> None:
        self.go(self._first)
        self.call_after_refresh(self._connect)

    async def on_unmount(self) -> None:
        """Let go of the host."""
        self.following.stop()
        await self.host.__aexit__(None, None, None)

    async def on_event(self, event: events.Event) -> None:
        """Take keys and pastes before Textual does: the registry alone says what they mean."""
        match event:
            case events.Key():
                self.press(event)
            case events.Paste():
                self._paste(event.text)
            case _:
                await super().on_event(event)

    def press(self, event: events.Key) -> None:
        """Perform the action of a key, or write its character on the prompt line."""
        self.tell(None)
        action = self.keymap.find(self.frame.place, key_name(event))
        if action:
            self.perform(action)
        elif self.frame.typing and event.is_printable and event.character:
            self._paste(event.character)

    def perform(self, action: Action) -> None:
        """Do what `action` says, or say why not."""
        frame = self.frame
        if why_not := action.why_not(frame.context):
            self.tell(why_not, Role.BAR_WARN)
            return
        for target in frame.performers:
            method = getattr(target, action.method, None)
            if method:
                self.guard(method)
                return

    def perform_by_id(self, identity: str) -> None:
        """Perform the action that was clicked."""
        if not self.frame.typing:
            self.perform(BY_ID[identity])

    def tell(self, text: str | None, role: Role = Role.BAR) -> None:
        """Say something on the status line until the next key."""
        self._stand(replace(self.standing, word=Word(text, role) if text else None))

    def notice(self, count: int) -> None:
        """Say how many notices wait on the Metrics screen."""
        self._stand(replace(self.standing, notices=count))

    def spawn(self, frame: Frame | None, chore: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something for a screen, or for all of them, beside the keys.

        What goes wrong for a screen does not end the app.
        """
        task = asyncio.create_task(self._watched(chore, frame))
        chores = frame.chores if frame else self._chores
        chores.add(task)
        task.add_done_callback(chores.discard)
        task.add_done_callback(lambda _: chore.close())  # It may have been cancelled unbegun.
        return task

    def leave(self, code: ExitCode) -> None:
        """End the interface."""
        self.ending = code
        self.leaving(code)
        self.exit()

    def go(self, name: str) -> None:
        """Show a screen."""
        mode = self.mender.mode_of(name)
        if mode != self.current_mode:
            self.switch_mode(mode)

    def cite(self, path: str, first: int, last: int) -> None:
        """Go to the chat and attach lines of a file to what one writes there."""
        self.spawn(None, self._cite(path, first, last))

    async def _cite(self, path: str, first: int, last: int) -> None:
        mode = self.mender.mode_of("chat")
        if mode != self.current_mode:
            await self.switch_mode(mode)
        chat = self.frame
        if isinstance(chat, TakesCitations):
            self.guard(partial(chat.take_citation, path, first, last), chat)
        else:
            self.tell("The chat takes no citations now.", Role.BAR_WARN)

    def do_screen_chat(self) -> None:
        self.go("chat")

    def do_screen_learning(self) -> None:
        self.go("learning")

    def do_screen_knowledge(self) -> None:
        self.go("knowledge")

    def do_screen_evolution(self) -> None:
        self.go("evolution")

    def do_screen_metrics(self) -> None:
        self.go("metrics")

    def do_screen_next(self) -> None:
        self._step(1)

    def do_screen_previous(self) -> None:
        self._step(-1)

    def do_app_palette(self) -> None:
        frame = self.frame
        frame.open_sheet(Palette(frame.inner_place, frame.context, self.keymap, self._chosen))

    def do_app_help(self) -> None:
        frame = self.frame
        frame.open_sheet(Help(frame.inner_place, self.keymap, frame.close_sheet))

    def do_app_theme(self) -> None:
        names = tuple(INKS)
        self.wear(names[(names.index(self.look) + 1) % len(names)])
        self.tell(f"Theme: {self.look}. To keep it: interface.theme in the settings.")

    def do_app_quit(self) -> None:
        self.leave(ExitCode.OK)

    def do_app_interrupt(self) -> None:
        self.leave(ExitCode.INTERRUPTED)

    def do_host_start(self) -> None:
        self.host.want_host()

    async def lend_terminal(self, command: Sequence[str]) -> int:
        """Run a program in the terminal, as a shell would; return its exit status."""
        driver = self._driver
        if isinstance(driver, TerminalDriver):
            with driver.lent() as tty:
                return await _ended(command, tty)
        return await _ended(command, asyncio.subprocess.DEVNULL)

    def do_app_redraw(self) -> None:
        if isinstance(self._driver, TerminalDriver):
            self._driver.repaint()

    def do_app_suspend(self) -> None:
        if isinstance(self._driver, TerminalDriver):
            self._driver.suspend_application_mode()

    def wear(self, theme: str) -> None:
        """Change the theme."""
        self.look, self.ink = theme, INKS[theme]
        for stack in self._screen_stacks.values():
            for screen in stack:
                for canvas in screen.query(Canvas):
                    canvas.repaint()

    def paint(self, canvas: Canvas, rows: range) -> None:
        """Send rows of a canvas as they are now; a covered one is drawn when it comes back."""
        region = canvas.region
        area = Region(0, rows.start, region.width, len(rows))
        canvas._styles_cache.set_dirty(area)  # noqa: SLF001 - what Textual has drawn of it is old
        if canvas.screen is not self.screen or not region:
            canvas.refresh(area)
            return
        strips: list[Iterable[Strip]] = [[strip] for strip in canvas.render_lines(area)]
        if isinstance(self._driver, TerminalDriver):
            self._display(self.screen, LayoutUpdate(strips, area.translate(region.offset)))

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send what differs; a frame that the terminal would not read is skipped until it does."""
        driver = self._driver
        if not isinstance(driver, TerminalDriver):
            super()._display(screen, renderable)
        elif self._batch_count or self._closed or not self._running:
            self.post_display_hook()
        elif isinstance(renderable, LayoutUpdate | ChopsUpdate):
            driver.paint(renderable, self.size)
            self.post_display_hook()

    def _set_pointer_shape(self, shape: str) -> None:
        """Leave the mouse pointer alone: some terminals print the sequence."""

    async def _connect(self) -> None:
        await self.host.__aenter__()

    def _line_changed(self, line: Line) -> None:
        self.line = line
        word = None if line.state == "lost" else self.standing.word
        self._stand(replace(self.standing, line=line, word=word))
        for frame in self._frames():
            self.guard(partial(frame.line_changed, line), frame)
        self.following.line_changed(line)

    def following_changed(self) -> None:
        """Let the screens know that the project is followed now, or not any more."""
        for frame in self._frames():
            self.guard(frame.following_changed, frame)

    def _frames(self) -> list[Frame]:
        """Return the screens that are there."""
        screens = [screen for stack in self._screen_stacks.values() for screen in stack]
        return [one for one in screens if isinstance(one, Frame) and one.is_mounted]

    def _stand(self, standing: Standing) -> None:
        if standing != self.standing:
            self.standing = standing
            if self.is_running and self.frame.is_mounted:
                self.guard(self.frame.draw_frame)

    def _paste(self, text: str) -> None:
        if self.frame.typing:
            self.guard(partial(self.frame.paste, text))

    def _chosen(self, action: Action | None) -> None:
        self.frame.close_sheet()
        if action:
            self.perform(action)

    def _step(self, steps: int) -> None:
        at = _NAMES.index(self.frame.place_name)
        self.go(_NAMES[(at + steps) % len(_NAMES)])

    def guard(self, method: Callable[[], object], frame: Frame | None = None) -> None:
        """Call what belongs to a screen; its failure is the screen's, not the app's."""
        try:
            method()
        except Exception as error:  # noqa: BLE001 - whatever a screen does wrong
            self.mender.screen_failed(frame or self.frame, error)

    async def _watched(self, chore: Coroutine[Any, Any, None], frame: Frame | None) -> None:
        try:
            await chore
        except WorkbenchError as error:
            self.tell(f"{error.sentence} {error.hint}".strip(), Role.BAR_BAD)
        except Exception as error:  # noqa: BLE001 - whatever a screen does wrong
            self.mender.failed_in(frame, error)

    def _handle_exception(self, error: Exception) -> None:
        """Take what nobody caught: a screen's failure costs that screen, any other the app."""
        self.mender.failed_in(active_message_pump.get(None), error)

    def fail(self, error: Exception) -> None:
        """End, since the app itself has failed; what happened is in the log."""
        self.failure = self.failure or error
        self._exception = self._exception or error
        self._exception_event.set()
        self.leaving(ExitCode.DEFECT)
        self._close_messages_no_wait()


async def _ended(command: Sequence[str], terminal: int) -> int:
    """Wait for a program; if nobody waits any more, it is told to end."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=terminal, stdout=terminal, stderr=terminal
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()


def key_name(event: events.Key) -> str:
    """Return the name that the keymap knows a key by."""
    character = event.character
    if character and len(character) == 1 and character.isprintable() and character != " ":
        return character
    return event.key
