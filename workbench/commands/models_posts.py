"""`workbench models status` and its kin: models at work in the process that owns the workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Command, Invocation
from workbench.errors import UsageError
from workbench.output import Answer
from workbench.visible import visible_line

if TYPE_CHECKING:
    from workbench.api.models import Post, Posts, Waiting

_AUTO = "auto"
_PATIENCE = 60.0
_ROLES = click.Choice(["main", "heavy", "fast", "embed"])


@click.command(cls=Command)
@click.pass_obj
def status(invocation: Invocation) -> Answer:
    """Show who serves each role now, how they stand, and what waits for them."""
    from workbench.api.models import ReadPosts
    from workbench.commands.calling import ask

    return _told(ask(invocation, ReadPosts(), _PATIENCE))


@click.command(cls=Command)
@click.argument("role", type=_ROLES)
@click.argument("name")
@click.pass_obj
def assign(invocation: Invocation, role: str, name: str) -> Answer:
    """Let a model or a server serve ROLE; `auto` leaves the choice to the workbench again.

    The first letters of a name are enough. Servers are named in the settings, under
    `models.servers`. It holds for all your projects.
    """
    from workbench.api.models import AssignRole, ReadPosts
    from workbench.commands.calling import ask

    names = ask(invocation, ReadPosts(), _PATIENCE).candidates[role]
    wanted = "" if name == _AUTO else _found(name, names)
    return _told(ask(invocation, AssignRole(role, wanted), _PATIENCE), role)


@click.command(cls=Command)
@click.argument("name")
@click.pass_obj
def reset(invocation: Invocation, name: str) -> Answer:
    """Try a model or a server again that failed and was left alone since."""
    from workbench.api.models import ReadPosts, ResetModel
    from workbench.commands.calling import ask

    candidates = ask(invocation, ReadPosts(), _PATIENCE).candidates
    names = tuple(dict.fromkeys(one for some in candidates.values() for one in some))
    return _told(ask(invocation, ResetModel(_found(name, names)), _PATIENCE))


@click.command(cls=Command)
@click.pass_obj
def queue(invocation: Invocation) -> Answer:
    """List what is asked of models at this moment, and who asked."""
    from workbench.api.models import ReadPosts
    from workbench.commands.calling import ask

    waiting = _waiting(ask(invocation, ReadPosts(), _PATIENCE))
    rows = [f"{visible_line(name):<16} {_entry(one)}" for name, one in waiting]
    fields = {"queue": [{"model": name, **_entry_fields(one)} for name, one in waiting]}
    return Answer(f"Requests: {len(waiting)}.", fields, "\n".join(rows))


@click.command(cls=Command)
@click.argument("id_", metavar="ID")
@click.pass_obj
def cancel(invocation: Invocation, id_: str) -> Answer:
    """End a request that runs or waits, whoever made it; `queue` shows their ids."""
    from workbench.api.models import CancelErrand
    from workbench.commands.calling import ask

    ask(invocation, CancelErrand(id_), _PATIENCE)
    return Answer(f"{visible_line(id_)} is ended.", {"id": id_})


COMMANDS = (status, assign, reset, queue, cancel)


def _found(word: str, names: Sequence[str]) -> str:
    """Return the name that a word means, of which the first letters are enough."""
    low = word.lower()
    matching = [one for one in names if one == word] or [
        one for one in names if low and one.lower().startswith(low)
    ]
    if len(matching) == 1:
        return matching[0]
    told = ", ".join(map(visible_line, matching or names))
    hint = (
        f"There are: {told}."
        if told
        else "`workbench models add` or `pull` brings a model; `models.servers` names servers."
    )
    raise UsageError(f"{visible_line(word)} names {len(matching)} models or servers.", hint)


def _told(posts: Posts, role: str = "") -> Answer:
    shown = [post for post in (*posts.posts, *posts.beside) if role in ("", post.role)]
    fields = {
        "posts": [_post_fields(post) for post in shown],
        "candidates": {name: list(some) for name, some in posts.candidates.items()},
    }
    serving = sum(bool(post.role and (post.model or post.meanwhile)) for post in shown)
    message = f"{role}: {shown[0].why}" if role else f"Roles that are served: {serving}."
    return Answer(message, fields, "\n".join(line for post in shown for line in _lines(post)))


def _lines(post: Post) -> Iterator[str]:
    name = visible_line(post.model) or "nobody"
    room = f"{post.context:,} tokens" if post.context else ""
    place = visible_line(post.place)
    yield f"{post.role or 'beside':<6} {name:<28} {post.condition:<8} {room:<14} {place}".rstrip()
    yield f"       {visible_line(post.why)}"
    if post.problem:
        often = "once" if post.failures == 1 else f"{post.failures} times, last"
        yield f"       Failed {often}: {visible_line(post.problem)}"
    for one in post.queue:
        yield f"       {_entry(one)}"


def _entry(one: Waiting) -> str:
    whose = "a person" if one.urgent else "background"
    about = f"{visible_line(one.what)} ({visible_line(one.actor) or 'the workbench'}, {whose})"
    return f"{one.id:<5} {one.state:<8} {one.seconds:6.1f} s  {about}"


def _waiting(posts: Posts) -> list[tuple[str, Waiting]]:
    """Return all requests once: roles that have one model share its queue."""
    every = (*posts.posts, *posts.beside)
    found = {one.id: (post.model, one) for post in every for one in post.queue}
    return list(found.values())


def _post_fields(post: Post) -> dict[str, object]:
    from msgspec.structs import asdict

    return asdict(post) | {"queue": [_entry_fields(one) for one in post.queue]}


def _entry_fields(one: Waiting) -> dict[str, object]:
    from msgspec.structs import asdict

    return asdict(one)
