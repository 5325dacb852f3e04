"""`workbench trust`: a person lets a project's own settings widen what the workbench may do."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict

import click

from workbench import settings, trust
from workbench.commands.shared import Command, Invocation
from workbench.errors import ApprovalNeeded, UsageError
from workbench.output import Answer
from workbench.settings.layers import Document, Entries
from workbench.visible import visible_line
from workbench.workspace import Workspace


@click.command("trust", cls=Command)
@click.option("--yes", is_flag=True, help="Do not ask: you have read the settings.")
@click.option("--revoke", is_flag=True, help="Take the trust in this project back.")
@click.option("--list", "list_all", is_flag=True, help="Show which projects you trust.")
@click.pass_obj
def command(invocation: Invocation, yes: bool, revoke: bool, list_all: bool) -> Answer:
    """Let a project's own settings widen what the workbench may do.

    Trust holds for the project's workbench.toml, and for the keys of its workbench-policy.toml, as
    they are now: once one changes, it is asked for again.
    """
    if yes + revoke + list_all > 1:
        raise UsageError("--yes, --revoke and --list do not go together.", "Give one of them.")
    if list_all:
        return _list()
    if revoke:
        return _revoke(invocation.workspace)
    return _grant(invocation, yes=yes)


def _list() -> Answer:
    grants = trust.read_grants().values()
    rows = [asdict(one) for one in grants]
    lines = [f"{_day(one.since)}  {visible_line(one.project)}" for one in grants]
    message = f"Projects that you trust: {len(rows)}." if rows else "You trust no project."
    return Answer(message, {"projects": rows}, "\n".join(lines))


def _day(since: int) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(since))


def _revoke(workspace: Workspace) -> Answer:
    had = trust.revoke(workspace.project)
    message = f"{workspace.project} is {'no longer' if had else 'not'} trusted."
    return Answer(message, {"project": str(workspace.project), "revoked": had})


def _grant(invocation: Invocation, *, yes: bool) -> Answer:
    workspace = invocation.workspace
    document = settings.load_project_file(workspace)
    widening = tuple(entry for entry in document.entries if entry.widens)
    keys, policy = _keys(workspace)
    fields = {
        "project": str(workspace.project),
        "sha256": document.sha256,
        "grants": {entry.name: entry.value for entry in widening},
        "policy": policy,
        "keys": keys,
    }
    if not widening and not keys:
        return Answer(f"{workspace.project} sets nothing that needs trust.", fields)
    if _is_trusted(workspace, document.sha256 if widening else "", policy):
        return Answer(f"{workspace.project} is trusted already.", fields)
    invocation.output.note("\n".join([*_explained(document, widening), *_told(keys)]))
    if not yes:
        _ask(invocation)
    trust.grant(workspace.project, document.sha256, policy)
    return Answer(
        f"{workspace.project} is trusted as long as its settings stay as they are.", fields
    )


def _keys(workspace: Workspace) -> tuple[list[str], str]:
    """Return the keys of the project's approval policy, with who has them, and its digest."""
    from workbench.review.approval.reading import in_force

    found = in_force(workspace)
    people = found.policy.approvers.items()
    keys = [f"{name} {key.public.fingerprint}" for name, who in people for key in who.keys]
    return keys, found.sha256 if keys else ""


def _is_trusted(workspace: Workspace, sha256: str, policy: str) -> bool:
    project = workspace.project
    has_settings = not sha256 or trust.covers(project, sha256)
    return has_settings and (not policy or trust.covers_policy(project, policy))


def _explained(document: Document, widening: Entries) -> Iterator[str]:
    """Show to the letter what would be granted."""
    if widening:
        yield f"{document.path} wants to set what widens what workbench may do:"
    for entry in widening:
        value = json.dumps(entry.value, ensure_ascii=False)
        yield f"  line {entry.origin.line}: {visible_line(f'{entry.name} = {value}')}"


def _told(keys: list[str]) -> Iterator[str]:
    if keys:
        yield "Signatures with these keys of workbench-policy.toml would count as approvals:"
    yield from (f"  {one}" for one in keys)


def _ask(invocation: Invocation) -> None:
    """Ask a person; there must be one, and silence is no."""
    if invocation.output.as_json or not os.isatty(0):
        raise ApprovalNeeded(
            "Nobody is there to ask.", "Read the settings above, then run `workbench trust --yes`."
        )
    click.echo("Trust them? [y/N] ", nl=False, err=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ApprovalNeeded("Nothing was trusted.", "The project works without these settings.")
