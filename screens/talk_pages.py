"""Pages to read beside a conversation: a receipt, a passage, a replay. Values in, rows out."""

from __future__ import annotations

from screens.talk_rows import source_rows
from screens.talk_sheets import titled
from screens.wording import number
from widgets import colours
from widgets.code import drawn, folded
from widgets.facts import facts
from widgets.ink import BLANK, Role, Row, Rows, outside, wrap
from workbench.api.chats import Message, Replayed, Source
from workbench.api.passages import Passage, Surrounded
from workbench.visible import visible, visible_line

_MOST_LINES = 2_000
_DIGITS = 6


def receipt_rows(message: Message, width: int) -> Rows:
    """Show all that an answer was made of."""
    receipt = message.receipt
    if not receipt:
        return ()
    rate = f", {receipt.tokens / receipt.seconds:,.1f} a second" if receipt.seconds else ""
    about = "some " if receipt.estimated else ""
    pairs = [
        ("answer", message.id),
        ("model", receipt.model),
        ("place", receipt.place),
        (
            "file",
            f"sha256 {receipt.digest}" if receipt.digest else "a server's: its file is unknown",
        ),
        ("seed", str(receipt.seed)),
        *((name, str(value)) for name, value in sorted(receipt.parameters.items())),
        ("prompt", f"sha256 {receipt.prompt}"),
        (
            "prompt tokens",
            f"{about}{receipt.prompt_tokens:,}, {receipt.reused:,} of them read before",
        ),
        ("written", f"{about}{number(receipt.tokens, 'token')} in {receipt.seconds:,.1f} s{rate}"),
        ("ended", receipt.reason),
    ]
    shown = facts([pair for pair in pairs if pair[1]], max(8, width - 4))
    cited: list[Row] = [row for one in receipt.sources for row in source_rows(one, width - 4)]
    again = f"workbench replay {message.id}"
    told: Row = (("To make it again: p, or ", Role.DIM), outside(again, Role.KEY))
    return titled("Receipt", (*shown, *((BLANK, *cited) if cited else ()), BLANK, told))


def replay_rows(replayed: Replayed, width: int) -> Rows:
    """Show whether an answer that was made again is the same."""
    room = max(8, width - 4)
    said = "It is the same, to the letter." if replayed.same else "It is another one."
    rows: list[Row] = [((said, Role.GOOD if replayed.same else Role.WARN),)]
    for sentence in replayed.differs:
        rows += [((line, Role.WARN),) for line in wrap(visible_line(sentence), room)]
    rows += [BLANK, *_paragraphs(replayed.text, room)]
    if not replayed.same:
        rows += [BLANK, (("Before:", Role.TITLE),), BLANK, *_paragraphs(replayed.before, room)]
    return titled("The answer, made again", tuple(rows))


def passage_rows(surrounded: Surrounded, width: int) -> Rows:
    """Show a passage with its lines, between its neighbours in the file."""
    passage = surrounded.passage
    rows: list[Row] = []
    if passage.heading:
        rows.append((outside(" › ".join(passage.heading), Role.DIM),))  # noqa: RUF001 - a path
    if surrounded.stale:
        rows.append((("stale: the file has changed since this was read", Role.WARN),))
    rows.append(BLANK)
    for one in surrounded.before:
        rows += _lines(one, width, dim=True)
    rows += _lines(passage, width)
    for one in surrounded.after:
        rows += _lines(one, width, dim=True)
    if surrounded.stale and surrounded.now:
        rows += [BLANK, (("Now there stands:", Role.TITLE),), BLANK]
        rows += _numbered(surrounded.now, passage.first, passage.path, width)
    return titled(f"{passage.path}:{passage.first}-{passage.last}", tuple(rows))


def kept_rows(source: Source, problem: str, width: int) -> Rows:
    """Show what an answer kept of a source that is not found any more."""
    room = max(8, width - 4)
    rows: list[Row] = [((line, Role.WARN),) for line in wrap(visible_line(problem), room)]
    rows += [BLANK, *_numbered(source.text, source.first, source.path, width)]
    return titled(f"{source.path}:{source.first}-{source.last}, as it was cited", tuple(rows))


def _lines(passage: Passage, width: int, *, dim: bool = False) -> Rows:
    return _numbered(passage.text, passage.first, passage.path, width, dim=dim)


def _numbered(text: str, first: int, path: str, width: int, *, dim: bool = False) -> Rows:
    """Draw lines with their numbers, and their colours where these are known."""
    lines = text.rstrip("\n").split("\n")[:_MOST_LINES]
    room = max(8, width - _DIGITS - 5)
    inked = colours.coloured(path, lines)
    rows: list[Row] = []
    for at, (line, its) in enumerate(zip(lines, inked, strict=True), first):
        pieces = ((visible(line), Role.DIM),) if dim else drawn(line, " ", inked=its)
        for part, row in enumerate(folded(pieces, room)):
            number_ = f"{at:>{_DIGITS}} " if part == 0 else " " * (_DIGITS + 1)
            rows.append(((number_, Role.DIM), *row))
    return tuple(rows)


def _paragraphs(text: str, room: int) -> Rows:
    return tuple(((line, Role.PLAIN),) for line in wrap(visible(text), room))
