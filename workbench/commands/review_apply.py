"""`workbench review apply` and `try`: what is accepted, written into the project or only run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.commands.proposals import named
from workbench.commands.shared import Command, Invocation
from workbench.errors import ExitCode
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api.reviews import Written


@click.command("apply", cls=Command)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--branch", default="", metavar="NAME", help="Commit it on a new branch as well.")
@click.pass_obj
def apply(invocation: Invocation, names: tuple[str, ...], branch: str) -> Answer:
    """Write what is accepted of the proposals NAME... into the project, all of it or nothing.

    What the proof does not cover is verified before: a part of a proposal, an edit, a project that
    changed meanwhile. `workbench undo` takes it back at any time. With --branch it is committed on
    a new branch as well; what is checked out stays as it is.
    """
    from workbench.api.commands import Apply
    from workbench.commands.calling import ask

    return told(ask(invocation, Apply(_found(invocation, names), invocation.load_terms(), branch)))


@click.command("try", cls=Command)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.pass_obj
def try_(invocation: Invocation, names: tuple[str, ...]) -> Answer:
    """Run the tests with what is accepted of the proposals NAME...; nothing is written.

    It ends with 0 if that breaks no test, and else with 1.
    """
    import msgspec

    from workbench.api.commands import TryAccepted
    from workbench.commands.calling import ask

    tried = ask(invocation, TryAccepted(_found(invocation, names), invocation.load_terms()))
    lines = [visible_line(tried.sentence)]
    for word, tests in (("turned", tried.turned), ("broken", tried.broken), ("red", tried.red)):
        lines += [f"  {word}  {visible_line(test)}" for test in tests]
    code = ExitCode.OK if tried.holds else ExitCode.FINDINGS
    return Answer(tried.sentence, msgspec.to_builtins(tried), "\n".join(lines), code)


def told(written: Written) -> Answer:
    """Say what a transaction wrote."""
    import msgspec

    more = (
        "" if written.kind == "undo" else f" To take it back: workbench undo {written.transaction}"
    )
    text = visible_line(written.sentence) + more
    return Answer(written.sentence, msgspec.to_builtins(written), text)


def _found(invocation: Invocation, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(named(invocation, name).proposal.proposal for name in names)
