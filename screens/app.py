"""The way into the interface: takes the terminal over, runs it, gives the terminal back."""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Self

from screens.keymap import Keymap, make_keymap
from screens.look import Look, choose_theme
from screens.terminal import Terminal, taken_over
from workbench.errors import Defect, ExitCode
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from screens.interface import Interface
    from workbench.api.commands import Terms, Watch

_PATIENCE_AT_END = 1.0
_FRAMES = "120"
"""A second at most: what is asked for with a key takes two of them, and each waits for its turn."""
_WIDE = "This is your home folder or holds it, so it is followed only when you ask for it."


class Farewell:
    """Ends the process if ending in good order takes too long, whatever holds it up."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    def begin(self, code: ExitCode) -> None:
        """Start the time that is left."""
        if self._timer is None:
            self._timer = threading.Timer(_PATIENCE_AT_END, self._end_now, (code,))
            self._timer.daemon = True
            self._timer.start()

    def _end_now(self, code: ExitCode) -> None:
        self._terminal.leave()
        os._exit(code)


def run(workspace: Workspace, look: Look | None = None, flags: Sequence[str] = ()) -> ExitCode:
    """Show the interface until the user leaves; say how it ended."""
    look = look or Look()
    keymap, theme = make_keymap(look.keymap), choose_theme(look.theme, os.environ)
    workspace.make()
    log = workspace.folder / "interface.log"
    with taken_over(log) as terminal, Farewell(terminal) as farewell:
        interface = _make(workspace, flags, terminal, farewell, worn=(keymap, theme), look=look)
        interface.run(mouse=look.mouse)
    if interface.failure:
        raise Defect(
            "The interface came upon a defect of its own and ended.",
            f"What happened is in {log}.",
        ) from interface.failure
    return interface.ending


def _make(
    workspace: Workspace,
    flags: Sequence[str],
    terminal: Terminal,
    farewell: Farewell,
    *,
    worn: tuple[Keymap, str],
    look: Look,
) -> Interface:
    """Put the application together; Textual is imported only here, under our descriptors."""
    os.environ.setdefault("TEXTUAL_FPS", _FRAMES)
    from screens.driver import TerminalDriver
    from screens.editor import Editor
    from screens.interface import Interface
    from workbench.api.client import Client

    keymap, theme = worn
    wide = workspace.holds_a_home
    interface = Interface(
        workspace.project.name or str(workspace.project),
        lambda on_line: Client(workspace, "interface", patience=None, on_line=on_line, flags=flags),
        keymap,
        theme=theme,
        log=".workbench/interface.log",
        leaving=farewell.begin,
        terms=partial(_terms, workspace, flags),
        watch=partial(_watch, workspace, flags),
        editor=Editor(workspace.project, partial(_editor, workspace, flags)),
        follows=look.follow and not wide,
        first=look.first,
        driver_class=TerminalDriver.on(terminal),
    )
    interface.following.problem = _WIDE if look.follow and wide else ""
    return interface


def _editor(workspace: Workspace, flags: Sequence[str]) -> str:
    """Return the editor that the settings name now."""
    from workbench import settings

    return settings.load(workspace, flags, os.environ).interface.editor


def _watch(workspace: Workspace, flags: Sequence[str]) -> Watch:
    """Return what the settings say now of following the project."""
    from workbench import settings
    from workbench.api.commands import Terms, Watch

    found = settings.load(workspace, flags, os.environ)
    return Watch(Terms.of(found.sandbox, os.environ), logs=found.healing.log_patterns)


def _terms(workspace: Workspace, flags: Sequence[str]) -> Terms:
    """Return what the settings say of the sandbox now: they may have changed meanwhile."""
    from workbench import settings
    from workbench.api.commands import Terms

    return Terms.of(settings.load(workspace, flags, os.environ).sandbox, os.environ)
