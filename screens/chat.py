"""Chat: conversations, the one that is open, and what one writes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import msgspec
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.timer import Timer
from textual.widget import Widget

from screens.action import Context
from screens.actions import BY_ID
from screens.frame import Frame
from screens.list_moves import ListMoves
from screens.places import TALKS
from screens.talk_bar import bar_rows
from screens.talk_empty import nothing_said
from screens.talk_keys import TalkKeys
from screens.talk_rows import Pages, Shown, conversation_row, earlier, gap, talks_heading
from screens.talk_state import Answer, Talks
from screens.talk_writing import Pen
from screens.wording import number
from widgets import colours, markdown
from widgets.canvas import Canvas
from widgets.ink import Role, Row, Rows, cut_row, outside
from widgets.listing import Code
from widgets.reading import Reading
from widgets.rows import RowList
from widgets.titles import title_row
from widgets.transcript import Roll, Transcript, uncoloured
from workbench.api.chats import Message
from workbench.api.client import Line
from workbench.api.commands import Terms

_WIDE = 110
_LIST = 34
_MOST_PATHS = 6
_WRITING_SHARE = 3
"""What is written takes at most one in so many rows."""
_BETWEEN_BARS = 0.25
_AT_ONCE = 100
"""Messages that are laid when a conversation opens, and again whenever one comes near the first."""


class ChatScreen(ListMoves, Frame):
    """A list of conversations, a transcript, and under it what is being written."""

    place_name = "chat"
    CSS = """
    #chat, #right, #transcript, #blank, #talks { height: 1fr; }
    #chat { layout: horizontal; }
    #edge { width: 1; height: 100%; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.talks = Talks(self, self._changed, self._grew)
        self.pen = Pen(self)
        self.keys_of_talk = TalkKeys(self)
        self.where = "read"
        """Where the keys go: talks, read or write."""
        self._pages = Pages()
        self._flowing: Shown | None = None
        """The message that is being written, at the end of the transcript."""
        self._flowing_from = 0
        """The leaf that its text begins at."""
        self._shown = ""
        self._laid_from = 0
        """The first message that is laid: nobody waits for what is far above."""
        self._bar_due: Timer | None = None
        self._colouring = False
        self._keys_for: object = None
        self.heading, self.title_line = Canvas("heading"), Canvas("title")
        self.bar, self.menu, self.edge = Canvas("bar"), Canvas("menu"), Canvas("edge")
        self.rows = RowList(self._row, "talks")
        self.transcript = Transcript(self._roll, "transcript")
        self.blank = Reading(self._empty, "blank")

    @property
    def wide(self) -> bool:
        return self.size.width >= _WIDE

    @property
    def inner_place(self) -> str:
        if self.where == "write":
            return "complete" if self.pen.paths else "write"
        return TALKS.name if self.where == "talks" else self.place_name

    @property
    def performers(self) -> tuple[object, ...]:
        inner = (self.pen,) if self.where == "write" and not self.question else ()
        return (self.sheet, *inner, self.keys_of_talk, self, self.interface)

    @property
    def typing(self) -> bool:
        return super().typing or self.place in ("write", "complete")

    @property
    def context(self) -> Context:
        rows = self.rows.count if self.where == "talks" else self.transcript.count
        return replace(super().context, rows=rows, talk=self.keys_of_talk.context)

    def compose_body(self) -> Iterable[Widget]:
        with Container(id="chat", classes="body"):
            with Vertical(id="left"):
                yield self.heading
                yield self.rows
            yield self.edge
            with Vertical(id="right"):
                yield self.title_line
                yield self.blank
                yield self.transcript
                yield self.bar
                yield self.menu
                yield self.pen.widget

    def line_changed(self, line: Line) -> None:
        self.talks.line_changed(line)
        self._changed()

    def on_resize(self, _: Resize) -> None:
        self._lay_out()

    def on_screen_resume(self) -> None:
        self.talks.read()
        self._lay_out()

    def on_row_list_chosen(self) -> None:
        self.keys_of_talk.do_talks_open()

    def on_scroll_moved(self) -> None:
        shown = self.transcript
        if self._laid_from and not shown.follows and shown.top < shown.height:
            self._lay_from(max(0, self._laid_from - _AT_ONCE))
        self._draw_titles()
        self.draw_keys()

    def do_list_top(self) -> None:
        if self.where == "read":
            self._lay_from(0)
        super().do_list_top()

    def _lay_from(self, first: int) -> None:
        """Lay messages above those that are laid; one stays where one is."""
        if first < self._laid_from:
            self._laid_from = first
            self.transcript.lengthen()

    def paste(self, text: str) -> None:
        if self.place in ("write", "complete"):
            self.pen.insert(text)
        else:
            super().paste(text)

    def focus_on(self, where: str) -> None:
        """Let the keys go elsewhere."""
        self.where = where
        if where != "read" and not markdown.is_loaded():
            self.interface.spawn(self, self._load_markdown())
        if where == "read":
            self.transcript.begin_reading()
        elif self.transcript.cursor is not None:
            self.transcript.stand(None)
        self._lay_out()

    def take_citation(self, path: str, first: int, last: int) -> None:
        """Attach lines of a file to what is being written."""
        self.pen.attach(path, first, last)
        self.focus_on("write")

    async def terms(self) -> Terms:
        return await asyncio.to_thread(self.interface.terms)

    @property
    def _page(self) -> int:
        return self.rows.height if self.where == "talks" else self.transcript.height

    @property
    def _length(self) -> int:
        return self.rows.count if self.where == "talks" else self.transcript.count

    def _move(self, steps: int) -> None:
        if self.where == "talks":
            self.rows.move(steps)
        else:
            self.transcript.begin_reading()
            self.transcript.move(steps)

    def _changed(self) -> None:
        """Draw what is known now."""
        listed = self.talks.conversations
        self.rows.resize_to(len(listed))
        is_other = self._shown != self.talks.open
        self._shown = self.talks.open
        if self.talks.messages and not markdown.is_loaded():
            self.interface.spawn(self, self._load_markdown())
            return
        count = len(self.talks.messages)
        if is_other or not self.transcript.count or count <= self._laid_from:
            self._laid_from = max(0, count - _AT_ONCE)
        self.transcript.reread(anew=is_other)
        if self.where == "read":
            self.transcript.begin_reading()
        self._lay_out()

    async def _load_markdown(self) -> None:
        """Find what reads Markdown beside the keys."""
        await asyncio.to_thread(markdown.parser)
        self._changed()

    def _grew(self, answer: Answer) -> None:
        """Draw more of an answer; only what is new of it is laid."""
        flowing = self._flowing
        if not markdown.is_loaded():
            return
        if not flowing or not flowing.text or flowing.message.id != answer.message:
            return
        same = flowing.text.growing is answer.growing
        if not same or answer.pieces.steps != flowing.message.steps:
            self.transcript.reread()
        else:
            self._grow(flowing)
        if not self._bar_due:
            self._bar_due = self.set_timer(_BETWEEN_BARS, self._draw_progress)

    def _draw_progress(self) -> None:
        self._bar_due = None
        self._draw_bar()

    def _grow(self, flowing: Shown) -> None:
        if not flowing.text:
            return
        roll = self.transcript.roll
        leaf, within = flowing.text.lay()
        first = roll.start_of(self._flowing_from + leaf) + within
        roll.keep(self._flowing_from + leaf)
        roll.extend(flowing.text.leaves[leaf:])
        roll.extend(flowing.below())
        self.transcript.grown(first)
        self._colour(flowing.text.codes)

    def _roll(self, width: int) -> Roll:
        """Lay the conversation."""
        roll, self._flowing = Roll(), None
        codes: list[Code] = []
        before = ""
        if self._laid_from:
            roll.extend((earlier(self._laid_from),))
        for message in self.talks.messages[self._laid_from :]:
            answer = self.talks.answers.get(message.id)
            if answer:
                shown = Shown(_as_it_stands(message, answer), width, answer)
                self._flowing = shown
            else:
                shown = self._pages.of(message, width)
            if before:
                roll.extend((gap(before),))
            before = message.id
            roll.extend(shown.above())
            self._flowing_from = len(roll.leaves) if answer else self._flowing_from
            roll.extend(shown.body())
            roll.extend(shown.below())
            codes += shown.text.codes if shown.text else ()
        if self._flowing and self._flowing.message.id != self.talks.messages[-1].id:
            self._flowing = None
        self._pages.forget({one.id for one in self.talks.messages})
        self._colour(codes)
        return roll

    def _colour(self, codes: Iterable[Code]) -> None:
        """Find how to colour what is shown, beside the keys: nobody waits for colours."""
        paths = uncoloured(codes)
        if paths and not self._colouring:
            self._colouring = True
            self.interface.spawn(self, self._load_colours(paths))

    async def _load_colours(self, paths: list[str]) -> None:
        await asyncio.to_thread(colours.load, paths)
        self._colouring = False
        self.transcript.repaint()

    def _lay_out(self) -> None:
        """Place the list beside the conversation, or in its place."""
        if not self.is_mounted or not self.size.width:
            return
        left, right = self.query_one("#left"), self.query_one("#right")
        self.edge.display = self.wide
        self.edge.show(((("│", Role.DIM),),) * self.size.height)
        left.display = self.wide or self.where == "talks"
        right.display = self.wide or self.where != "talks"
        left.styles.width = _LIST if self.wide else "100%"
        right.styles.width = "1fr"
        is_blank = not self.talks.messages
        self.blank.display, self.transcript.display = is_blank, not is_blank
        if is_blank:
            self.blank.reread()
        self.draw_writing()
        self._draw_titles()
        self.draw_frame()

    def draw_writing(self) -> None:
        """Draw what is written, what is offered, and the line above it."""
        width = self._width
        most = max(1, (self.size.height - 4) // _WRITING_SHARE)
        key = self.interface.keymap.shown(BY_ID["talk.write"], 1)
        hint = f"{key} writes a message"
        pen = self.pen
        active = self.where == "write" and not self.sheet
        _set_height(pen.widget, pen.widget.draw(width, most, active=active, hint=hint))
        self.menu.display = bool(pen.paths)
        if pen.paths:
            rows = self._offered(width)
            self.menu.show(rows)
            _set_height(self.menu, len(rows))
        self._draw_bar()
        self.draw_keys()

    @property
    def _width(self) -> int:
        return self.size.width - _LIST - 1 if self.wide else self.size.width

    def draw_keys(self) -> None:
        """Draw what can be done, where that is something else now."""
        wanted = (self.place, self.context, self.size)
        if wanted != self._keys_for:
            self._keys_for = wanted
            self._draw_keys()

    def _draw_bar(self) -> None:
        rows = bar_rows(self.talks, self.pen.note, self._width)
        self.bar.show(rows, at_once=True)
        _set_height(self.bar, len(rows))

    def _offered(self, width: int) -> Rows:
        """Draw the paths that could stand behind the @."""
        pen = self.pen
        top = max(0, min(pen.chosen - _MOST_PATHS + 1, len(pen.paths) - _MOST_PATHS))
        rows: list[Row] = []
        for at, path in enumerate(pen.paths[top : top + _MOST_PATHS], top):
            role = Role.CURSOR if at == pen.chosen else Role.PLAIN
            mark = "▸" if at == pen.chosen else " "
            rows.append(cut_row((outside(f" {mark} {path}", role),), width))
        return tuple(rows)

    def _draw_titles(self) -> None:
        width = self._width
        listing = self.where == "talks"
        left = _LIST if self.wide else self.size.width
        self.heading.show((talks_heading(self.talks, left - 1, active=listing),))
        self.title_line.show((title_row(self._title, self._part, width, active=not listing),))

    @property
    def _title(self) -> str:
        talk = self.talks.talk
        if talk is None:
            return "New conversation"
        one = talk.conversation
        return one.name or one.first or "Conversation"

    @property
    def _part(self) -> str:
        """Say how much of the conversation is below, and how long it is."""
        below = self.transcript.count - self.transcript.top - self.transcript.height
        more = f"↓ {number(below, 'row')}, " if below > 0 else ""
        return f"{more}{number(len(self.talks.messages), 'message')}" if self.talks.talk else ""

    def _row(self, index: int, width: int) -> Row:
        one = self.talks.conversations[index]
        return conversation_row(one, one.id == self.talks.open, width)

    def _empty(self, width: int) -> Rows:
        return nothing_said(self.talks, self.interface.keymap, width)


def _as_it_stands(message: Message, answer: Answer) -> Message:
    """Return a message with the plan that is known while it is being written."""
    return msgspec.structs.replace(message, steps=answer.pieces.steps, state="running")


def _set_height(widget: Widget, height: int) -> None:
    if widget.styles.height is None or widget.styles.height.value != height:
        widget.styles.height = height


SCREEN = ChatScreen
