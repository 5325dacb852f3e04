"""What became of a transaction that was cut off, told from the files, and the way out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from workbench.errors import Findings, WorkbenchError
from workbench.review.applying.project import Project
from workbench.review.applying.values import Move, Task

_FEW, _WIDTH = 4, 8
"""The disk does with many files at once what it does with a few."""


@dataclass(frozen=True)
class Seen:
    """What lies at a path, and what under the name beside it."""

    move: Move
    now: bytes | None
    beside: bytes | None

    @property
    def is_strange(self) -> bool:
        """Tell whether what was put aside is neither: somebody saved the file meanwhile."""
        return self.beside is not None and self.beside not in (self.move.before, self.move.after)

    @property
    def is_written(self) -> bool:
        return self.now == self.move.after and not self.is_strange


def looked_at(project: Project, task: Task) -> tuple[Seen, ...]:
    return tuple(_seen(project, task, move) for move in task.moves)


def _seen(project: Project, task: Task, move: Move) -> Seen:
    beside = project.content(move.path, task.beside(move))
    return Seen(move, project.content(move.path), beside)


def is_written(project: Project, task: Task) -> bool:
    """Tell whether each file is as the task would have it, and nothing else was put aside."""
    return all(one.is_written for one in looked_at(project, task))


def finish(project: Project, task: Task) -> None:
    """Remove what was put aside, and folders in which nothing lies any more."""
    each(task.moves, lambda move: project.remove(move.path, task.beside(move)))
    for folder in reversed(task.gone):
        project.remove_folder(folder)


def roll_back(project: Project, task: Task, moves: Sequence[Move] | None = None) -> tuple[str, ...]:
    """Have files as they were before; return the paths that somebody else has changed since.

    Whoever knows which files were exchanged names them; of the others nothing was changed.
    """
    touched = task.moves if moves is None else tuple(moves)
    left = tuple(_rolled_back(project, task, touched))
    known = {move.path for move in touched}
    _clear(project, task, [move for move in task.moves if move.path not in known])
    for folder in folders_of(task):
        project.sync(folder)
    return left


def _clear(project: Project, task: Task, untouched: Sequence[Move]) -> None:
    """Remove what was written beside files, and the folders that came, if nothing is in them."""
    for move in untouched:
        with suppress(Findings):  # Below a link, say, nothing was written.
            project.remove(move.path, task.beside(move))
    for folder in reversed(task.made):
        project.remove_folder(folder)


def _rolled_back(project: Project, task: Task, moves: Sequence[Move]) -> Iterator[str]:
    for move in reversed(moves):
        try:
            is_back = _put_back(project, task, move)
        except (Findings, FileNotFoundError):  # What lies there now is no file of ours.
            is_back = False
        if not is_back:
            yield move.path


def _put_back(project: Project, task: Task, move: Move) -> bool:
    """Undo the move of one file; say whether it is now as somebody knew it before."""
    seen = _seen(project, task, move)
    if seen.now == move.after and seen.now != move.before:
        return _reversed(project, task, seen)
    if seen.now == move.before or not seen.is_strange:
        project.remove(move.path, task.beside(move))
    return seen.now == move.before


def _reversed(project: Project, task: Task, seen: Seen) -> bool:
    move, beside = seen.move, task.beside(seen.move)
    if move.before is None:
        return _taken_away(project, move, beside)
    if move.after is None:
        return _placed_back(project, seen, beside)
    if seen.beside is None or seen.beside == move.after:
        _write_before(project, task, move)
    return _exchanged_back(project, move, beside)


def _placed_back(project: Project, seen: Seen, beside: str) -> bool:
    """Give a file back its name; what was not put aside, somebody else has removed."""
    if seen.beside is None:
        return False
    project.place(seen.move.path, beside)
    return True


def _write_before(project: Project, task: Task, move: Move) -> None:
    """Write anew what was there, where the disk could not put it aside."""
    beside = task.beside(move)
    project.remove(move.path, beside)
    like = project.read(move.path) or move.mode
    project.write_beside(move.path, beside, move.before or b"", like)


def _exchanged_back(project: Project, move: Move, beside: str) -> bool:
    """Let what was put aside take its place, unless somebody changed the file in this moment."""
    project.exchange(move.path, beside)
    if project.content(move.path, beside) in (move.after, None):
        project.remove(move.path, beside)
        return True
    project.exchange(move.path, beside)
    return False


def _taken_away(project: Project, move: Move, beside: str) -> bool:
    project.remove(move.path, beside)
    project.displace(move.path, beside)
    if project.content(move.path, beside) == move.after:
        project.remove(move.path, beside)
        return True
    with suppress(WorkbenchError):
        project.place(move.path, beside)
    return False


def folders_of(task: Task) -> tuple[str, ...]:
    """Return the folders in which something is written, the project's own among them."""
    inner = {move.path.rpartition("/")[0] for move in task.moves}
    above = {folder.rpartition("/")[0] for folder in (*task.made, *task.gone)}
    return tuple(sorted(inner | above))


def each(moves: tuple[Move, ...], do: Callable[[Move], None]) -> None:
    """Do something for every file, several at once where there are many."""
    if len(moves) <= _FEW:
        for move in moves:
            do(move)
        return
    with ThreadPoolExecutor(_WIDTH, "writing") as threads:
        for done in [threads.submit(do, move) for move in moves]:
            done.result()
