"""A review as faces draw it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from workbench.api import deciding as acts
from workbench.api.reviews import Hunk, Review, Reviewed, Said, Section, Standings
from workbench.api.views import Proposed
from workbench.review import state as values
from workbench.review.script import Script, spans
from workbench.review.state import State
from workbench.review.warnings import warnings_of

Needed = Mapping[str, tuple[str, ...]]
"""Tests that fail without a part, by its path and line before."""


def review_of(proposed: Proposed, state: State, context: int, known: str = "") -> Review:
    """Return a review; its files are all that there is of the diff, and none if they are known."""
    files = () if state.text == known else tuple(_file(file, context) for file in state.files)
    made = replace(proposed, proposal=replace(proposed.proposal, diff=""))
    return Review(made, files, standings_of(proposed, state))


def standings_of(proposed: Proposed, state: State) -> Standings:
    """Return what changes with each action."""
    needed = proposed.proposal.evidence.needed
    return Standings(
        proposal=proposed.proposal.proposal,
        standing=state.standing,
        hunks=tuple(_hunk(state, hunk, needed) for hunk in state.hunks),
        remarks=tuple(_said(state, one) for one in state.remarks),
        acts=state.count,
        undoes=described(state.done[-1].act) if state.done else "",
        redoes=described(state.undone[-1].act) if state.undone else "",
        text=state.text,
        result=state.digest,
    )


def described(act: acts.AnyAct) -> str:
    """Say in a few words what an action is."""
    if isinstance(act, acts.Select):
        return f"select {len(act.places)} lines"
    if isinstance(act, acts.Accept | acts.Reject | acts.Leave):
        return _VERBS[type(act)].format(_count(act.hunks))
    return _VERBS[type(act)]


_VERBS: dict[type[acts.Act], str] = {
    acts.Accept: "accept {}",
    acts.Reject: "reject {}",
    acts.Leave: "leave {} undecided",
    acts.Split: "split a hunk",
    acts.Edit: "edit a hunk",
    acts.Remark: "make a remark",
    acts.Withdraw: "take a remark back",
    acts.Rebase: "fit it to files that changed",
    acts.Undo: "undo",
    acts.Redo: "redo",
}


def _count(hunks: tuple[str, ...]) -> str:
    return "a hunk" if len(hunks) == 1 else f"{len(hunks) or 'all'} hunks"


def _file(file: values.File, context: int) -> Reviewed:
    script = file.script
    unended = _unended(script)
    return Reviewed(
        path=file.path,
        kind=file.kind,
        sections=tuple(_sections(script, max(0, context))),
        warnings=warnings_of(file),
        unended=unended,
        is_new=script.is_new,
        is_gone=script.is_gone,
        is_text=_is_text(b"".join(script.lines)),
    )


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unended(script: Script) -> tuple[int, ...]:
    """Return the places of lines without a line feed: only the last of a text can be one."""
    if all((text or b"\n").endswith(b"\n") for text in (script.before, script.after)):
        return ()
    lines = enumerate(script.lines)
    return tuple(at for at, line in lines if line and line[-1:] != b"\n")


def _sections(script: Script, context: int) -> Iterator[Section]:
    """Yield what changes with some lines around it; what would touch is one section."""
    start = end = -1
    for first, behind in script.runs:
        if start < 0:
            start = max(0, first - context)
        elif first - context > end:
            yield _section(script, start, end)
            start = first - context
        end = min(len(script.marks), behind + context)
    if start >= 0:
        yield _section(script, start, end)


def _section(script: Script, start: int, end: int) -> Section:
    lines = _texts(script.lines[start:end])
    return Section(start, script.old[start], script.new[start], script.marks[start:end], lines)


def _texts(lines: Sequence[bytes]) -> tuple[str, ...]:
    """Return lines as text: all at once, where each is ended."""
    joined = b"".join(lines)
    if joined.count(b"\n") == len(lines):
        return tuple(joined[:-1].decode("utf-8", "backslashreplace").split("\n"))
    return tuple(map(_text, lines))


def _text(line: bytes) -> str:
    return line.removesuffix(b"\n").decode("utf-8", "backslashreplace")


def _hunk(state: State, hunk: values.Hunk, needed: Needed) -> Hunk:
    mark = state.mark(hunk)
    return Hunk(
        id=hunk.id,
        path=hunk.path,
        spans=spans(hunk.places),
        state=mark.state,
        reason=mark.reason,
        by=mark.by,
        time=mark.time,
        is_edited=hunk.is_edited,
        needed=_needed(state, hunk, needed) if needed else (),
    )


def _needed(state: State, hunk: values.Hunk, needed: Needed) -> tuple[str, ...]:
    """Return the tests that fail without something that lies in the hunk."""
    old = state.by_path[hunk.path].script.old
    places = frozenset(hunk.places)
    found: list[str] = []
    for where, tests in needed.items():
        path, _, line = where.rpartition(":")
        first = bisect_left(old, int(line)) if path == hunk.path else 0
        behind = bisect_right(old, int(line)) if path == hunk.path else 0
        if not places.isdisjoint(range(first, behind)):
            found += tests
    return tuple(dict.fromkeys(found))


def _said(state: State, one: values.Remarked) -> Said:
    """Show a remark where its line is now; without its hunk it is adrift."""
    hunk = state.by_id.get(one.hunk)
    place = one.place
    if hunk and place >= 0:
        lines = state.by_path[hunk.path].script.lines
        alike = [at for at in hunk.places if _text(lines[at]) == one.line]
        place = min(alike, key=lambda at: abs(at - place), default=-1)
    return Said(
        id=one.id,
        hunk=one.hunk,
        text=one.text,
        by=one.by,
        time=one.time,
        line=one.line,
        place=place,
        is_adrift=hunk is None,
    )
