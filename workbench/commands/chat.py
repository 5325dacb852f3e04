"""`workbench chat`: the conversations of a project."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import StoreError, UsageError
from workbench.output import Answer
from workbench.visible import visible, visible_line

if TYPE_CHECKING:
    from workbench.api import chats
    from workbench.api.client import Client

_MOST = 10_000
_AUTHORS = {"person": "You", "assistant": "Answer", "tool": "Output", "summary": "Summary"}


@click.group("chat", cls=Group)
def command() -> None:
    """List conversations, show, name, fork, search and export them.

    ID is a conversation's, of which the first letters are enough; `last` is the one that changed
    last.
    """


@command.command("list")
@click.option("-n", "--number", type=click.IntRange(1, _MOST), default=100, show_default=True)
@click.pass_obj
def list_(invocation: Invocation, number: int) -> Answer:
    """List conversations, the newest change first."""
    return _listed(invocation, "", number)


@command.command()
@click.argument("words", nargs=-1, required=True, metavar="TEXT...")
@click.option("-n", "--number", type=click.IntRange(1, _MOST), default=100, show_default=True)
@click.pass_obj
def search(invocation: Invocation, words: tuple[str, ...], number: int) -> Answer:
    """List the conversations in which TEXT occurs, with a line of it."""
    return _listed(invocation, " ".join(words), number)


@command.command()
@click.argument("conversation", metavar="ID", default="last")
@click.option("--head", default="", metavar="MESSAGE", help="Up to this message.")
@click.pass_obj
def show(invocation: Invocation, conversation: str, head: str) -> Answer:
    """Show what was said in the conversation ID."""
    import msgspec

    from workbench.api.chatting import ReadTalk
    from workbench.commands.calling import ask

    talk = ask(invocation, ReadTalk(conversation, head))
    text = "\n\n".join(_message(one) for one in talk.messages)
    told = f"Conversation {talk.conversation.id}: {len(talk.messages)} messages."
    return Answer(told, msgspec.to_builtins(talk), text)


@command.command()
@click.argument("conversation", metavar="ID", default="last")
@click.option(
    "--form", type=click.Choice(["markdown", "json"]), default="markdown", show_default=True
)
@click.option("-o", "--output", "path", type=click.Path(), default="", help="A new file for it.")
@click.pass_obj
def export(invocation: Invocation, conversation: str, form: str, path: str) -> Answer:
    """Print the conversation ID as Markdown or JSON, or write it into a new file."""
    from workbench.api.chatting import ExportConversation
    from workbench.commands.calling import ask

    exported = ask(invocation, ExportConversation(conversation, form))
    if path:
        _write(Path(path), exported.text)
        return Answer(f"Written to {path}.", {"path": path})
    if invocation.output.as_json:
        return Answer("", {"text": exported.text, "name": exported.name})
    invocation.output.piece(exported.text)
    return Answer()


@command.command()
@click.argument("conversation", metavar="ID")
@click.argument("words", nargs=-1, required=True, metavar="NAME...")
@click.pass_obj
def name(invocation: Invocation, conversation: str, words: tuple[str, ...]) -> Answer:
    """Name the conversation ID."""
    import msgspec

    from workbench.api.chatting import NameConversation
    from workbench.commands.calling import ask

    found = ask(invocation, NameConversation(conversation, " ".join(words)))
    return Answer(f"It is called {found.name}.", msgspec.to_builtins(found))


@command.command()
@click.argument("conversation", metavar="ID")
@click.argument("message", required=False, default="")
@click.option("--name", default="", help="What it is called.")
@click.pass_obj
def fork(invocation: Invocation, conversation: str, message: str, name: str) -> Answer:
    """Begin a conversation that has all of the conversation ID, or all up to MESSAGE."""
    import msgspec

    from workbench.commands.listening import attached

    found = attached(invocation, lambda client: _fork(client, conversation, message, name))
    return Answer(f"Conversation {found.id} begins there.", msgspec.to_builtins(found))


@command.command()
@click.argument("conversation", metavar="ID", default="last")
@click.option("--undo", is_flag=True, help="Let what the summary stands for count again.")
@click.option("--role", default="main", show_default=True, help="Who sums up.")
@click.pass_obj
def compact(invocation: Invocation, conversation: str, role: str, *, undo: bool) -> Answer:
    """Have the conversation ID summed up; the summary stands for it in prompts from then on."""
    from workbench.commands.listening import attached

    return attached(
        invocation, lambda client: _compact(client, invocation, conversation, role, undo=undo)
    )


@command.command("go-on")
@click.argument("task", metavar="TASK")
@click.pass_obj
def go_on(invocation: Invocation, task: str) -> Answer:
    """Go on with a task that waits for you, was stopped, or whose host died; TASK is its answer."""
    from workbench.commands.listening import attached

    return attached(invocation, lambda client: _go_on(client, invocation, task))


@command.command()
@click.argument("answer", metavar="ANSWER")
@click.pass_obj
def stop(invocation: Invocation, answer: str) -> Answer:
    """Stop an answer or a task, whoever asked for it; what there is of it is kept."""
    import msgspec

    from workbench.api.chatting import StopAnswer
    from workbench.commands.calling import ask

    said = ask(invocation, StopAnswer(answer))
    return Answer(f"{said.answer} has ended.", msgspec.to_builtins(said))


def _listed(invocation: Invocation, text: str, number: int) -> Answer:
    import msgspec

    from workbench.api.chatting import ReadConversations
    from workbench.commands.calling import ask

    found = ask(invocation, ReadConversations(text, number)).conversations
    lines = "\n".join(map(_line, found))
    count = f"Conversations: {len(found)}."
    return Answer(count, {"conversations": msgspec.to_builtins(found)}, lines)


def _line(one: chats.Conversation) -> str:
    told = one.name or one.first
    found = f"  … {one.found}" if one.found else ""
    running = "  (being answered)" if one.running else ""
    head = f"{one.id}  {_moment(one.changed)}  {one.messages:>4}"
    return f"{head}  {visible_line(told + found)}{running}"


def _message(one: chats.Message) -> str:
    from workbench.commands.listening import below

    twins = f" ({one.twin} of {one.twins})" if one.twins > 1 else ""
    state = "" if one.state == "whole" else f", {one.state}"
    lines = [f"{_AUTHORS.get(one.author, one.author)} {one.id}{twins}, {_moment(one.time)}{state}"]
    lines += [f"  @{visible_line(_place(file))}" for file in one.attached]
    lines += [visible(one.text)] if one.text else []
    lines += [visible(told) for told in (one.problem, one.note) if told]
    return "\n".join([*lines, *below(one)])


def _place(file: chats.Attached) -> str:
    return f"{file.path}:{file.first}-{file.last}" if file.first else file.path


def _moment(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6).astimezone().isoformat(" ", "minutes")


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"There is a {path} already.", "Name a new file.") from error
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.") from error


async def _fork(client: Client, conversation: str, message: str, name: str) -> chats.Conversation:
    from workbench.api.chatting import ForkConversation, ReadTalk

    if not message:
        message = (await client.call(ReadTalk(conversation))).conversation.head
    return await client.call(ForkConversation(conversation, message, name))


async def _compact(
    client: Client, invocation: Invocation, conversation: str, role: str, *, undo: bool
) -> Answer:
    from workbench.api.chatting import CompactConversation, UndoCompaction
    from workbench.commands.listening import answered, listen

    if undo:
        talk = await client.call(UndoCompaction(conversation))
        return Answer("All of it counts again.", {"conversation": talk.conversation.id})
    said = await client.call(CompactConversation(conversation, role))
    return answered(said, await listen(client, said, invocation.output), invocation.output)


async def _go_on(client: Client, invocation: Invocation, task: str) -> Answer:
    from workbench.api.chatting import GoOn, NextPieces
    from workbench.commands.listening import answered, listen

    terms = invocation.load_terms()
    said = await client.call(GoOn(task, terms))
    known = await client.call(NextPieces(said.answer, 0, 0))
    message = await listen(client, said, invocation.output, known.length)
    return answered(said, message, invocation.output)
