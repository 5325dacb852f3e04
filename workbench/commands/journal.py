"""`workbench journal`: read, check, export and import the record of what happened."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import ExitCode
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api.commands import ReadEvents
    from workbench.api.facts import Event
    from workbench.api.views import Manifest


@click.group("journal", cls=Group)
def command() -> None:
    """Read, check, export and import the record of what happened."""


@command.command()
@click.option("-n", "--number", type=click.IntRange(0, 10_000), default=20, show_default=True)
@click.option("--type", "type_", default="", help="Only types that begin with this.")
@click.option("--text", default="", help="Only events that have this somewhere, in any case.")
@click.option("--follow", is_flag=True, help="Go on with what happens from now on.")
@click.pass_obj
def tail(invocation: Invocation, number: int, type_: str, text: str, follow: bool) -> Answer:
    """Show the newest events, oldest first."""
    from workbench.api.commands import ReadEvents
    from workbench.commands.calling import ask

    wanted = ReadEvents(limit=number, type=type_, text=text)
    if follow:
        return asyncio.run(_follow(invocation, wanted))
    events = ask(invocation, wanted).events[::-1]
    fields = {"events": [_fields(event) for event in events]}
    return Answer(f"Events: {len(events)}.", fields, "\n".join(map(_line, events)))


@command.command()
@click.argument("number", type=click.IntRange(1))
@click.pass_obj
def show(invocation: Invocation, number: int) -> Answer:
    """Show one event whole."""
    from workbench.api.commands import ReadEvent
    from workbench.commands.calling import ask

    detail = ask(invocation, ReadEvent(number))
    fields = _fields(detail.event) | {"previous": detail.previous}
    rows = fields | {"time": detail.event.when.astimezone().isoformat()}
    text = "\n".join(f"{name:<9} {visible_line(str(value))}" for name, value in rows.items())
    return Answer(f"Event {number}.", {"event": fields}, text)


@command.command()
@click.pass_obj
def verify(invocation: Invocation) -> Answer:
    """Recompute the whole hash chain, which shows what was changed, taken out or put in."""
    import msgspec

    from workbench.api.commands import VerifyJournal
    from workbench.commands.calling import ask

    verdict = ask(invocation, VerifyJournal())
    code = ExitCode.OK if verdict.holds else ExitCode.FINDINGS
    return Answer(verdict.sentence, msgspec.to_builtins(verdict), exit_code=code)


@command.command()
@click.argument("folder")
@click.pass_obj
def export(invocation: Invocation, folder: str) -> Answer:
    """Write all events as Parquet, with checksums, into the new FOLDER."""
    from workbench.api.commands import ExportJournal
    from workbench.commands.calling import ask

    target = _absolute(folder)
    manifest = ask(invocation, ExportJournal(str(target)))
    return _transferred(f"{manifest.events} events were written to {target}.", manifest)


@command.command("import")
@click.argument("folder")
@click.pass_obj
def import_(invocation: Invocation, folder: str) -> Answer:
    """Fill an empty workspace from the export in FOLDER."""
    from workbench.journal.transfer import import_into

    source = _absolute(folder)
    manifest = import_into(invocation.workspace, source)
    return _transferred(f"{manifest.events} events were read from {source}.", manifest)


@command.command()
@click.argument("text")
@click.option("--subject", default="", help="What the remark is about.")
@click.pass_obj
def note(invocation: Invocation, text: str, subject: str) -> Answer:
    """Write a remark of your own."""
    from workbench.api.commands import WriteNote
    from workbench.commands.calling import ask

    receipt = ask(invocation, WriteNote(text, subject))
    return Answer(f"Written as event {receipt.seq}.", {"seq": receipt.seq, "time": receipt.time})


async def _follow(invocation: Invocation, wanted: ReadEvents) -> Answer:
    """Print what there is and then what comes, until somebody ends it."""
    from workbench.api.client import Client
    from workbench.commands.calling import FACE

    async with Client(invocation.workspace, FACE, flags=invocation.flags) as client:
        page = await client.call(wanted)
        for event in page.events[::-1]:
            _print(invocation, event)
        async for events in client.follow(page.head):
            for event in filter(lambda one: _matches(one, wanted), events):
                _print(invocation, event)
    return Answer()


def _print(invocation: Invocation, event: Event) -> None:
    invocation.output.answer(Answer(fields={"event": _fields(event)}, text=_line(event)))


def _matches(event: Event, wanted: ReadEvents) -> bool:
    """Tell what the engine would tell, of events that it has not searched."""
    text = f"{event.subject}\n{event.actor}\n{event.type}\n{event.payload}".lower()
    return event.type.startswith(wanted.type) and wanted.text.lower() in text


def _line(event: Event) -> str:
    when = event.when.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    head = click.style(f"{event.seq:>7}  {when}", dim=True)
    kind = click.style(visible_line(event.type), bold=True)
    rest = visible_line("  ".join(filter(None, (event.actor, event.subject, event.payload))))
    return f"{head}  {kind}  {rest}"


def _fields(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def _absolute(folder: str) -> Path:
    """Return the path as seen from here: the host stands elsewhere."""
    return Path(os.path.abspath(Path(folder).expanduser()))  # noqa: PTH100 - links stay as named


def _transferred(message: str, manifest: Manifest) -> Answer:
    import msgspec

    return Answer(message, {"manifest": msgspec.to_builtins(manifest)})
