"""What each action makes of a review; nothing else ever changes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from workbench.api import deciding as acts
from workbench.errors import UsageError
from workbench.review.script import cut, script, spans
from workbench.review.state import (
    Acted,
    File,
    Hunk,
    Mark,
    Remarked,
    State,
    cut_into,
    with_hunks,
)

Read = Callable[[str], bytes | None]
"""Returns the content of a digest; the empty one is that of a file that is not there."""


class Reviewing:
    """One review: how it was opened, and the rules by which it goes on."""

    def __init__(self, state: State, read: Read) -> None:
        self.opened = state
        self._read = read
        self._rules: dict[type[acts.Act], Callable[[State, Any, Acted], State]] = {
            acts.Accept: _accept,
            acts.Reject: _reject,
            acts.Leave: _leave,
            acts.Split: _split,
            acts.Select: _select,
            acts.Edit: _edit,
            acts.Remark: _remark,
            acts.Withdraw: _withdraw,
            acts.Rebase: self._rebase,
        }

    def after(self, every: Iterable[Acted]) -> State:
        """Return how the review stands after actions that were all done before."""
        state = self.opened
        for one in every:
            state = self.reduce(state, one)
        return state

    def reduce(self, state: State, acted: Acted) -> State:
        """Return how it stands after one action more, or refuse it in a sentence."""
        match acted.act:
            case acts.Undo():
                return self._undo(state)
            case acts.Redo():
                return self._redo(state)
        new = self._done(state, acted)
        return replace(new, undone=(), count=state.count + 1)

    def _done(self, state: State, acted: Acted) -> State:
        new = self._rules[type(acted.act)](state, acted.act, acted)
        return replace(new, done=(*state.done, acted))

    def _undo(self, state: State) -> State:
        if not state.done:
            raise UsageError("There is nothing to take back.", "Nothing was decided here yet.")
        *kept, last = state.done
        if isinstance(last.act, acts.Rebase):
            raise UsageError(
                "The files were changed since, so what was decided before cannot be taken back.",
                "Leave the hunks undecided again instead.",
            )
        new = self.opened
        for one in kept:
            new = self._done(new, one)
        return replace(new, undone=(*state.undone, last), count=state.count + 1)

    def _redo(self, state: State) -> State:
        if not state.undone:
            raise UsageError("There is nothing to do again.", "Only what was taken back can be.")
        *kept, last = state.undone
        return replace(self._done(state, last), undone=tuple(kept), count=state.count + 1)

    def _rebase(self, state: State, act: acts.Rebase, _: Acted) -> State:
        for path, (before, after) in act.files.items():
            old = _file(state, path)
            new = File(path, script(self._read(before), self._read(after)), old.kind)
            state = with_hunks(state, new, _carried(state, old, new))
        return state


def _named(state: State, names: Sequence[str], otherwise: Iterable[Hunk]) -> tuple[Hunk, ...]:
    """Return the hunks of these names; none named means the others that are given."""
    if not names:
        return tuple(otherwise)
    return tuple(_hunk(state, name) for name in dict.fromkeys(names))


def _hunk(state: State, name: str) -> Hunk:
    if name not in state.by_id:
        raise UsageError(
            "That hunk is not there any more: it was split, edited or fitted anew meanwhile.",
            "Look at the proposal again.",
        )
    return state.by_id[name]


def _file(state: State, path: str) -> File:
    if path not in state.by_path:
        raise UsageError(f"The proposal does not change {path}.", "Look at the proposal again.")
    return state.by_path[path]


def _undecided(state: State) -> Iterable[Hunk]:
    return (one for one in state.repairs if state.mark(one).state == "undecided")


def _marked(state: State, hunks: Iterable[Hunk], mark: Mark) -> State:
    return replace(state, marks={**state.marks, **{hunk.id: mark for hunk in hunks}})


def _accept(state: State, act: acts.Accept, acted: Acted) -> State:
    hunks = _named(state, act.hunks, _undecided(state))
    return _marked(state, hunks, Mark("accepted", "", acted.by, acted.time))


def _reject(state: State, act: acts.Reject, acted: Acted) -> State:
    reason = act.reason.strip()
    if not reason:
        raise UsageError(
            "A rejection without a reason teaches little.", "Say in a few words what is wrong."
        )
    hunks = _named(state, act.hunks, _undecided(state))
    return _marked(state, hunks, Mark("rejected", reason, acted.by, acted.time))


def _leave(state: State, act: acts.Leave, _: Acted) -> State:
    gone = {hunk.id for hunk in _named(state, act.hunks, state.hunks)}
    return replace(
        state, marks={name: one for name, one in state.marks.items() if name not in gone}
    )


def _split(state: State, act: acts.Split, _: Acted) -> State:
    """Take apart what stands apart; where nothing does, each line that goes or comes."""
    hunk = _hunk(state, act.hunk)
    file = state.by_path[hunk.path]
    parts = _apart(hunk.places) or _paired(file, hunk.places)
    if len(parts) < 2:
        raise UsageError("The hunk is one line and cannot be split.", "Edit it instead.")
    return _partitioned(state, file, hunk, parts)


def _apart(places: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    found = tuple(tuple(range(*span)) for span in spans(places))
    return found if len(found) > 1 else ()


def _paired(file: File, places: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Put the first line that goes with the first one that comes, and so on."""
    gone = [at for at in places if file.script.marks[at] == "-"]
    come = [at for at in places if file.script.marks[at] == "+"]
    rows = range(max(len(gone), len(come)))
    return tuple((*gone[row : row + 1], *come[row : row + 1]) for row in rows)


