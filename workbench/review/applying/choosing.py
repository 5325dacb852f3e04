"""Which transaction is meant by an undo or a redo, and why one cannot be reversed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.errors import Findings, UsageError
from workbench.review.applying.fitting import by_whom
from workbench.review.applying.past import Done, Past
from workbench.review.applying.plan import Clash
from workbench.visible import visible_line


def refused(
    done: Done, clashes: Iterable[Clash], now: Mapping[str, bytes | None], past: Past
) -> Findings:
    told = []
    for clash in clashes:
        content = now[clash.path]
        what = "was changed" if content is not None else "was removed"
        told.append(f"{clash.place} {what} since {by_whom(clash.path, content, past, done.name)}")
    return Findings(
        f"{done.name} cannot be taken back: {'; '.join(told)}. Nothing was written.",
        "Take back first what was changed later, or change it by hand.",
    )


def _found(past: Past, name: str) -> Done:
    matching = [one for one in past.every if one.name.startswith(name)]
    if len(matching) != 1:
        raise UsageError(
            f"{visible_line(name)} names {len(matching)} transactions.",
            "`workbench undo --list` shows them.",
        )
    return matching[0]


def to_undo(past: Past, name: str) -> Done:
    if not name:
        standing = past.standing("apply")
        if not standing:
            raise UsageError("There is nothing to undo.", "Nothing that was applied stands.")
        return standing[0]
    done = _found(past, name)
    _refuse_unwritten(done)
    if undo := past.undo_of(done):
        raise UsageError(
            f"{done.name} was undone already, by {undo.name}.", "`workbench redo` does it again."
        )
    return done


def to_redo(past: Past, name: str) -> Done:
    if not name:
        undone = past.standing("undo")
        if not undone:
            raise UsageError("There is nothing to do again.", "Nothing is undone.")
        return undone[0]
    done = _found(past, name)
    _refuse_unwritten(done)
    undo = done if done.began.kind == "undo" and not past.undo_of(done) else past.undo_of(done)
    if undo is None:
        raise UsageError(f"{done.name} stands; it was not undone.", "`workbench undo` does so.")
    return undo


def _refuse_unwritten(done: Done) -> None:
    if not done.is_written:
        raise UsageError(
            f"{done.name} was never written.", "There is nothing of it in the project."
        )
