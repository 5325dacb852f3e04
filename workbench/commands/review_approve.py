"""Approvals: given here, signed to be carried elsewhere, and taken in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.commands.proposals import named
from workbench.commands.review_show import allowed_lines
from workbench.commands.shared import Command, Invocation
from workbench.errors import ApprovalNeeded, StoreError, UsageError
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api.reviews import Allowed

_LARGEST = 2 * 1024 * 1024
_HINT = "Such a file is written by `workbench review approve NAME --sign KEY --to FILE`."


@click.command(cls=Command)
@click.argument("name")
@click.option("--sign", "key", metavar="KEY", help="Sign it with this SSH key of yours.")
@click.option("--to", "target", metavar="FILE", help="Write it to FILE instead of here.")
@click.pass_obj
def approve(invocation: Invocation, name: str, key: str | None, target: str | None) -> Answer:
    """Approve of exactly what is accepted of proposal NAME; it is not applied.

    KEY is a private key, or the public one of a key that your agent holds. With --to the statement
    and its signature are written to FILE, for `workbench review import` elsewhere; without --sign
    FILE holds the statement alone, and `ssh-keygen -Y sign -n workbench -f KEY FILE` signs it.
    """
    from workbench.api.commands import Approve, ReadAllowed
    from workbench.commands.calling import ask

    found = named(invocation, name).proposal.proposal
    statement = ask(invocation, ReadAllowed(found)).statement
    if not statement:
        raise ApprovalNeeded(
            f"Nothing of {found} is accepted yet.", f"`workbench review accept {found}` does so."
        )
    signature = _signed(statement, key) if key else ""
    if target:
        return _written(found, statement + signature, Path(target))
    return _told(found, ask(invocation, Approve(statement, signature)))


@click.command("import", cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.pass_obj
def import_(invocation: Invocation, files: tuple[str, ...]) -> Answer:
    """Take in signed approvals that were given elsewhere.

    Each counts only if it is of exactly what is accepted here, under the same policy. One of a
    whole proposal that nobody has decided about here accepts it.
    """
    import msgspec

    from workbench.api.commands import Approve
    from workbench.commands.calling import ask

    lines, rows = [], []
    for statement, signature in map(read_approval, map(Path, files)):
        answer = ask(invocation, Approve(statement, signature))
        proposal = statement.split("\n")[1].removeprefix("proposal ")
        rows.append({"proposal": proposal, **msgspec.to_builtins(answer)})
        lines += [f"{proposal}:", *allowed_lines(answer)]
    return Answer(f"Approvals taken in: {len(rows)}.", {"approvals": rows}, "\n".join(lines))


def read_approval(path: Path) -> tuple[str, str]:
    """Return statement and signature of a file, or of a file and the .sig beside it."""
    from workbench.review.approval.keys import BEGIN

    text = _text(path)
    statement, begin, rest = text.partition(BEGIN)
    if begin:
        return statement, begin + rest
    beside = path.with_name(f"{path.name}.sig")
    if not beside.exists():
        raise ApprovalNeeded(f"{visible_line(str(path))} holds no signature.", _HINT)
    return text, _text(beside)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        name = visible_line(str(path))
        raise UsageError(f"{name} cannot be read: {error.strerror}.", _HINT) from error
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if not text or len(data) > _LARGEST:
        raise ApprovalNeeded(f"{visible_line(str(path))} holds no approval.", _HINT)
    return text


def _signed(statement: str, key: str) -> str:
    from workbench.review.approval.signing import sign

    path = Path(key).expanduser()
    if not path.is_file():
        raise UsageError(
            f"There is no key {visible_line(key)}.", "Name a file such as ~/.ssh/id_ed25519."
        )
    return sign(statement, path)


def _written(proposal: str, text: str, target: Path) -> Answer:
    try:
        with target.open("x", encoding="ascii", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise StoreError(
            f"{visible_line(str(target))} cannot be written: {error.strerror}.",
            "Name a file that does not exist yet.",
        ) from error
    message = f"The approval of {proposal} was written to {target}; it is not recorded here."
    return Answer(message, {"proposal": proposal, "file": str(target)})


def _told(proposal: str, answer: Allowed) -> Answer:
    import msgspec

    fields = {"proposal": proposal, **msgspec.to_builtins(answer)}
    message = f"Your approval of {proposal} was recorded."
    return Answer(message, fields, "\n".join([message, *allowed_lines(answer)]))
