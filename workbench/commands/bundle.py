"""`workbench bundle`: subjects, sources and skills in one file, signed, checked and taken in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import ApprovalNeeded, UsageError
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.api.memory import Bundle, Packed
    from workbench.api.shapes import Command

R = TypeVar("R")
_MINUTES = 600.0


@click.group("bundle", cls=Group)
def command() -> None:
    """Pack subjects, sources and skills into one file; check, compare, import, take back."""


@command.command()
@click.argument("file")
@click.option("--name", default="", help="What it is called; by default as the file is.")
@click.option("--subject", "subjects", multiple=True, help="Pack this one; repeat for more.")
@click.option("--skill", "skills", multiple=True, help="Pack this one; repeat for more.")
@click.option("--source", "sources", multiple=True, help="Pack its files; repeat for more.")
@click.option("--sign", "key", default="", metavar="KEY", help="Your private SSH key, or public.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def create(invocation: Invocation, /, file: str, **given: Any) -> Answer:  # noqa: ANN401 - click's
    """Write what is known into the bundle FILE: all of it, or what is named."""
    from workbench.api.memory import CreateBundle

    path = _path(file)
    if path.exists() and not given["force"]:
        raise UsageError(
            f"{visible_line(str(path))} is there already.", "Name another file, or give --force."
        )
    asked = CreateBundle(
        str(path), given["name"], given["subjects"], given["skills"], given["sources"]
    )
    made = _ask(invocation, asked)
    if given["key"]:
        made = _signed(invocation, path, Path(given["key"]).expanduser())
    return Answer(f"Written to {path}.", _plain(made), "\n".join(_lines(made, of="made")))


def _signed(invocation: Invocation, path: Path, key: Path) -> Bundle:
    """Sign where the person is: the host knows neither agent nor terminal."""
    from workbench.api.memory import CompareBundle
    from workbench.knowledge.bundles import packing
    from workbench.review.approval.signing import sign

    with packing.opened(path) as bundle:
        text = bundle.text.decode()
    packing.sign(path, sign(text, key))
    return _ask(invocation, CompareBundle(str(path)))


@command.command()
@click.argument("file")
@click.pass_obj
def verify(invocation: Invocation, file: str) -> Answer:
    """Check that the bundle FILE holds what its manifest says, and whose signature it has."""
    from workbench.knowledge.bundles import packing, taking
    from workbench.knowledge.bundles.signatures import signed

    with packing.opened(_path(file)) as bundle:
        bundle.check()
        taking.wares(bundle)
        who = signed(bundle.text, bundle.signature, invocation.workspace)
        manifest, digest = bundle.manifest, bundle.digest
    told = {
        "none": "It is not signed.",
        "good": f"It is signed by {who.told}.",
        "unknown": f"It is signed with {who.fingerprint}, a key that the policy does not name.",
    }[who.standing]
    fields = {
        "name": manifest.name,
        "digest": digest,
        "files": len(manifest.files),
        "signature": who.standing,
        "signer": who.told,
    }
    text = f"{manifest.name}: {len(manifest.files)} files are what the manifest says. {told}"
    return Answer(text, fields, visible_line(text))


@command.command()
@click.argument("file")
@click.pass_obj
def diff(invocation: Invocation, file: str) -> Answer:
    """Show what importing the bundle FILE would change; nothing is changed."""
    from workbench.api.memory import CompareBundle

    found = _ask(invocation, CompareBundle(str(_path(file))))
    new = sum(one.here in ("new", "conflict") for one in found.contents)
    told = f"{found.name}: {new} of {len(found.contents)} would be taken in."
    return Answer(told, _plain(found), "\n".join([*_lines(found, of="found"), told]))


@command.command("import")
@click.argument("file")
@click.option("--theirs", is_flag=True, help="Where both differ, make the bundle's current.")
@click.option("--signed", is_flag=True, help="Only if the policy knows whose signature it has.")
@click.pass_obj
def import_(invocation: Invocation, file: str, *, theirs: bool, signed: bool) -> Answer:
    """Take in what is new in the bundle FILE, after a look at all of it.

    The tests of skills run in the sandbox first; skills whose tests fail are left out. Where both
    differ both are kept. `workbench bundle undo` takes it back.
    """
    from workbench.api.memory import CompareBundle, ImportBundle
    from workbench.errors import ExitCode

    path = str(_path(file))
    looked = _ask(invocation, CompareBundle(path))
    if signed and looked.signature != "good":
        raise ApprovalNeeded(
            "Nobody whom the policy names has signed the bundle.",
            "The policy names approvers with their keys: docs/policy.md.",
        )
    terms = invocation.load_terms()
    taken = _ask(invocation, ImportBundle(path, terms, theirs, looked.digest))
    lines = [*map(_line, taken.brought), *map(visible_line, taken.refused), taken.sentence]
    code = ExitCode.FINDINGS if taken.refused else ExitCode.OK
    return Answer(taken.sentence, _plain(taken), "\n".join(lines), code)


@command.command()
@click.argument("name", required=False, default="")
@click.option("--reason", default="", help="Why; the journal keeps it.")
@click.pass_obj
def undo(invocation: Invocation, name: str, reason: str) -> Answer:
    """Take back the import NAME, or the last one; what was current before is so again."""
    from workbench.api.memory import UndoImport

    taken = _ask(invocation, UndoImport(name, reason))
    told = f"{taken.bundle}: {taken.sentence}"
    return Answer(told, _plain(taken), visible_line(told))


@command.command("list")
@click.pass_obj
def list_(invocation: Invocation) -> Answer:
    """List the imports, newest first."""
    from workbench.api.memory import ReadImports
    from workbench.commands.wording import moment

    found = _ask(invocation, ReadImports()).imports
    lines = [
        visible_line(
            f"{one.bundle}  {moment(one.time)}  {one.name}: {one.brought} taken in by {one.actor}"
            f"{', undone' if one.undone else ''}"
        )
        for one in found
    ]
    return Answer(f"Imports: {len(found)}.", {"imports": _plain(found)}, "\n".join(lines))


def _lines(bundle: Bundle, *, of: str) -> Iterator[str]:
    yield visible_line(f"{bundle.name}  {bundle.bytes:,} bytes  {bundle.digest}")
    if bundle.signature != "none":
        yield visible_line(f"signed: {bundle.signature}, {bundle.signer}")
    for one in bundle.contents:
        yield _line(one) if of == "found" else visible_line(f"{one.kind:<8} {one.name}")
    yield from map(visible_line, bundle.problems)


def _line(one: Packed) -> str:
    return visible_line(f"{one.kind:<8} {one.id:<24} {one.here:<10} {one.sentence}".rstrip())


def _path(file: str) -> Path:
    """Return a path as the host can use it, which lives in another folder."""
    return Path(file).expanduser().absolute()


def _ask(invocation: Invocation, command: Command[R]) -> R:
    from workbench.commands.calling import ask

    return ask(invocation, command, _MINUTES)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a view, and what JSON makes of it
    import msgspec

    return msgspec.to_builtins(value)
