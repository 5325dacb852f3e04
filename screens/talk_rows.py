"""A conversation as leaves of a transcript, and the list of conversations: values in, rows out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screens.talk_state import Answer, Talks
from screens.wording import moment, number, since
from widgets.growing import Growing
from widgets.ink import BLANK, Piece, Role, Row, Rows, apart, cut_row, outside, outside_lines, wrap
from widgets.pages import Written
from widgets.prose import broken
from widgets.titles import list_title
from widgets.transcript import About, Leaf, Text
from workbench.api.chats import Attached, Conversation, Message, Source, Step
from workbench.visible import visible_line

LEAD: Row = (("  ", Role.PLAIN),)
_WHO = {"person": "you", "assistant": "answer", "tool": "tool", "summary": "summary"}
_KINDS = {"passages": "passages found, no model", "plan": "task", "undone": "taken back"}
_STATES = {
    "running": ("being written", Role.ACCENT),
    "waiting": ("waits for you", Role.WARN),
    "stopped": ("stopped", Role.WARN),
    "interrupted": ("cut short: its host ended", Role.WARN),
    "failed": ("failed", Role.BAD),
}
_STEPS = {
    "waiting": ("·", Role.DIM),
    "running": ("▶", Role.ACCENT),
    "done": ("✓", Role.GOOD),
    "failed": ("✗", Role.BAD),
    "skipped": ("-", Role.DIM),
}
_WIDEST = 100


class Pages:
    """What was laid of each message is kept while the message and the width stay the same."""

    def __init__(self) -> None:
        self._laid: dict[str, tuple[Message, int, Shown]] = {}

    def of(self, message: Message, width: int) -> Shown:
        known = self._laid.get(message.id)
        if known and known[0] == message and known[1] == width:
            return known[2]
        shown = Shown(message, width)
        self._laid[message.id] = (message, width, shown)
        return shown

    def forget(self, kept: set[str]) -> None:
        """Keep only what belongs to these messages."""
        self._laid = {name: one for name, one in self._laid.items() if name in kept}


class Shown:
    """A message for a width: its head, its text, and what stands below it."""

    def __init__(self, message: Message, width: int, answer: Answer | None = None) -> None:
        self.message, self._width = message, width
        self.text: Text | None = None
        if answer:
            self.text = Text(answer.growing, message.id, width, LEAD)
        elif message.author != "person":
            growing = Growing(message.text.rstrip("\n"), output=message.author == "tool")
            growing.end()
            self.text = Text(growing, message.id, width, LEAD)

    def above(self) -> Iterator[Leaf]:
        """Yield who said it, and the plan."""
        yield self._leaf((head_row(self.message, self._width),))
        for at, step in enumerate(self.message.steps):
            rows = step_rows(step, at, min(self._width, _WIDEST))
            yield Leaf(Written(rows), About(self.message.id, step=at))
        if self.message.steps and self.message.text:
            yield self._leaf((BLANK,))

    def body(self) -> Iterable[Leaf]:
        return self.text.leaves if self.text else self._plain()

    def _plain(self) -> Iterator[Leaf]:
        """Yield what a person said, as it was written."""
        pieces: Row = (outside_lines(self.message.text),)
        yield self._leaf(broken(pieces, min(self._width, _WIDEST), LEAD, LEAD))

    def below(self) -> Iterator[Leaf]:
        """Yield what belongs to it: attachments, sources, what went wrong, and what came of it."""
        message, room = self.message, min(self._width, _WIDEST) - 4
        if message.attached:
            told = ", ".join(map(attached_text, message.attached))
            yield self._leaf(_wrapped("+ ", told, room, Role.DIM))
        if message.text and (message.sources or message.note or message.problem):
            yield self._leaf((BLANK,))
        for source in message.sources:
            rows = source_rows(source, self._width)
            yield Leaf(Written(rows), About(message.id, source=source.number))
        if message.note:
            yield self._leaf(_wrapped("", message.note, room, Role.DIM))
        if message.problem:
            yield self._leaf(_wrapped("! ", message.problem, room, Role.BAD))
        if message.proposal:
            told = f"→ proposal {message.proposal}, to be reviewed on the Evolution screen"
            yield self._leaf(_wrapped("", told, room, Role.ACCENT))

    def _leaf(self, rows: Rows) -> Leaf:
        return Leaf(Written(rows), About(self.message.id))


def gap(message: str) -> Leaf:
    """Return the blank row below a message."""
    return Leaf(Written((BLANK,)), About(message))


def earlier(count: int) -> Leaf:
    """Return the row that stands for messages which are not laid yet."""
    return Leaf(
        Written(((("  ", Role.PLAIN), (f"↑ {number(count, 'earlier message')}", Role.DIM)),)),
        About(),
    )


def head_row(message: Message, width: int) -> Row:
    """Draw who said it and when, and how it stands."""
    who = _WHO.get(message.author, message.author)
    if message.author == "tool" and message.kind:
        who = f"tool {message.kind}"
    role = Role.KEY if message.author == "person" else Role.TITLE
    row: list[Piece] = [("▌", role), outside(who, role)]
    row.append((f"  {since(message.time)}" if message.time else "", Role.DIM))
    if message.receipt:
        row.append(outside(f"  {message.receipt.model}", Role.DIM))
    if kind := _KINDS.get(message.kind):
        row.append((f"  {kind}", Role.ACCENT))
    state, its_role = _STATES.get(message.state, ("", Role.DIM))
    if state:
        row.append((f"  {state}", its_role))
    twins: Row = ((f"{message.twin} of {message.twins} ", Role.DIM),) if message.twins > 1 else ()
    return apart(tuple(row), twins, width)


def step_rows(step: Step, at: int, width: int) -> Rows:
    mark, role = _STEPS.get(step.state, ("?", Role.DIM))
    lead: Row = ((f"  {mark} ", role), (f"{at + 1}. ", Role.DIM))
    tool: Row = (outside(f"  {step.tool}", Role.DIM),) if step.tool else ()
    said = Role.STRONG if step.state == "running" else Role.PLAIN
    rows = broken((outside(step.what, said), *tool), width, lead, (("       ", Role.PLAIN),))
    if step.note:
        rows += _wrapped("     ", step.note, width - 9, Role.DIM)
    return rows


def source_rows(source: Source, width: int) -> Rows:
    """Draw a source that is cited by its number."""
    place = f"{source.path}:{source.first}-{source.last}"
    badge: Row = (("  stale", Role.WARN),) if source.stale else ()
    domain: Row = (outside(f"  {source.domain}", Role.DIM),) if source.domain else ()
    row = (
        ("  ", Role.PLAIN),
        (f"[{source.number}] ", Role.KEY),
        outside(place),
        *badge,
        *domain,
        outside(f"  {source.heading}" if source.heading else "", Role.DIM),
    )
    return (cut_row(row, width),)


def attached_text(attached: Attached) -> str:
    lines = f":{attached.first}-{attached.last}" if attached.first else ""
    return visible_line(f"{attached.path}{lines}")


def _wrapped(mark: str, text: str, room: int, role: Role) -> Rows:
    lines = wrap(visible_line(text), max(8, room))
    leads = [f"  {mark}", *[" " * (2 + len(mark))] * (len(lines) - 1)]
    return tuple(((lead + line, role),) for lead, line in zip(leads, lines, strict=True))


def conversation_row(one: Conversation, is_open: bool, width: int) -> Row:
    """Draw one row of the list."""
    mark: Piece = ("● " if one.running else "• " if is_open else "  ", Role.ACCENT)
    name = one.name or one.first or "empty"
    when: Row = ((f" {_short(one.changed)}", Role.DIM),)
    found: Row = (outside(f"  {one.found}", Role.DIM),) if one.found else ()
    role = Role.STRONG if is_open else Role.PLAIN
    return apart((mark, outside(name, role), *found), when, width)


def _short(time: int) -> str:
    return since(time) if len(since(time)) == 5 else moment(time).strftime("%m-%d")


def talks_heading(talks: Talks, width: int, *, active: bool) -> Row:
    """Draw the title of the list."""
    title = list_title("Conversations", active=active)
    count = number(len(talks.conversations))
    note = f"{count} with “{talks.text}”; esc shows all" if talks.text else count
    return cut_row((title, outside(note, Role.DIM)), width)
