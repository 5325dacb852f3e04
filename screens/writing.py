"""What a person sees before files are written: which, how much of them, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator

from screens.wording import number
from widgets.ink import BLANK, Role, Row, Rows, cut_row, outside, wrap
from workbench.api.reviews import Allowed, Standings, Transaction
from workbench.visible import visible_line

_MOST_LINES = 400
_MARKS = {"+": Role.ADDED, "-": Role.REMOVED, "@": Role.ACCENT, "d": Role.STRONG}


def rows_of_apply(stands: Standings, allowed: Allowed, patch: bytes, width: int) -> Rows:
    """Show what is accepted as it would be written, and what the policy still wants."""
    accepted = [one for one in stands.hunks if one.state == "accepted"]
    paths = dict.fromkeys(one.path for one in accepted)
    left = len(stands.hunks) - len(accepted)
    rows: list[Row] = [BLANK, _title(f"Write {number(len(accepted), 'hunk')} into the project?")]
    rows += [_line(f"{path}", Role.STRONG) for path in paths]
    if left:
        rows.append(_line(f"{number(left, 'hunk')} not accepted and left out.", Role.WARN))
    rows += _of_policy(allowed, width)
    lines = patch.decode("utf-8", "backslashreplace").split("\n")
    rows += [BLANK, *(_code(line) for line in lines[:_MOST_LINES])]
    if len(lines) > _MOST_LINES:
        rows.append(_line(f"and {number(len(lines) - _MOST_LINES, 'line')} more", Role.DIM))
    return tuple(cut_row(row, width) for row in rows)


def rows_of_rolling_back(written: Transaction, width: int) -> Rows:
    """Show which files get back what they held."""
    rows: list[Row] = [BLANK, _title("Give these files back what they held before?")]
    for moved in written.files:
        became = "" if moved.before else " (it was not there before, and goes)"
        rows.append(_line(f"{moved.path}{became}", Role.STRONG))
    rows.append(_line(f"It was applied by {written.by}; this can be undone as well.", Role.DIM))
    return tuple(cut_row(row, width) for row in rows)


def _of_policy(allowed: Allowed, width: int) -> Iterator[Row]:
    """Say what is missing for it to be allowed, or who approved."""
    for one in allowed.missing:
        for line in wrap(visible_line(one), max(8, width - 4)):
            yield _line(line, Role.BAD)
    if allowed.approvals:
        yield _line(f"Approved by {', '.join(allowed.approvals)}.", Role.GOOD)


def _title(text: str) -> Row:
    return (("  ", Role.PLAIN), (text, Role.TITLE))


def _line(text: str, role: Role) -> Row:
    return (("  ", Role.PLAIN), outside(text, role))


def _code(line: str) -> Row:
    return (("  ", Role.PLAIN), outside(line, _MARKS.get(line[:1], Role.PLAIN)))
