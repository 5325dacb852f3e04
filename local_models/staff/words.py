"""What the staff says where it cannot do what it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from local_models.registry import Choice, Role
from local_models.registry.roles import NO_MODEL
from local_models.staff.speaking import Post
from workbench.errors import ModelError, UsageError, WorkbenchError
from workbench.visible import visible_line

GET_ONE = (
    "`workbench models add FILE` takes a model from a disk, `workbench models pull NAME` fetches"
    " one; or name a server in your settings, under `models.servers`."
)
GET_EMBEDDER = (
    "`workbench models install-default` brings the built-in embedder;"
    " `workbench models assign embed NAME` takes a server that embeds."
)


BESIDE = "It is at work beside those that serve a role by choice."


def role_of(role: str) -> Role:
    """Read the name of a role."""
    try:
        return Role(role)
    except ValueError:
        roles = ", ".join(Role)
        raise UsageError(f"There is no role {visible_line(role)}.", f"One of {roles} is.") from None


def speaking(role: str) -> Role:
    """Read the name of a role that speaks."""
    found = role_of(role)
    if found is Role.EMBED:
        raise UsageError("Who embeds texts does not speak.", "Ask main, heavy or fast.")
    return found


def asked_for(name: str) -> str:
    return f"{visible_line(name)} was asked for."


def server_asked_for(name: str) -> str:
    return f"The server {visible_line(name)} was asked for."


def cut(texts: int) -> str:
    """Say that a server could not read all of some texts."""
    were = "text was" if texts == 1 else "texts were"
    return f"{texts:,} {were} too long for it: only the beginning counts."


def nobody(choice: Choice, problems: Sequence[WorkbenchError]) -> ModelError:
    """Say why nobody speaks in a role; how to get a model stands in the hint alone."""
    if not problems:
        none = choice.why.startswith(NO_MODEL)
        return ModelError(f"{NO_MODEL}." if none else choice.why, GET_ONE)
    told = " ".join(dict.fromkeys(one.sentence for one in problems))
    return ModelError(told, problems[0].hint)


def unknown(name: str) -> UsageError:
    return UsageError(
        f"There is no model and no server {visible_line(name)}.",
        "`workbench models status` names those that there are.",
    )


def embeds(name: str) -> ModelError:
    return ModelError(
        f"{visible_line(name)} generates no text.", "Take another: this one embeds texts."
    )


def unsuited(role: Role, name: str, suited: Sequence[str]) -> UsageError:
    names = ", ".join(map(visible_line, suited))
    hint = f"These can: {names}." if names else GET_ONE
    return UsageError(f"{visible_line(name)} cannot serve as {role}.", hint)


def no_request(request: str) -> UsageError:
    return UsageError(
        f"No request is called {visible_line(request)}; it may have ended.",
        "`workbench models queue` lists those that there are.",
    )


def standing_in(post: Post, name: str) -> Post:
    """Name who serves as long as the one of a post cannot."""
    return replace(post, why=f"{post.why} {visible_line(name)} serves meanwhile.", meanwhile=name)
