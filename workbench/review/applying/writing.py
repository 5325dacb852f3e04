"""Writing a task into the project: whoever looks finds each file as it was or as it shall be.

What was there is put aside by the same step that puts the new in its place, and is looked at only
then: somebody's editor may have saved it since it was verified.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.errors import Findings, StoreError, WorkbenchError
from workbench.review.applying.project import Found, Project, object_to_writing
from workbench.review.applying.recovery import each, folders_of, roll_back
from workbench.review.applying.values import Move, Task
from workbench.visible import visible_line


class StuckError(StoreError):
    """A task could be neither carried out nor taken back; it is tried again later."""


def write(project: Project, task: Task) -> None:
    """Have every file as the task says, or, with a sentence why not, as it was."""
    exchanged: list[Move] = []
    try:
        _write(project, task, exchanged)
    except FileNotFoundError:
        gone = "A file or a folder of the project went away while it was written to."
        why = Findings(gone, "Try it again.")
        raise given_up(project, task, why, exchanged) from None
    except WorkbenchError as error:
        raise given_up(project, task, error, exchanged) from error


def _write(project: Project, task: Task, exchanged: list[Move]) -> None:
    """Change nothing that is there before all that is new lies beside it."""
    for folder in task.made:
        project.make_folder(folder)
    each(task.moves, lambda move: _prepare(project, task, move))
    for move in task.moves:
        exchanged.append(move)
        _exchange(project, task, move)
    for move in task.moves:
        _check(project, task, move)
    for folder in folders_of(task):
        project.sync(folder)


def given_up(
    project: Project, task: Task, why: WorkbenchError, exchanged: Sequence[Move] | None = None
) -> WorkbenchError:
    """Take a task back; return why, and what could not be taken back."""
    try:
        left = roll_back(project, task, exchanged)
    except WorkbenchError as error:
        sentence = f"{why.sentence} The files cannot be put back yet: {error.sentence}"
        return StuckError(sentence, f"{error.hint} It is tried again then.")
    return _with_left(why, left) if left else why


def _with_left(error: WorkbenchError, left: Iterable[str]) -> WorkbenchError:
    names = ", ".join(map(visible_line, left))
    return type(error)(f"{error.sentence} Left as they were found: {names}.", error.hint)


def _prepare(project: Project, task: Task, move: Move) -> None:
    found = project.read(move.path)
    refuse_changed(move, found)
    if found and (objection := object_to_writing(move.path, found)):
        raise objection
    if move.after is not None:
        project.write_beside(move.path, task.beside(move), move.after, found or move.mode)


def refuse_changed(move: Move, found: Found | None) -> None:
    """Refuse to write over what nobody has looked at."""
    content = found.content if found else None
    if content != move.before:
        what = "was changed" if content is not None else "went away"
        raise changed(move.path, "came" if move.before is None else what)


def changed(path: str, what: str) -> Findings:
    return Findings(
        f"{visible_line(path)} {what} in the moment before it was written.", "Try it again."
    )


def _exchange(project: Project, task: Task, move: Move) -> None:
    beside = task.beside(move)
    if move.before is None:
        project.place(move.path, beside)
    elif move.after is None:
        project.displace(move.path, beside)
    else:
        refuse_changed(move, project.read(move.path))
        project.exchange(move.path, beside)


def _check(project: Project, task: Task, move: Move) -> None:
    """Look at what was put aside; where nothing could be, it was looked at right before."""
    project.refuse_moved(move.path)
    aside = project.content(move.path, task.beside(move))
    if move.before is not None and aside not in (move.before, None):
        raise changed(move.path, "was changed")
