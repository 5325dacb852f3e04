"""`workbench knowledge`: what was read, and finding in it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TypeVar

import click

from workbench.commands.reading import read
from workbench.commands.shared import Group, Invocation
from workbench.errors import ExitCode, UsageError
from workbench.output import Answer

if TYPE_CHECKING:
    from workbench.api.passages import KnowledgeBase
    from workbench.api.shapes import Command

R = TypeVar("R")

_LONGEST_TEXT = 64 << 20
_PATIENCE = 120.0
"""Seconds that a host may need to open an index that was made by another release."""


@click.group("knowledge", cls=Group)
def command() -> None:
    """Read folders, files and packages, and find passages in them with their places."""


@command.command()
@click.argument("what")
@click.option("--name", default="", help="What to call it; by default as it is called there.")
@click.option("--domain", "domains", multiple=True, metavar="NAME", help="A set it belongs to.")
@click.option("--no-follow", is_flag=True, help="Do not read it again when it changes.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is read.")
@click.pass_obj
def add(
    invocation: Invocation,
    *,
    what: str,
    name: str,
    domains: tuple[str, ...],
    no_follow: bool,
    no_wait: bool,
) -> Answer:
    """Read WHAT and keep it found: a folder, a file, or a package installed for the project.

    With - a text is read from standard input. What git ignores is left out. Reading goes on in the
    host when this is interrupted.
    """
    from workbench.api.knowing import AddSource
    from workbench.commands.knowledge_reading import added, followed

    text = _text() if what == "-" else ""
    wanted = AddSource(_absolute(what), name, text, domains, not no_follow)
    source = _ask(invocation, wanted, _PATIENCE)
    return added(source if no_wait else followed(invocation, source))


@command.command("list")
@click.pass_obj
def list_(invocation: Invocation) -> Answer:
    """List the sources and the domains, and how the index stands."""
    from workbench.commands.knowledge_reading import listed

    return listed(_base(invocation))


@command.command()
@click.argument("source")
@click.pass_obj
def show(invocation: Invocation, source: str) -> Answer:
    """Show a SOURCE with what was skipped and why; by its id or name."""
    from workbench.commands.knowledge_reading import named, shown

    return shown(named(_base(invocation), source))


@command.command()
@click.argument("source")
@click.pass_obj
def remove(invocation: Invocation, source: str) -> Answer:
    """Forget a SOURCE and its passages; the files themselves stay."""
    from workbench.api.knowing import RemoveSource

    _ask(invocation, RemoveSource(source), _PATIENCE)
    return Answer(f"{source} is forgotten.", {"source": source})


@command.command()
@click.argument("source")
@click.option("--whole", is_flag=True, help="Read every file, and not only what changed.")
@click.option("--no-wait", is_flag=True, help="Do not wait until it is read.")
@click.pass_obj
def reread(invocation: Invocation, source: str, whole: bool, no_wait: bool) -> Answer:
    """Read a SOURCE again: what changed, or all of it."""
    from workbench.api.knowing import RereadSource
    from workbench.commands.knowledge_reading import added, followed

    found = _ask(invocation, RereadSource(source, whole), _PATIENCE)
    return added(found if no_wait else followed(invocation, found))


@command.command()
@click.argument("source")
@click.pass_obj
def stop(invocation: Invocation, source: str) -> Answer:
    """Stop reading a SOURCE, and following it; what was read stays found."""
    from workbench.api.knowing import StopReading
    from workbench.commands.knowledge_reading import shown

    return shown(_ask(invocation, StopReading(source)))


@command.command()
@click.argument("words", nargs=-1, required=True)
@click.option("-n", "--limit", type=click.IntRange(1, 1_000), default=10, show_default=True)
@click.option("--domain", "domains", multiple=True, metavar="NAME", help="Only in this set.")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only in this source.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(["code", "prose", "notebook", "package", "text"]),
    help="Only passages of this kind.",
)
@click.option("--language", "languages", multiple=True, metavar="NAME", help="Such as python.")
@click.option("--path", default="", metavar="PATTERN", help="Only files that it matches.")
@click.option("--since", default="", metavar="DATE", help="Only files that changed after it.")
@click.option("--neighbours", is_flag=True, help="Also what is linked to what is found.")
@click.option("--whole", is_flag=True, help="Print the passages whole.")
@click.pass_obj
def search(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    limit: int,
    domains: tuple[str, ...],
    sources: tuple[str, ...],
    kinds: tuple[str, ...],
    languages: tuple[str, ...],
    path: str,
    since: str,
    neighbours: bool,
    whole: bool,
) -> Answer:
    """Find passages by WORDS, names and meaning, best first.

    It ends with 1 if nothing is found.
    """
    from workbench.api.knowing import Search
    from workbench.commands.knowledge_finding import found

    text = " ".join(words)
    wanted = Search(
        text, limit, domains, sources, kinds, languages, path, _since(since), neighbours
    )
    return found(read(invocation, wanted, _PATIENCE), whole=whole)


@command.command()
@click.argument("passage")
@click.option("--around", type=click.IntRange(0, 50), default=1, show_default=True)
@click.option("--edit", is_flag=True, help="Open its lines in your editor.")
@click.pass_obj
def passage(invocation: Invocation, passage: str, around: int, edit: bool) -> Answer:
    """Print a PASSAGE, by the id that `search` shows, between its neighbours."""
    from workbench.api.knowing import ReadPassage
    from workbench.commands.knowledge_finding import opened, surrounded

    found = read(invocation, ReadPassage(passage, around), _PATIENCE)
    return opened(invocation, found) if edit else surrounded(found)


@command.command()
@click.argument("name")
@click.argument("sources", nargs=-1)
@click.option("--host", default="", help="It lies elsewhere: asked over `ssh HOST`.")
@click.option("--folder", default="", help="The project there.")
@click.option("--about", default="", help="What it is, in a few words.")
@click.option("--remove", "gone", is_flag=True, help="Take the domain away; its sources stay.")
@click.pass_obj
def domain(
    invocation: Invocation,
    *,
    name: str,
    sources: tuple[str, ...],
    host: str,
    folder: str,
    about: str,
    gone: bool,
) -> Answer:
    """Let NAME mean these SOURCES, or a workbench on another machine."""
    from msgspec import to_builtins

    from workbench.api.knowing import ChangeDomain
    from workbench.api.passages import Domain

    if gone == bool(sources or host):
        raise UsageError(
            "A domain needs sources or a host.", "With --remove it is taken away, and needs none."
        )
    made = _ask(invocation, ChangeDomain(Domain(name, sources, host, folder, about)))
    done = "is taken away" if gone else "is set"
    return Answer(f"The domain {name} {done}.", to_builtins(made))


@command.command()
@click.pass_obj
def verify(invocation: Invocation) -> Answer:
    """Hold the index against the journal; it ends with 1 if they do not agree."""
    from msgspec import to_builtins

    from workbench.api.knowing import VerifyKnowledge
    from workbench.visible import visible_line

    checked = _ask(invocation, VerifyKnowledge(), _PATIENCE)
    problems = [visible_line(one) for one in checked.problems]
    sentence = "The index is sound" if checked.sound else "The index is not sound"
    message = f"{sentence}: {checked.passages:,} passages."
    if checked.waiting:
        message += f" The vectors of {checked.waiting:,} are being made."
    code = ExitCode.OK if checked.sound else ExitCode.FINDINGS
    return Answer(message, to_builtins(checked), "\n".join([message, *problems]), code)


@command.command()
@click.option("--no-wait", is_flag=True, help="Do not wait until it is made.")
@click.pass_obj
def rebuild(invocation: Invocation, no_wait: bool) -> Answer:
    """Make the index anew from journal and sources."""
    from workbench.api.knowing import RebuildKnowledge
    from workbench.commands.knowledge_reading import all_followed, listed

    base = _ask(invocation, RebuildKnowledge(), _PATIENCE)
    return listed(base if no_wait else all_followed(invocation, base))


@command.command()
@click.option("--stdio", is_flag=True, required=True, help="Hear and answer on standard streams.")
@click.pass_obj
def serve(invocation: Invocation, stdio: bool) -> Answer:
    """Let another machine search here, read-only, over ssh."""
    from workbench.commands.knowledge_serving import serve as serve_all

    assert stdio  # noqa: S101 - click requires it
    serve_all(invocation)
    return Answer()


def _ask(invocation: Invocation, command: Command[R], patience: float = _PATIENCE) -> R:
    """Have something done; what that needs is imported only then."""
    from workbench.commands.calling import ask

    return ask(invocation, command, patience)


def _base(invocation: Invocation) -> KnowledgeBase:
    from workbench.api.knowing import ReadKnowledge

    return read(invocation, ReadKnowledge(), _PATIENCE)


def _text() -> str:
    if os.isatty(0):
        raise UsageError("There is no text.", "Pipe it in: `… | workbench knowledge add -`.")
    content = sys.stdin.buffer.read(_LONGEST_TEXT + 1)
    if len(content) > _LONGEST_TEXT:
        raise UsageError("The text is longer than 64 MiB.", "Put it into files, and add those.")
    return content.decode(errors="replace")


def _absolute(what: str) -> str:
    """Say where a path lies, which the host cannot know; a package stays what it is."""
    path = os.path.expanduser(what)  # noqa: PTH111 - pathlib costs 5 ms
    is_path = what != "-" and ("/" in what or os.path.lexists(path))
    return os.path.abspath(path) if is_path else what  # noqa: PTH100 - as above


def _since(day: str) -> int:
    """Return a date in microseconds."""
    if not day:
        return 0
    from datetime import datetime

    try:
        return int(datetime.fromisoformat(day).astimezone().timestamp() * 1e6)
    except ValueError as error:
        raise UsageError(f"{day} is no date.", "Write it as 2026-01-31.") from error