def _select(state: State, act: acts.Select, _: Acted) -> State:
    hunk = _hunk(state, act.hunk)
    chosen = tuple(at for at in hunk.places if at in frozenset(act.places))
    rest = tuple(at for at in hunk.places if at not in frozenset(chosen))
    if not chosen or not rest:
        raise UsageError(
            "Some lines of the hunk must be selected, and not all of them.",
            "Select the lines that go or come.",
        )
    return _partitioned(state, state.by_path[hunk.path], hunk, (chosen, rest))


def _partitioned(state: State, file: File, hunk: Hunk, parts: Iterable[tuple[int, ...]]) -> State:
    """Put parts in the place of a hunk; they are marked as it was."""
    rows: list[tuple[tuple[int, ...], bool, Hunk]] = []
    for one in (one for one in state.hunks if one.path == file.path):
        cut_up = tuple(parts) if one is hunk else (one.places,)
        rows += [(places, one.is_edited, one) for places in cut_up]
    return _cut_anew(state, file, rows)


def _cut_anew(
    state: State, file: File, rows: Sequence[tuple[tuple[int, ...], bool, Hunk | None]]
) -> State:
    """Give a file other hunks; each is marked as the one that it comes from."""
    hunks = cut_into(file, [row[0] for row in rows], [row[1] for row in rows])
    marks = dict(state.marks)
    for hunk, (_, _, origin) in zip(hunks, rows, strict=True):
        if origin is not None and origin.id in state.marks:
            marks[hunk.id] = state.marks[origin.id]
        elif origin is not None:
            marks.pop(hunk.id, None)
    return replace(with_hunks(state, file, hunks), marks=marks)


def _edit(state: State, act: acts.Edit, _: Acted) -> State:
    """Put the text in the place of what the hunk spans; what it changes then is undecided."""
    hunk = _hunk(state, act.hunk)
    old = state.by_path[hunk.path]
    _refuse_other_encodings(old)
    lines = _respelled(old, hunk, act.text)
    if lines == _others_made(old, hunk, made=True):
        raise UsageError("The text is as it was.", "Nothing was changed.")
    text = b"".join(lines)
    after = None if old.script.is_gone and not text else text
    new = File(old.path, script(old.script.before, after), old.kind)
    if not new.script.changes:
        raise UsageError("That would leave the file as it is.", "Reject the hunk instead.")
    hunks = _carried(state, old, new)
    known = {one.id for one in state.hunks}
    edited = [replace(one, is_edited=one.is_edited or one.id not in known) for one in hunks]
    marks = {name: mark for name, mark in state.marks.items() if name in known - {hunk.id}}
    return replace(with_hunks(state, new, edited), marks=marks)


