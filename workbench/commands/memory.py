"""`workbench memory`: what is remembered, forgetting it, and deciding what is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import UsageError
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api.memory import Consolidation, Skill
    from workbench.api.shapes import Command

R = TypeVar("R")
_LAYERS = click.Choice(["working", "episodic", "semantic", "procedural"])
_LAYER = click.option("--layer", type=_LAYERS, default=None, help="Only this layer.")
_MINUTES = 600.0


@click.group("memory", cls=Group)
def command() -> None:
    """Show what is remembered; forget it; decide what a consolidation proposes; keep skills."""


@command.command("list")
@click.argument("text", required=False, default="")
@_LAYER
@click.option("--kind", "kinds", multiple=True, help="Only such as preference; repeat for more.")
@click.option("--hidden", is_flag=True, help="With what was forgotten, merged or is expired.")
@click.option("-n", "--number", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.pass_obj
def list_(invocation: Invocation, /, text: str, layer: str | None, **given: Any) -> Answer:  # noqa: ANN401 - click's
    """List what is remembered, the heaviest first, all or what has the words of TEXT."""
    from workbench.api.memory import ReadMemory
    from workbench.commands.memory_show import counts_line, memory_line

    asked = ReadMemory(layer or "", text, given["kinds"], given["hidden"], given["number"])
    found = _ask(invocation, asked)
    if found.problem:
        invocation.output.note(found.problem)
    lines = [*map(memory_line, found.memories), counts_line(found)]
    return Answer(f"Memories: {len(found.memories)}.", _plain(found), "\n".join(lines))


@command.command()
@click.argument("memory")
@click.pass_obj
def show(invocation: Invocation, memory: str) -> Answer:
    """Show a MEMORY, what it was made of, and what was made of it."""
    from workbench.api.memory import ReadMemoryItem
    from workbench.commands.memory_show import detail_lines

    found = _ask(invocation, ReadMemoryItem(memory))
    return Answer(f"Memory {found.memory.id}.", _plain(found), "\n".join(detail_lines(found)))


@command.command()
@click.argument("text")
@click.option(
    "--kind",
    type=click.Choice(["preference", "knowledge", "lesson"]),
    default="preference",
    show_default=True,
)
@click.option("--of", "depends", multiple=True, metavar="MEMORY", help="What it was made of.")
@click.pass_obj
def remember(
    invocation: Invocation,
    text: str,
    kind: Literal["preference", "knowledge", "lesson"],
    depends: tuple[str, ...],
) -> Answer:
    """Keep TEXT: a preference goes into every prompt, knowledge where it fits."""
    from workbench.api.memory import Remember

    found = _ask(invocation, Remember(text, kind, depends))
    return Answer(f"It is remembered as {found.id}.", _plain(found))


@command.command()
@click.argument("memories", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; the journal keeps it.")
@click.option("--dependents", is_flag=True, help="With all that was made of it.")
@click.option("--invalid", is_flag=True, help="It is wrong, rather than not wanted any more.")
@click.option("--undo", is_flag=True, help="Let it count again.")
@click.pass_obj
def forget(
    invocation: Invocation,
    memories: tuple[str, ...],
    *,
    reason: str,
    dependents: bool,
    invalid: bool,
    undo: bool,
) -> Answer:
    """Leave MEMORIES out of lists, prompts and search; nothing is deleted from the journal."""
    from workbench.api.memory import Forget, Recollect

    if undo:
        found = _ask(invocation, Recollect(memories, reason))
    else:
        found = _ask(invocation, Forget(memories, reason, dependents, invalid))
    verb = "Back" if undo else "Left out"
    told = f"{verb}: {', '.join(found.memories)}. {found.sentence}"
    return Answer(told, _plain(found), visible_line(told))


@command.command()
@click.pass_obj
def consolidate(invocation: Invocation) -> Answer:
    """Look what should be kept, merged or forgotten, and propose it; nothing changes by that."""
    from workbench.api.memory import Consolidate

    return _consolidation(_ask(invocation, Consolidate()))


@command.command()
@click.argument("proposal", required=False, default="")
@click.option("--accept", is_flag=True, help="Do what is proposed.")
@click.option("--refuse", is_flag=True, help="Do not, now or later.")
@click.option("--edit", default="", metavar="TEXT", help="Accept it with another text.")
@click.option("--reason", default="", help="Why; the journal keeps it.")
@click.option("--all", "every", is_flag=True, help="List what was decided as well.")
@click.pass_obj
def review(invocation: Invocation, /, proposal: str, **given: Any) -> Answer:  # noqa: ANN401 - click's
    """List what a consolidation proposes, or decide about a PROPOSAL."""
    from workbench.api.memory import DecideAdvice, ReadConsolidation

    accepts = given["accept"] or bool(given["edit"])
    if not proposal:
        if accepts or given["refuse"]:
            raise UsageError("No proposal is named.", "`workbench memory review` lists them.")
        return _consolidation(_ask(invocation, ReadConsolidation(given["every"])))
    if accepts == given["refuse"]:
        raise UsageError("Nothing is decided.", "Give --accept, --edit TEXT, or --refuse.")
    decision: Literal["accepted", "refused"] = "accepted" if accepts else "refused"
    asked = DecideAdvice(proposal, decision, given["edit"], given["reason"])
    found = _ask(invocation, asked)
    (one,) = [it for it in found.proposals if it.advice.proposal.startswith(proposal)][:1]
    became = f" It is remembered as {one.memory}." if one.memory else ""
    return Answer(f"{one.advice.proposal} is {one.state}.{became}", _plain(one))


def _consolidation(found: Consolidation) -> Answer:
    from workbench.commands.memory_show import advice_lines

    told = found.sentence or f"Proposals that wait: {found.waiting}."
    lines = [line for one in found.proposals for line in advice_lines(one)]
    return Answer(told, _plain(found), "\n".join([*lines, told]))


@command.command()
@click.argument("folder", required=False, default="")
@_LAYER
@click.option("--hidden", is_flag=True, help="With what was forgotten, merged or is expired.")
@click.pass_obj
def export(invocation: Invocation, folder: str, layer: str | None, hidden: bool) -> Answer:
    """Write what is remembered into a new FOLDER: JSON, and each skill with its SKILL.md.

    Without a FOLDER the JSON is printed.
    """
    from workbench.api.memory import ExportMemory

    found = _ask(invocation, ExportMemory(layer or "", hidden))
    if not folder:
        if invocation.output.as_json:
            return Answer(found.sentence, {"files": found.files})
        click.echo(found.files["memory.json"], nl=False)
        return Answer()
    path = _write_all(Path(folder).expanduser(), found.files)
    return Answer(f"{found.sentence} They are in {path}.", {"folder": str(path)})


@command.command()
@click.argument("name")
@click.argument("description")
@click.option(
    "--doc", "docs", multiple=True, metavar="FILE", help="Documentation; SKILL.md is one."
)
@click.option("--code", multiple=True, metavar="FILE", help="Code; repeat for more.")
@click.option("--test", "tests", multiple=True, metavar="FILE", help="Tests for pytest.")
@click.pass_obj
def skill(invocation: Invocation, /, name: str, description: str, **given: Any) -> Answer:  # noqa: ANN401 - click's
    """Keep a skill: code with the tests that show that it works, or a recipe in words.

    The tests run in the sandbox first; code is trusted only when they pass.
    """
    from workbench.api.memory import LearnSkill

    files = (
        *(_file("documentation", path) for path in given["docs"]),
        *(_file("code", path) for path in given["code"]),
        *(_file("test", path) for path in given["tests"]),
    )
    asked = LearnSkill(name, description, invocation.load_terms(), files)
    return _skill(_ask(invocation, asked, _MINUTES))


@command.command("try")
@click.argument("name")
@click.pass_obj
def try_(invocation: Invocation, name: str) -> Answer:
    """Run the tests of the skill NAME in the sandbox again."""
    from workbench.api.memory import TrySkill

    return _skill(_ask(invocation, TrySkill(name, invocation.load_terms()), _MINUTES))


def _skill(found: Skill) -> Answer:
    from workbench.commands.memory_show import skill_line
    from workbench.errors import ExitCode

    failed = found.trial is not None and not found.trial.holds
    code = ExitCode.FINDINGS if failed else ExitCode.OK
    return Answer(f"Skill {found.id}.", _plain(found), skill_line(found), code)


def _file(kind: Any, path: str) -> Any:  # noqa: ANN401 - one of three words
    from workbench.api.memory import NewFile
    from workbench.commands.subjects import read_text

    return NewFile(kind, Path(path).name, read_text(Path(path)))


def _write_all(folder: Path, files: dict[str, str]) -> Path:
    try:
        folder.mkdir(parents=True)
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except FileExistsError as error:
        raise UsageError(
            f"{visible_line(str(folder))} is there already.", "Name a folder that is new."
        ) from error
    except OSError as error:
        raise UsageError(
            f"{visible_line(str(folder))} cannot be written: {error.strerror}."
        ) from error
    return folder


def _ask(invocation: Invocation, command: Command[R], patience: float = 30.0) -> R:
    from workbench.commands.calling import ask

    return ask(invocation, command, patience)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a view, and what JSON makes of it
    import msgspec

    return msgspec.to_builtins(value)
