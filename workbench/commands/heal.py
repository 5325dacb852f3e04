"""`workbench heal`: find out why tests fail, and search for repairs that hold."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Command, Invocation
from workbench.errors import ExitCode, UsageError
from workbench.output import Answer
from workbench.visible import visible, visible_line

if TYPE_CHECKING:
    from workbench.api import views
    from workbench.api.commands import Heal
    from workbench.api.events import FailureFound, ProposalMade

_STATS = "stats"
_LONGEST = 86_400.0
_LOOK_EVERY = 1.0
_FINE = ("repaired", "green")


@click.command("heal", cls=Command)
@click.option(
    "--budget",
    metavar="SECONDS",
    type=click.FloatRange(1, _LONGEST),
    default=60.0,
    show_default=True,
    help="How long to search.",
)
@click.argument("target", required=False)
@click.pass_obj
def command(invocation: Invocation, budget: float, target: str | None) -> Answer:
    """Find out why tests fail, and search for repairs that hold; nothing is written.

    TARGET is a project folder, a test file, or the id of a test: workbench heal tests/test_a.py.
    It ends with 0 if a repair holds or nothing fails, and else with 1.

    workbench heal stats tells instead what was decided about repairs so far, and by how much that
    made their order better. A folder or file of that name is healed as ./stats.
    """
    if target == _STATS:
        from workbench.commands.heal_stats import stats

        return stats(invocation)
    from workbench.api.commands import Heal

    tests = _aim(invocation, target) if target else ()
    terms = invocation.load_terms()
    return _told(searched(invocation, Heal(terms, tests, budget)))


def searched(invocation: Invocation, wanted: Heal) -> views.Healing:
    """Have the host search, and tell meanwhile how that stands."""
    return asyncio.run(_searched(invocation, wanted))


def _aim(invocation: Invocation, target: str) -> tuple[str, ...]:
    """Set the project that a target lies in; return the tests that it means, as pytest does."""
    from workbench.workspace import find_workspace

    name, colons, names = target.partition("::")
    path = Path(name).expanduser().absolute()
    if path.is_dir() and not invocation.project and not colons:
        invocation.project = str(path)
        return ()
    if not path.exists():
        raise UsageError(
            f"There is no {visible_line(name)}.", "Name a folder, a test file or the id of a test."
        )
    project = invocation.workspace.project
    if not path.is_relative_to(project):
        project = find_workspace(path.parent).project
        invocation.project = str(project)
    return (f"{path.relative_to(project).as_posix()}{colons}{names}",)


async def _searched(invocation: Invocation, wanted: Heal) -> views.Healing:
    from workbench.api.client import Client
    from workbench.commands.calling import FACE

    flags = invocation.flags
    async with Client(invocation.workspace, FACE, patience=20.0, flags=flags) as client:
        telling = asyncio.create_task(_tell(invocation, client))
        try:
            return await client.call(wanted)
        finally:
            telling.cancel()


async def _tell(invocation: Invocation, client: object) -> None:
    """Say now and then how the search stands, where a person looks on."""
    import sys

    from workbench.api.client import Client
    from workbench.api.commands import ReadSearches

    if invocation.output.as_json or not sys.stderr.isatty() or not isinstance(client, Client):
        return
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        for search in (await client.call(ReadSearches())).searches:
            invocation.output.note(_progress(search))


def _progress(search: views.Searching) -> str:
    rate = search.tried / search.seconds if search.seconds else 0
    best = f"; best so far: {search.best}" if search.best else ""
    return visible_line(
        f"{search.seconds:5.1f} s  {search.tried:,} tried ({rate:,.0f}/s), "
        f"{search.alive} help in part, {search.plausible} pass{best}"
    )


def _told(healing: views.Healing) -> Answer:
    import msgspec

    ended = healing.ended
    lines = [*map(_failure, healing.failures), ""] if healing.failures else []
    for proposal in healing.proposals:
        lines += [*described(proposal), ""]
    lines.append(f"{ended.sentence} ({ended.seconds:.1f} s, search {ended.search})")
    fields = {
        **msgspec.to_builtins(ended),
        "failures": msgspec.to_builtins(healing.failures),
        "proposals": msgspec.to_builtins(healing.proposals),
    }
    code = ExitCode.OK if ended.outcome in _FINE else ExitCode.FINDINGS
    return Answer(ended.sentence, fields, "\n".join(lines), code)


def _failure(failure: FailureFound) -> str:
    place = f"{failure.path}:{failure.line} " if failure.path else ""
    often = "" if failure.steady else " (only sometimes)"
    message = failure.message.partition("\n")[0]
    mark = click.style("failed", fg="red")
    return f"{mark} {visible_line(f'{failure.test}: {place}{failure.kind}: {message}{often}')}"


def described(proposal: ProposalMade) -> list[str]:
    """Return a proposal as lines for a person."""
    evidence = proposal.evidence
    head = f"{proposal.rank}. {proposal.proposal}  {proposal.why or proposal.operator}"
    tests = f"turns {len(evidence.turned)}, {evidence.others} others end as before"
    lines = [
        click.style(visible_line(head), bold=True),
        f"   {tests}; confidence {proposal.confidence:.0%}",
        *(f"   + {visible_line(reason)}" for reason in proposal.reasons),
        *(f"   ? {visible_line(doubt)}" for doubt in proposal.doubts),
    ]
    lines += [_coloured(line) for line in visible(proposal.diff).splitlines()]
    for path, text in proposal.tests.items():
        lines += [f"   The test that was made for it, as {visible_line(path)}:"]
        lines += [f"     {line}" for line in visible(text).splitlines()]
    return lines


def _coloured(line: str) -> str:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return click.style(line, fg=colours.get(line[:1])) if line[:1] in colours else line
