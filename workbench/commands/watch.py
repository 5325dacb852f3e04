"""`workbench watch`: follow the project, test what changes, heal what turns red."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Command, Invocation
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api.client import Client
    from workbench.api.commands import Watch
    from workbench.api.facts import Event

_LONGEST = 86_400.0
_TOLD = ("failure.found", "crash.seen", "log.noticed", "proposal.made", "search.ended")


@click.command("watch", cls=Command)
@click.option(
    "--budget",
    metavar="SECONDS",
    type=click.FloatRange(1, _LONGEST),
    default=60.0,
    show_default=True,
    help="How long to search for each repair.",
)
@click.pass_obj
def command(invocation: Invocation, budget: float) -> Answer:
    """Follow the project until you press Ctrl-C: test what changes, heal what turns red.

    Programs that crash meanwhile under `workbench run` or a hook are told, and repaired as well.
    Nothing is written to the project; `workbench proposals` lists what was found.
    """
    from workbench.api.commands import Terms, Watch

    settings = invocation.load_settings()
    terms = Terms.of(settings.sandbox, os.environ)
    wanted = Watch(terms, budget, settings.healing.log_patterns)
    return asyncio.run(_watched(invocation, wanted))


async def _watched(invocation: Invocation, wanted: Watch) -> Answer:
    from workbench.api.client import Client
    from workbench.commands.calling import FACE

    async with Client(invocation.workspace, FACE, flags=invocation.flags) as client:
        telling = asyncio.create_task(_tell(invocation, client))
        watching = asyncio.create_task(client.call(wanted))
        done, waiting = await asyncio.wait({telling, watching}, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        for task in done:
            task.result()
    return Answer("The watch has ended.")


async def _tell(invocation: Invocation, client: Client) -> None:
    """Print what is found from now on, and how the project is followed."""
    from workbench.api.commands import ReadEvents

    page = await client.call(ReadEvents(limit=1))
    invocation.output.note(f"Watching {visible_line(str(invocation.workspace.project))}.")
    async for events in client.follow(page.head):
        for event in events:
            if event.type in _TOLD:
                _print(invocation, event)


def _print(invocation: Invocation, event: Event) -> None:
    import msgspec

    from workbench.api.events import read_fact

    fact = msgspec.to_builtins(read_fact(event))
    fields = {"event": {"seq": event.seq, "type": event.type, "fact": fact}}
    invocation.output.answer(Answer(fields=fields, text=_line(event)))


def _line(event: Event) -> str:
    from workbench.api.events import (
        CrashSeen,
        FailureFound,
        LogNoticed,
        ProposalMade,
        SearchEnded,
        read_fact,
    )

    match read_fact(event):
        case FailureFound() as failure:
            place = f"{failure.path}:{failure.line} " if failure.path else ""
            message = failure.message.partition("\n")[0]
            told = visible_line(f"{failure.test}: {place}{failure.kind}: {message}")
            return f"{click.style('red', fg='red')}       {told}"
        case CrashSeen() as crash:
            place = f"{crash.path}:{crash.line} " if crash.path else ""
            told = visible_line(f"{place}{crash.kind}: {crash.message.partition(chr(10))[0]}")
            return f"{click.style('crash', fg='red')}     {told}"
        case LogNoticed() as sighting:
            told = visible_line(f"{sighting.log}: {sighting.line}")
            return f"{click.style('log', fg='yellow')}       {told}"
        case ProposalMade() as proposal:
            told = f"{proposal.proposal}  {proposal.confidence:.0%}  {proposal.why}"
            return f"{click.style('proposal', fg='cyan')}  {visible_line(told)}"
        case SearchEnded() as ended:
            colour = "green" if ended.outcome == "green" else "yellow"
            return f"{click.style(ended.outcome, fg=colour):<9} {visible_line(ended.sentence)}"
    return ""