def _refuse_other_encodings(file: File) -> None:
    try:
        b"".join(file.script.lines).decode()
    except UnicodeDecodeError:
        raise UsageError(
            "The file is not UTF-8, and cannot be edited here.",
            "Take or leave the hunk, and edit the file afterwards.",
        ) from None


def _others_made(file: File, hunk: Hunk, *, made: bool) -> list[bytes]:
    """Return the lines of the file with all changes made, or all but those of the hunk."""
    left = frozenset() if made else frozenset(hunk.places)
    marks = enumerate(file.script.marks)
    return [
        file.script.lines[at]
        for at, mark in marks
        if mark == " " or (mark == "+") == (at not in left)
    ]


def _respelled(file: File, hunk: Hunk, text: str) -> list[bytes]:
    """Return the lines of the file with all changes made, and the text where the hunk is."""
    first, last = hunk.places[0], hunk.places[-1]
    kept = [at for at, mark in enumerate(file.script.marks) if mark != "-"]
    before = [file.script.lines[at] for at in kept if at < first]
    behind = [file.script.lines[at] for at in kept if at > last]
    new = cut(text.encode("utf-8", "surrogateescape"))
    if new and behind and not new[-1].endswith(b"\n"):
        new[-1] += b"\n"
    return [*before, *new, *behind]


def _carried(state: State, old: File, new: File) -> tuple[Hunk, ...]:
    """Return the hunks of a file that was exchanged: as they were cut, where that still fits."""
    mine = _changes(old)
    its = _changes(new)
    head = _common(mine, its)
    tail = _common(mine[head:][::-1], its[head:][::-1])
    moved = dict(zip(old.script.changes[:head], new.script.changes[:head], strict=True))
    if tail:
        moved |= zip(old.script.changes[-tail:], new.script.changes[-tail:], strict=True)
    taken: set[int] = set()
    parts: list[tuple[tuple[int, ...], bool]] = []
    for hunk in (one for one in state.hunks if one.path == old.path):
        if all(at in moved for at in hunk.places):
            places = tuple(moved[at] for at in hunk.places)
            taken.update(places)
            parts.append((places, hunk.is_edited))
    left = (tuple(at for at in group if at not in taken) for group in new.script.groups)
    parts = sorted([*parts, *((places, False) for places in left if places)])
    return cut_into(new, [places for places, _ in parts], [edited for _, edited in parts])


def _changes(file: File) -> list[tuple[str, bytes]]:
    return [(file.script.marks[at], file.script.lines[at]) for at in file.script.changes]


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (mine, its) in pairs if mine != its), min(len(one), len(other)))


def _remark(state: State, act: acts.Remark, acted: Acted) -> State:
    hunk = _hunk(state, act.hunk)
    if not act.text.strip():
        raise UsageError("A remark without text says nothing.", "Write what is to be said.")
    lines = state.by_path[hunk.path].script.lines
    is_of_line = 0 <= act.place < len(lines)
    line = lines[act.place].decode("utf-8", "backslashreplace").rstrip("\n") if is_of_line else ""
    told = f"{hunk.id}\0{act.text}\0{acted.by}\0{acted.time}\0{len(state.done)}"
    name = sha256(told.encode()).hexdigest()[:8]
    place = act.place if is_of_line else -1
    said = Remarked(name, hunk.id, act.text.strip(), acted.by, acted.time, line, place)
    return replace(state, remarks=(*state.remarks, said))


def _withdraw(state: State, act: acts.Withdraw, _: Acted) -> State:
    kept = tuple(one for one in state.remarks if one.id != act.remark)
    if len(kept) == len(state.remarks):
        raise UsageError("There is no such remark.", "Look at the proposal again.")
    return replace(state, remarks=kept)
