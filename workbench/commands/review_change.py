"""What a review makes of hunks: parts of them, other lines, remarks; and taking that back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

import click

from workbench.commands.proposals import named
from workbench.commands.shared import Command, Invocation
from workbench.errors import UsageError
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api.deciding import AnyAct
    from workbench.api.reviews import Hunk, Review, Reviewed, Standings

_WHOLE_FILE = 10_000_000
_HUNK = click.option(
    "--hunk",
    metavar="ID",
    help="Which one, by the name that `review show` tells; not needed where there is only one.",
)


@click.command(cls=Command)
@click.argument("name")
@_HUNK
@click.pass_obj
def split(invocation: Invocation, name: str, hunk: str) -> Answer:
    """Make hunks of what stands apart in a hunk of proposal NAME, or else of its lines."""
    from workbench.api.deciding import Split

    review = _read(invocation, name)
    return _act(invocation, review, Split(hunk_named(review.stands, hunk).id))


@click.command(cls=Command)
@click.argument("name")
@_HUNK
@click.option("--gone", multiple=True, type=int, metavar="LINE", help="A line that goes.")
@click.option("--come", multiple=True, type=int, metavar="LINE", help="A line that comes.")
@click.pass_obj
def select(
    invocation: Invocation, name: str, hunk: str, gone: tuple[int, ...], come: tuple[int, ...]
) -> Answer:
    """Make a hunk of some lines of proposal NAME, by their numbers before or after."""
    from workbench.api.deciding import Select

    review = _read(invocation, name)
    one = hunk_named(review.stands, hunk)
    wanted = {*(("-", line) for line in gone), *(("+", line) for line in come)}
    places = {(mark, line): place for place, mark, line, _ in _lines(_file(review, one))}
    if missing := sorted(f"{mark}{line}" for mark, line in wanted - places.keys()):
        raise UsageError(
            f"No line of that file goes or comes at {', '.join(missing)}.",
            f"`workbench review show {review.stands.proposal}` shows the numbers.",
        )
    return _act(invocation, review, Select(one.id, tuple(sorted(places[at] for at in wanted))))


@click.command(cls=Command)
@click.argument("name")
@_HUNK
@click.option("--from", "source", type=click.File("r"), help="The file with the lines; - is stdin.")
@click.pass_obj
def edit(invocation: Invocation, name: str, hunk: str, source: TextIO | None) -> Answer:
    """Put other lines in the place of a hunk of proposal NAME; without --from, print its own.

    What is edited is no longer what was proven: it is verified again before it is written.
    """
    from workbench.api.deciding import Edit

    review = _read(invocation, name)
    one = hunk_named(review.stands, hunk)
    if source is None:
        return Answer(fields={"text": _text(review, one)}, text=_text(review, one).rstrip("\n"))
    return _act(invocation, review, Edit(one.id, source.read()))


@click.command(cls=Command)
@click.argument("name")
@click.argument("text")
@_HUNK
@click.option("--come", type=int, metavar="LINE", help="Of a line that comes, by its number.")
@click.pass_obj
def comment(invocation: Invocation, name: str, text: str, hunk: str, come: int | None) -> Answer:
    """Say TEXT about a hunk of proposal NAME, or about a line of it."""
    from workbench.api.deciding import Remark

    review = _read(invocation, name)
    one = hunk_named(review.stands, hunk)
    found = (
        place for place, mark, line, _ in _lines(_file(review, one)) if (mark, line) == ("+", come)
    )
    return _act(invocation, review, Remark(one.id, text, next(found, -1)))


@click.command(cls=Command)
@click.argument("name")
@click.argument("remark")
@click.pass_obj
def withdraw(invocation: Invocation, name: str, remark: str) -> Answer:
    """Take a REMARK on proposal NAME back, by the name that `review show --json` tells."""
    from workbench.api.deciding import Withdraw

    return _act(invocation, _read(invocation, name), Withdraw(remark))


@click.command("undo", cls=Command)
@click.argument("name")
@click.pass_obj
def undo_(invocation: Invocation, name: str) -> Answer:
    """Take back the last thing that was done in the review of proposal NAME."""
    from workbench.api.deciding import Undo

    return _act(invocation, _read(invocation, name), Undo())


@click.command("redo", cls=Command)
@click.argument("name")
@click.pass_obj
def redo_(invocation: Invocation, name: str) -> Answer:
    """Do again what was taken back last in the review of proposal NAME."""
    from workbench.api.deciding import Redo

    return _act(invocation, _read(invocation, name), Redo())


def _read(invocation: Invocation, name: str) -> Review:
    from workbench.api.commands import ReadReview
    from workbench.commands.calling import ask

    found = named(invocation, name).proposal.proposal
    return ask(invocation, ReadReview(found, _WHOLE_FILE))


def hunk_named(stands: Standings, name: str | None) -> Hunk:
    """Return the hunk of a name, of which the first letters are enough; the only one needs none."""
    matching = [one for one in stands.hunks if one.id.startswith(name or "")]
    if len(matching) != 1:
        told = f"{visible_line(name)} names" if name else "There are"
        raise UsageError(
            f"{told} {len(matching)} hunks of {stands.proposal}.",
            f"`workbench review show {stands.proposal}` shows their names.",
        )
    return matching[0]


def _file(review: Review, hunk: Hunk) -> Reviewed:
    return next(one for one in review.files if one.path == hunk.path)


def _lines(file: Reviewed) -> Iterator[tuple[int, str, int, str]]:
    """Yield each line with its place, its mark, and its number on the side where it is."""
    for section in file.sections:
        old, new = section.old, section.new
        for at, (mark, text) in enumerate(zip(section.marks, section.lines, strict=True)):
            if (file.is_new or file.is_gone) and section.at + at == 0 and not text:
                continue  # It is no line: it says that the file comes or goes.
            yield section.at + at, mark, old if mark == "-" else new, text
            old += mark != "+"
            new += mark != "-"


def _text(review: Review, hunk: Hunk) -> str:
    """Return the lines from the first to the last that a hunk changes, as they would be."""
    first, behind = hunk.spans[0][0], hunk.spans[-1][1]
    lines = _lines(_file(review, hunk))
    kept = [text for place, mark, _, text in lines if first <= place < behind and mark != "-"]
    return "".join(f"{line}\n" for line in kept)


def _act(invocation: Invocation, review: Review, act: AnyAct) -> Answer:
    import msgspec

    from workbench.api.commands import ActOn
    from workbench.commands.calling import ask

    stands = ask(invocation, ActOn(review.stands.proposal, act))
    hunks = ", ".join(f"{one.id} {one.state}" for one in stands.hunks)
    told = f"{stands.proposal}: {stands.standing}. Hunks: {hunks}."
    return Answer(told, {"proposal": stands.proposal, "stands": msgspec.to_builtins(stands)})
