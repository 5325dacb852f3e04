"""`workbench subjects`: what is known of technologies, version by version; and links."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import Findings, UsageError
from workbench.output import Answer
from workbench.visible import visible, visible_line

if TYPE_CHECKING:
    from workbench.api.remembering import SourcePassage
    from workbench.api.shapes import Command
    from workbench.api.subjects import NewPart

R = TypeVar("R")

_LARGEST_FILE = 24 * 1024 * 1024


@click.group("subjects", cls=Group)
def command() -> None:
    """Show what is known of subjects, version by version; roll back, deprecate, carry around."""


@command.command("list")
@click.argument("text", required=False, default="")
@click.option("--current", is_flag=True, help="Leave out what is deprecated.")
@click.pass_obj
def list_(invocation: Invocation, text: str, current: bool) -> Answer:
    """List subjects by name, all or those that have TEXT in name or description."""
    from workbench.api.subjects import ReadSubjects
    from workbench.commands.subjects_show import subject_line

    found = _ask(invocation, ReadSubjects(text, not current)).subjects
    lines = map(subject_line, found)
    return Answer(f"Subjects: {len(found)}.", {"subjects": _plain(found)}, "\n".join(lines))


@command.command()
@click.argument("subject")
@click.argument("version", required=False, default="")
@click.pass_obj
def show(invocation: Invocation, subject: str, version: str) -> Answer:
    """Show a SUBJECT by its current version, or by another VERSION."""
    from workbench.api.subjects import ReadSubject
    from workbench.commands.subjects_show import detail_lines

    found = _ask(invocation, ReadSubject(subject, version))
    text = "\n".join(detail_lines(found))
    return Answer(f"Subject {found.subject.id}.", _plain(found), text)


@command.command()
@click.argument("subject")
@click.pass_obj
def versions(invocation: Invocation, subject: str) -> Answer:
    """List the versions of a SUBJECT, newest first, and what was done with them."""
    from workbench.api.subjects import ReadVersions
    from workbench.commands.subjects_show import versions_lines

    found = _ask(invocation, ReadVersions(subject))
    told = f"{found.subject.id}: {len(found.versions)} versions."
    return Answer(told, _plain(found), "\n".join(versions_lines(found)))


@command.command()
@click.argument("subject")
@click.argument("before", required=False, default="")
@click.argument("after", required=False, default="")
@click.pass_obj
def diff(invocation: Invocation, subject: str, before: str, after: str) -> Answer:
    """Compare two versions of a SUBJECT; by default the current one with the one before."""
    from workbench.api.subjects import DiffVersions
    from workbench.commands.subjects_show import difference_lines

    found = _ask(invocation, DiffVersions(subject, before, after))
    told = f"Versions {found.before.number} and {found.after.number}: {len(found.changes)} changes."
    return Answer(told, _plain(found), "\n".join([told, *difference_lines(found)]))


@command.command()
@click.argument("name")
@click.option(
    "--kind", default="topic", show_default=True, help="Or technology, library, language."
)
@click.option("--about", default="", help="A sentence or two.")
@click.option(
    "--doc", "docs", multiple=True, metavar="FILE", help="Documentation; repeat for more."
)
@click.option("--code", multiple=True, metavar="FILE", help="Code; repeat for more.")
@click.option("--test", "tests", multiple=True, metavar="FILE", help="Tests; repeat for more.")
@click.option(
    "--passage",
    "passages",
    multiple=True,
    metavar="ID",
    help="A passage that it rests on, as `knowledge search` names it; repeat for more.",
)
@click.option("--needs", multiple=True, metavar="SUBJECT", help="What it rests on.")
@click.option("--grade", default="", help="A to F, if somebody examined it.")
@click.option("--proficiency", default="none", show_default=True)
@click.pass_obj
def add(invocation: Invocation, /, name: str, **given: Any) -> Answer:  # noqa: ANN401 - click's
    """Write down a version of the subject NAME by hand, from files; it becomes the current one."""
    from workbench.api.subjects import LearnSubject
    from workbench.commands.subjects_show import detail_lines

    parts = (
        *(_part("documentation", path) for path in given["docs"]),
        *(_part("code", path) for path in given["code"]),
        *(_part("test", path) for path in given["tests"]),
    )
    asked = LearnSubject(
        name,
        given["kind"],
        given["about"],
        parts,
        _resting(invocation, given["passages"]),
        needs=given["needs"],
        grade=given["grade"],
        proficiency=given["proficiency"],
    )
    found = _ask(invocation, asked)
    told = f"Version {found.version.number} of {found.subject.id} is the current one."
    return Answer(told, _plain(found), "\n".join([told, *detail_lines(found)]))


@command.command()
@click.argument("subject")
@click.argument("version", required=False, default="")
@click.option("--reason", default="", help="Why; the journal keeps it.")
@click.pass_obj
def rollback(invocation: Invocation, subject: str, version: str, reason: str) -> Answer:
    """Make an older VERSION of a SUBJECT the current one; by default the one before."""
    from workbench.api.subjects import Rollback

    found = _ask(invocation, Rollback(subject, version, reason))
    told = f"Version {found.subject.number} of {found.subject.id} is the current one again."
    return Answer(told, _plain(found))


@command.command()
@click.argument("subject")
@click.argument("version", required=False, default="")
@click.option("--reason", default="", help="Why; the journal keeps it.")
@click.option("--instead", default="", metavar="SUBJECT", help="What to use instead.")
@click.option("--undo", is_flag=True, help="It may be used again.")
@click.pass_obj
def deprecate(
    invocation: Invocation,
    subject: str,
    version: str,
    *,
    reason: str,
    instead: str,
    undo: bool,
) -> Answer:
    """Say that a SUBJECT, or one VERSION of it, should not be used any more."""
    from workbench.api.subjects import Deprecate

    found = _ask(invocation, Deprecate(subject, version, reason, instead, not undo))
    what = f"Version {version} of {found.id}" if version else found.id
    told = f"{what} is {'taken up again' if undo else 'deprecated'}."
    return Answer(told, _plain(found))


@command.command()
@click.argument("subject")
@click.option("--well/--badly", default=None, help="Whether it succeeded, if one can tell.")
@click.option("--by", default="", help="What used it, such as a task.")
@click.pass_obj
def use(invocation: Invocation, subject: str, *, well: bool | None, by: str) -> Answer:
    """Write down that a SUBJECT was used; answers that cite its passages do so by themselves."""
    from workbench.api.subjects import UseSubject
    from workbench.commands.subjects_show import subject_line

    found = _ask(invocation, UseSubject(subject, well, by))
    return Answer(f"{found.id} was used.", _plain(found), subject_line(found))


@command.command()
@click.argument("subject", required=False, default="")
@click.pass_obj
def verify(invocation: Invocation, subject: str) -> Answer:
    """Check that subjects hold what their checksums say, and what they rest on still stands."""
    from workbench.api.subjects import VerifySubjects
    from workbench.errors import ExitCode

    found = _ask(invocation, VerifySubjects(subject))
    verdict = "sound" if found.sound else f"{len(found.problems)} problems"
    told = f"Versions checked: {found.versions}; {verdict}."
    text = "\n".join(map(visible_line, (told, *found.problems, *found.stale)))
    code = ExitCode.OK if found.sound else ExitCode.FINDINGS
    return Answer(told, _plain(found), text, code)


@command.command()
@click.argument("subject")
@click.argument("version", required=False, default="")
@click.option("--to", metavar="FILE", default="", help="Write it there instead of printing it.")
@click.option("--markdown", is_flag=True, help="To be read; it cannot be imported.")
@click.pass_obj
def export(invocation: Invocation, subject: str, version: str, to: str, markdown: bool) -> Answer:
    """Print a SUBJECT as one text that `import` takes elsewhere."""
    from workbench.api.subjects import ExportSubject

    asked = ExportSubject(subject, version, "markdown" if markdown else "json")
    found = _ask(invocation, asked)
    if to:
        path = _write(Path(to), found.text)
        return Answer(f"Written to {path}.", {"path": str(path)})
    if invocation.output.as_json:
        return Answer("", _plain(found))
    click.echo(found.text if not markdown else visible(found.text), nl=False)
    return Answer()


@command.command("import")
@click.argument("file")
@click.option("--current", is_flag=True, help="Make it current even where another version is.")
@click.pass_obj
def import_(invocation: Invocation, file: str, current: bool) -> Answer:
    """Take in a subject from the FILE that `export` wrote, `-` for what comes by a pipe.

    Where another version is current, both are kept, and that one stays current.
    """
    from workbench.api.subjects import ImportSubject

    text = sys.stdin.read(_LARGEST_FILE) if file == "-" else read_text(Path(file))
    found = _ask(invocation, ImportSubject(text, current))
    beside = "is the current one" if found.version.is_current else "is kept beside the current one"
    told = f"Version {found.version.number} of {found.subject.id} {beside}."
    return Answer(told, _plain(found))


@command.command()
@click.argument("text", required=False, default="")
@click.option("--kind", "kinds", multiple=True, help="Only entities of this kind; repeat for more.")
@click.option("-n", "--number", type=click.IntRange(1, 1_000), default=50, show_default=True)
@click.pass_obj
def entities(invocation: Invocation, text: str, kinds: tuple[str, ...], number: int) -> Answer:
    """Find what relations join, by name: modules, classes, functions, documents, subjects."""
    from workbench.api.subjects import ReadEntities
    from workbench.commands.subjects_show import entity_line

    found = _ask(invocation, ReadEntities(text, kinds, number))
    more = " There are more." if found.more else ""
    if found.behind:
        more += f" {found.behind} files were read and not yet looked at."
        invocation.output.note(more.strip())
    told = f"Entities: {len(found.entities)}.{more}"
    return Answer(told, _plain(found), "\n".join(map(entity_line, found.entities)))


@command.command()
@click.argument("entity")
@click.option("--steps", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--kind", "kinds", multiple=True, help="Only such relations, such as calls.")
@click.pass_obj
def links(invocation: Invocation, entity: str, steps: int, kinds: tuple[str, ...]) -> Answer:
    """Show what an ENTITY is related to, as a tree; each line with where it was read."""
    from workbench.api.subjects import ReadLinks
    from workbench.commands.subjects_show import link_lines

    found = _ask(invocation, ReadLinks(entity, steps, kinds))
    told = f"{found.entity.id}: {found.count} links within {found.steps} steps."
    return Answer(told, _plain(found), "\n".join(link_lines(found)))


def _ask(invocation: Invocation, command: Command[R]) -> R:
    from workbench.commands.calling import ask

    return ask(invocation, command)


def _resting(invocation: Invocation, names: Sequence[str]) -> tuple[SourcePassage, ...]:
    """Look up the passages that a subject rests on; answers that cite them count as its use."""
    from workbench.api.knowing import ReadPassage
    from workbench.api.remembering import SourcePassage

    found = (_ask(invocation, ReadPassage(name, 0)).passage for name in names)
    return tuple(
        SourcePassage(
            one.id, one.path, one.first, one.last, one.digest, " / ".join(one.heading), one.source
        )
        for one in found
    )


def _part(kind: Any, path: str) -> NewPart:  # noqa: ANN401 - one of three words
    from workbench.api.subjects import NewPart

    return NewPart(kind, Path(path).name, read_text(Path(path)))


def read_text(path: Path) -> str:
    """Return what a file of a person holds."""
    try:
        with path.expanduser().open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise UsageError(
            f"{visible_line(str(path))} cannot be read: {error.strerror}.", "Name a text file."
        ) from error
    if len(data) > _LARGEST_FILE:
        raise Findings(f"{visible_line(str(path))} is too large.", "At most 24 MiB are read.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{visible_line(str(path))} is no text in UTF-8.") from error


def _write(path: Path, text: str) -> Path:
    try:
        path.expanduser().write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{visible_line(str(path))} cannot be written: {error.strerror}."
        ) from error
    return path


def _plain(value: Any) -> Any:  # noqa: ANN401 - a view, and what JSON makes of it
    import msgspec

    return msgspec.to_builtins(value)
