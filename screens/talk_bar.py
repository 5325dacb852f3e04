"""The line between transcript and writing: what a prompt takes, or how an answer comes along."""

from __future__ import annotations

from screens.talk_state import Answer, Talks
from screens.wording import number
from widgets.ink import Piece, Role, Row, Rows, apart, cut_row, outside, wrap
from workbench.api.chats import Pieces, Weighed
from workbench.visible import visible_line

_MOST_ROWS = 3
_GAUGE = 10
_ROOM_FOR_GAUGE = 110


def bar_rows(talks: Talks, note: str, width: int) -> Rows:
    """Draw what goes on, or else what the next prompt takes; and who answers it."""
    running, weighed = talks.running, talks.weighed
    left = _going_on(running) if running else _taken(weighed, width)
    right: Row = (outside(f"{note}  " if note else "", Role.ACCENT), *_who(talks))
    row = apart((("─ ", Role.DIM), *left), (*right, (" ", Role.DIM)), width)
    if running or not weighed or not weighed.sentence:
        return (row,)
    told = wrap(visible_line(weighed.sentence), max(8, width - 3))[:_MOST_ROWS]
    role = Role.DIM if weighed.fits else Role.WARN
    return (row, *(cut_row(((f"  {line}", role),), width) for line in told))


def _who(talks: Talks) -> Row:
    post = talks.post
    if post is None:
        return ((talks.role, Role.DIM),)
    if not post.model:
        return (outside(f"{post.role}: no model", Role.WARN),)
    state = "" if post.condition in ("ready", "resting") else f" ({post.condition})"
    role = Role.BAD if post.condition == "broken" else Role.DIM
    return (outside(f"{post.role}: {post.model}", Role.DIM), outside(state, role))


def _going_on(answer: Answer) -> Row:
    """Say how far an answer is."""
    pieces = answer.pieces
    stage: Row = (outside(f"{pieces.stage}  ", Role.ACCENT),) if pieces.stage else ()
    return (*stage, *_state(pieces))


def _state(pieces: Pieces) -> Row:
    match pieces.state:
        case "waiting":
            ahead = f", {number(pieces.ahead, 'request')} before it" if pieces.ahead else ""
            return ((f"waiting for the model{ahead}", Role.DIM),)
        case "reading":
            told = f"prompt read: {pieces.read:,} of {pieces.to_read:,} tokens"
            return (*_gauge(pieces.read, pieces.to_read), (told, Role.DIM))
        case _:
            left = f", at most {_clock(pieces.left)} left" if pieces.left else ""
            rate = f", {pieces.rate:,.1f}/s" if pieces.rate else ""
            return ((f"{number(pieces.tokens, 'token')}{rate}{left}", Role.DIM),)


def _taken(weighed: Weighed | None, width: int) -> Row:
    if weighed is None or not weighed.total:
        return ()
    about = "some " if weighed.estimated else ""
    shares = ", ".join(f"{one.name} {one.tokens:,}" for one in weighed.shares if one.tokens)
    if not weighed.context:
        return ((f"{about}{number(weighed.total, 'token')}: {shares}", Role.DIM),)
    part = weighed.total / weighed.context
    whole = f"{about}{weighed.total:,} of {weighed.context:,} ({part:.0%}): "
    role = Role.DIM if weighed.fits else Role.WARN
    gauge = _gauge(weighed.total, weighed.context) if width >= _ROOM_FOR_GAUGE else ()
    return (*gauge, (whole, role), outside(shares, Role.DIM))


def _gauge(part: float, whole: float) -> Row:
    """Draw how much of the whole there is."""
    full = round(_GAUGE * min(1.0, part / whole)) if whole else 0
    filled: Piece = ("▰" * full, Role.ACCENT)
    return (filled, ("▱" * (_GAUGE - full) + " ", Role.DIM))


def _clock(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
