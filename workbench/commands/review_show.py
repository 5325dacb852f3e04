"""A review in the terminal, and as a patch."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from workbench.commands.proposals import named
from workbench.commands.shared import Command, Invocation
from workbench.output import Answer
from workbench.visible import visible, visible_line

if TYPE_CHECKING:
    from workbench.api import reviews
    from workbench.api.events import Evidence

_COLOURS = {"+": "green", "-": "red"}
_STATES = {"accepted": "green", "rejected": "red", "undecided": "yellow"}


@click.command(cls=Command)
@click.argument("name")
@click.option("--context", type=click.IntRange(0, 100), default=3, show_default=True)
@click.pass_obj
def show(invocation: Invocation, name: str, context: int) -> Answer:
    """Show the review of proposal NAME: hunks with marks, remarks, evidence, and what is missing.

    Each hunk begins with the name under which it is accepted or rejected alone.
    """
    import msgspec

    from workbench.api.commands import ReadAllowed, ReadReview
    from workbench.commands.calling import ask

    found = named(invocation, name).proposal.proposal
    review = ask(invocation, ReadReview(found, context))
    allowed = ask(invocation, ReadAllowed(found))
    fields = {"review": msgspec.to_builtins(review), "allowed": msgspec.to_builtins(allowed)}
    text = "\n".join([*_lines(review), "", *allowed_lines(allowed)])
    return Answer(f"Proposal {found}: {review.stands.standing}.", fields, text)


@click.command(cls=Command)
@click.argument("name")
@click.pass_obj
def allowed(invocation: Invocation, name: str) -> Answer:
    """Tell what the policy says of proposal NAME as it is accepted now.

    It ends with 0 if it may be applied, and with 6 if an approval is missing.
    """
    import msgspec

    from workbench.api.commands import ReadAllowed
    from workbench.commands.calling import ask
    from workbench.errors import ExitCode

    found = named(invocation, name).proposal.proposal
    answer = ask(invocation, ReadAllowed(found))
    code = ExitCode.OK if answer.is_allowed else ExitCode.APPROVAL
    fields = {"proposal": found, **msgspec.to_builtins(answer)}
    message = f"{found}: {'allowed' if answer.is_allowed else 'not allowed yet'}."
    return Answer(message, fields, "\n".join(allowed_lines(answer)), code)


@click.command(cls=Command)
@click.argument("name")
@click.option("--accepted", is_flag=True, help="Only what is accepted of it.")
@click.pass_obj
def export(invocation: Invocation, name: str, accepted: bool) -> Answer:
    """Print proposal NAME as a patch that `git apply` takes, byte for byte.

    On a terminal, what would steer it or deceive you is shown instead.
    """
    from workbench.api.commands import ReadPatch
    from workbench.commands.calling import ask

    found = named(invocation, name).proposal.proposal
    patch = ask(invocation, ReadPatch(found, accepted)).patch
    if invocation.output.as_json:
        return Answer("", {"proposal": found, "patch": patch.decode("utf-8", "surrogateescape")})
    if sys.stdout.isatty():
        return Answer(text=visible(patch.decode("utf-8", "backslashreplace")).removesuffix("\n"))
    click.echo(patch, nl=False)
    return Answer()


def allowed_lines(found: reviews.Allowed) -> Iterator[str]:
    """Yield in words whether something may be applied, and what is missing."""
    told = "It may be applied." if found.is_allowed else "It may not be applied yet:"
    yield click.style(told, bold=True)
    yield from (f"  - {visible_line(one)}" for one in found.missing)
    if found.approvals:
        yield visible_line(f"  approved by {', '.join(found.approvals)}")
    yield from (f"  not counted: {visible_line(one)}" for one in found.ignored)
    yield visible_line(f"  policy {found.policy[:12]}, {found.origin or 'as it ships'}")


def _lines(review: reviews.Review) -> Iterator[str]:
    made, stands = review.proposed.proposal, review.stands
    why = visible_line(made.why or made.operator)
    yield click.style(f"{made.proposal}  {stands.standing}  {why}", bold=True)
    yield f"  confidence {made.confidence:.0%}"
    yield from (f"  + {visible_line(one)}" for one in made.reasons)
    yield from (f"  ? {visible_line(one)}" for one in made.doubts)
    yield from _evidence(made.evidence)
    for file in review.files:
        yield ""
        yield from _file(file, stands)


def _evidence(one: Evidence) -> Iterator[str]:
    yield f"  turns {len(one.turned)} tests, {one.others} others end as before"
    for test in one.turned:
        yield visible_line(f"    {test}  guard: {one.guards.get(test, 'none')}")
    if one.mutants:
        tried, noticed = one.mutants
        yield f"  the tests notice {noticed} of {tried} small changes to what it changes"
    yield from (visible_line(f"  no test runs {line}") for line in one.uncovered)
    box = f"{one.circumstances} circumstances, {one.engine} ({one.level})"
    yield visible_line(f"  proven in {box}: {one.proof[:12]}")


def _file(file: reviews.Reviewed, stands: reviews.Standings) -> Iterator[str]:
    yield click.style(visible_line(file.path), bold=True)
    yield from (click.style(f"  ! {visible_line(one)}", fg="yellow") for one in file.warnings)
    heads = {one.spans[0][0]: one for one in stands.hunks if one.path == file.path and one.spans}
    remarks = [one for one in stands.remarks if one.hunk in {hunk.id for hunk in heads.values()}]
    for section in file.sections:
        yield click.style(f"@@ -{section.old} +{section.new} @@", fg="cyan")
        for at, (mark, line) in enumerate(
            zip(section.marks, section.lines, strict=True), section.at
        ):
            if at in heads:
                yield from _hunk(heads[at], remarks)
            yield click.style(f"{mark}{visible_line(line)}", fg=_COLOURS.get(mark))
            yield from ("\\ No newline at end of file",) if at in file.unended else ()
            yield from (_said(one) for one in remarks if one.place == at)


def _hunk(hunk: reviews.Hunk, remarks: list[reviews.Said]) -> Iterator[str]:
    """Say how a hunk stands, above its first line."""
    who = f" by {hunk.by}" if hunk.by else ""
    why = f": {hunk.reason}" if hunk.reason else ""
    edited = ", edited" if hunk.is_edited else ""
    told = visible_line(f"# {hunk.id}  {hunk.state}{edited}{who}{why}")
    yield click.style(told, fg=_STATES[hunk.state])
    yield from (visible_line(f"#   needed for {test}") for test in hunk.needed)
    yield from (_said(one) for one in remarks if one.hunk == hunk.id and one.place < 0)


def _said(one: reviews.Said) -> str:
    return click.style(visible_line(f"# {one.by}: {one.text}"), fg="blue")
