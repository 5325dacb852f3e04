"""What is being written: keys of the editor, what was sent before, and what stands behind an @."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from screens.sheets import Palette
from screens.talk_paths import Mention, mention_at, mentioned, paths_of, written
from widgets import writing
from widgets.ink import Role
from widgets.prompt import Typed, typed_at_end
from widgets.writing import Manuscript, Writing
from workbench.api.chats import Attached, Message
from workbench.api.chatting import CompletePath, Say
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from textual.timer import Timer

    from screens.action import Action
    from screens.chat import ChatScreen
    from screens.interface import Interface

_MOST_SENT = 200
_AT_REST = 0.08
_MOST_PATHS = 50
KINDS = ("auto", "question", "task")


class Pen:
    """Holds the manuscript, and does what the keys say while one writes."""

    def __init__(self, screen: ChatScreen) -> None:
        self.screen = screen
        self.manuscript = Manuscript()
        self.widget = Writing(self.manuscript, "writing")
        self.kind = KINDS[0]
        self.editing: Message | None = None
        """The message that what is sent shall stand beside."""
        self.paths: tuple[str, ...] = ()
        """What could stand behind the @ under the cursor."""
        self.chosen = 0
        self._sent: list[str] = []
        self._known: set[str] = set()
        self._missing: set[str] = set()
        """Paths that were looked for and not found, until something is sent."""
        self._back = 0
        """So many texts ago was sent what stands there."""
        self._kept = Typed()
        self._left: int | None = None
        """Where the @ stands for which nothing is wanted."""
        self._asking: Timer | None = None

    @property
    def interface(self) -> Interface:
        return self.screen.interface

    @property
    def note(self) -> str:
        """What one should know of what will be sent."""
        if self.editing:
            return "edited: is sent beside the old one"
        return "" if self.kind == "auto" else f"as a {self.kind}"

    @property
    def sent(self) -> list[str]:
        """What was sent before, the newest first."""
        said = [one.text for one in self.screen.talks.messages if one.author == "person"]
        return list(dict.fromkeys(reversed([*said, *self._sent])))[:_MOST_SENT]

    def insert(self, text: str) -> None:
        """Write what was typed or pasted; a slash at the very beginning offers what can be done."""
        if text == "/" and not self.manuscript.text:
            self._offer()
        else:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            self.change(lambda typed: typed.insert(text))

    def change(self, change: Callable[[Typed], Typed]) -> None:
        self.manuscript.change(change)
        self._changed()

    def edit(self, message: Message) -> None:
        """Write a message anew."""
        self.editing = message
        self._known |= {one.path for one in message.attached}
        self.manuscript.put(message.text)
        self._changed()

    def attach(self, path: str, first: int, last: int) -> None:
        """Write what attaches lines of a file."""
        self._known.add(path)
        gap = "" if not self.manuscript.text or self.manuscript.text[-1].isspace() else " "
        self.change(lambda typed: typed.end().insert(f"{gap}{written(path, first, last)} "))

    def put(self, text: str) -> None:
        self.manuscript.put(text)
        self._changed()

    def do_write_send(self) -> None:
        text = self.manuscript.text.strip()
        editing, self.editing = self.editing, None
        self._sent.append(text)
        self._back = 0
        self.manuscript.put("")
        self._changed()
        self.interface.spawn(self.screen, self._send(text, editing))

    def do_write_line(self) -> None:
        self.change(lambda typed: typed.insert("\n"))

    def do_write_leave(self) -> None:
        if self.editing:
            self.editing = None
            self.put("")
        self.screen.focus_on("read")

    def do_write_up(self) -> None:
        self._move_or(-1, self._earlier)

    def do_write_down(self) -> None:
        self._move_or(1, self._later)

    def do_write_word_left(self) -> None:
        self.change(writing.word_left)

    def do_write_word_right(self) -> None:
        self.change(writing.word_right)

    def do_write_delete_to_end(self) -> None:
        self.change(writing.delete_to_end)

    def do_write_undo(self) -> None:
        if not self.manuscript.undo():
            self.interface.tell("Nothing was written that could be taken back.", Role.BAR_WARN)
        self._changed()

    def do_write_redo(self) -> None:
        if not self.manuscript.redo():
            self.interface.tell("Nothing was taken back.", Role.BAR_WARN)
        self._changed()

    def do_write_kind(self) -> None:
        self.kind = KINDS[(KINDS.index(self.kind) + 1) % len(KINDS)]
        self.screen.draw_writing()

    def do_write_editor(self) -> None:
        self.interface.spawn(self.screen, self._write_elsewhere())

    def do_write_stop(self) -> None:
        self.screen.keys_of_talk.do_talk_stop()

    def do_write_commands(self) -> None:
        self._offer(slash=False)

    def do_write_page_up(self) -> None:
        self.screen.transcript.scroll_by(-self.screen.transcript.height)

    def do_write_page_down(self) -> None:
        self.screen.transcript.scroll_by(self.screen.transcript.height)

    def do_complete_take(self) -> None:
        """Put the path that was chosen behind the @."""
        mention = self._mention
        if not mention or not self.paths:
            return
        path = self.paths[self.chosen]
        ends = "" if path.endswith("/") else " "
        self._known.add(path)
        self.paths = ()
        self.change(lambda typed: mention.filled(typed, path, ends))

    def do_complete_down(self) -> None:
        self._choose(1)

    def do_complete_up(self) -> None:
        self._choose(-1)

    def do_complete_close(self) -> None:
        """Offer nothing any more for this @."""
        self._left = self._mention.start if self._mention else None
        self.paths = ()
        self.screen.draw_writing()

    def do_prompt_left(self) -> None:
        self.change(lambda typed: typed.move(-1))

    def do_prompt_right(self) -> None:
        self.change(lambda typed: typed.move(1))

    def do_prompt_home(self) -> None:
        self.change(writing.line_home)

    def do_prompt_end(self) -> None:
        self.change(writing.line_end)

    def do_prompt_delete_left(self) -> None:
        self.change(Typed.delete_left)

    def do_prompt_delete_right(self) -> None:
        self.change(Typed.delete_right)

    def do_prompt_delete_word(self) -> None:
        self.change(writing.delete_word)

    def do_prompt_delete_all(self) -> None:
        self.change(writing.delete_to_home)

    @property
    def _mention(self) -> Mention | None:
        return mention_at(self.manuscript.typed)

    def _choose(self, steps: int) -> None:
        self.chosen = (self.chosen + steps) % max(1, len(self.paths))
        self.screen.draw_writing()

    def _changed(self) -> None:
        """Draw the manuscript, and find out what could stand behind an @ and what it would take."""
        if self._mention is None:
            self.paths, self._left = (), None
        elif self._mention.start == self._left:
            self.paths = ()
        elif self._asking:
            self._asking.reset()
        else:
            self._asking = self.screen.set_timer(_AT_REST, self._ask)
        self.screen.draw_writing()
        self.screen.talks.weigh_soon(self.manuscript.text, self._attach)

    def _ask(self) -> None:
        self._asking = None
        if self._mention and self.interface.line.state == "attached":
            self.interface.spawn(self.screen, self._complete(self._mention.path))

    async def _complete(self, path: str) -> None:
        found = await self.interface.host.call(CompletePath(path, _MOST_PATHS))
        self._known |= set(found.paths)
        mention = self._mention
        if mention and mention.path == path and mention.start != self._left:
            whole = found.paths == (path,)
            self.paths, self.chosen = () if whole else found.paths, 0
            self.screen.draw_writing()

    def _move_or(self, steps: int, otherwise: Callable[[], None]) -> None:
        """Move by a row; at the edge take what was sent before or after."""
        moved = writing.moved_by_rows(self.manuscript.typed, steps, self.widget.room)
        if moved:
            self.change(lambda _: moved)
        else:
            otherwise()

    def _earlier(self) -> None:
        sent = self.sent
        if self._back >= len(sent):
            return
        if self._back == 0:
            self._kept = self.manuscript.typed
        self._back += 1
        self.put(sent[self._back - 1])

    def _later(self) -> None:
        if self._back == 0:
            return
        self._back -= 1
        text = self.sent[self._back - 1] if self._back else self._kept.text
        self.change(lambda _: typed_at_end(text))

    def _offer(self, *, slash: bool = True) -> None:
        """List what can be done on this screen; what is no name of it stays a text."""
        screen = self.screen

        def run(action: Action | None) -> None:
            text = screen.typed.text
            screen.close_sheet()
            if action:
                self.interface.perform(action)
            elif slash:
                self.put(f"/{text}")

        context = screen.context
        screen.open_sheet(Palette(screen.place_name, context, self.interface.keymap, run))

    async def _send(self, text: str, editing: Message | None) -> None:
        """Say it; where that fails it stands there again."""
        talks = self.screen.talks
        self._missing.clear()
        try:
            said = await self.interface.host.call(
                Say(
                    text,
                    await self.screen.terms(),
                    talks.open,
                    editing.after if editing else None,
                    await self._attach(text),
                    talks.role,
                    self.kind,
                )
            )
        except WorkbenchError:
            if not self.manuscript.text:
                self.editing = editing
                self.put(text)
            raise
        self.screen.transcript.go_to_end()
        await talks.said(said)

    async def _attach(self, text: str) -> tuple[Attached, ...]:
        """Find out which of the paths in a text there are."""
        for path in paths_of(text) - self._known - self._missing:
            found = await self.interface.host.call(CompletePath(path, _MOST_PATHS))
            self._known |= set(found.paths)
            self._missing |= {path} - self._known
        return mentioned(text, self._known)

    async def _write_elsewhere(self) -> None:
        editor, run = self.interface.editor, self.interface.lend_terminal
        text = await editor.edit(run, self.manuscript.text or "\n", "message.md", name="message")
        self.put(text.rstrip("\n"))
