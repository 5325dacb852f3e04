"""`workbench ask`: a question or a task, with the answer as it comes."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Command, Invocation
from workbench.errors import UsageError
from workbench.output import Answer

if TYPE_CHECKING:
    from workbench.api.chats import Message, Said
    from workbench.api.chatting import Say
    from workbench.api.client import Client
    from workbench.api.commands import Terms

_LARGEST = 200_000


@click.command("ask", cls=Command)
@click.argument("words", nargs=-1, metavar="TEXT...")
@click.option("--role", default="main", show_default=True, help="Who answers: main, heavy, fast.")
@click.option("--domain", multiple=True, metavar="NAME", help="Where to look for passages.")
@click.option("--conversation", default="", metavar="ID", help="Go on with it; `last` is one too.")
@click.option("--task", is_flag=True, help="Have it done, whatever it sounds like.")
@click.option("--question", is_flag=True, help="Have it answered, whatever it sounds like.")
@click.option("--yes", is_flag=True, help="Go on with a task's plan without asking.")
@click.option(
    "--most",
    type=click.IntRange(1, 32_768),
    default=1024,
    show_default=True,
    help="How many tokens the answer may have.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), help="What chance is drawn from; kept either way."
)
@click.option(
    "--temperature", type=click.FloatRange(0, 2), help="How much chance there is; 0 is none."
)
@click.pass_obj
def command(
    invocation: Invocation,
    *,
    words: tuple[str, ...],
    role: str,
    domain: tuple[str, ...],
    conversation: str,
    task: bool,
    question: bool,
    yes: bool,
    most: int,
    seed: int | None,
    temperature: float | None,
) -> Answer:
    """Ask about the project, or have something done in it.

    What stands behind an @ is attached: @file, @folder, @file:10-20. A `-` reads the text from
    stdin. The answer goes to stdout as it comes; passages are cited by number and listed below it.
    With no language model the passages that were found are the answer. Interrupting stops it, and
    what there is of it is kept.
    """
    from workbench.api.chatting import Say
    from workbench.api.commands import Terms
    from workbench.commands.listening import attached

    if task and question:
        raise UsageError("It is either a task or a question.", "Leave one of them out.")
    terms = Terms.of(invocation.load_settings().sandbox, os.environ)
    say = Say(
        _text(words),
        terms,
        conversation=conversation,
        role=role,
        kind="task" if task else "question" if question else "auto",
        most=most,
        seed=seed,
        temperature=temperature,
        domains=domain,
    )
    return attached(invocation, lambda client: _ask(client, invocation, say, go_on=yes))


def _text(words: tuple[str, ...]) -> str:
    """Return what was typed, or what stdin has for a `-`."""
    if words != ("-",):  # What is no UTF-8 arrives as halves of characters, which no wire takes.
        return os.fsencode(" ".join(words)).decode("utf-8", errors="replace")
    data = sys.stdin.buffer.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise UsageError(
            f"Stdin has more than {_LARGEST:,} bytes.",
            "Write it into a file of the project and attach what matters: @file:10-80.",
        )
    return data.decode("utf-8", errors="replace")


async def _ask(client: Client, invocation: Invocation, say: Say, *, go_on: bool) -> Answer:
    from workbench.commands.listening import answered, listen

    said = await client.call(say)
    if said.note:
        invocation.output.note(said.note)
    message = await listen(client, said, invocation.output)
    if message.state == "waiting":
        message = await carry_on(client, invocation, said, message, say.terms, sure=go_on)
    answer = answered(said, message, invocation.output)
    if not invocation.output.as_json and message.state == "waiting":
        invocation.output.note(f"`workbench chat go-on {said.answer}` goes on with this plan.")
    return answer


async def carry_on(
    client: Client,
    invocation: Invocation,
    said: Said,
    message: Message,
    terms: Terms,
    *,
    sure: bool,
) -> Message:
    """Go on with a plan as often as it waits, if somebody says so."""
    from workbench.api.chatting import GoOn
    from workbench.commands.listening import listen

    while message.state == "waiting" and (sure or _agreed(invocation, message)):
        await client.call(GoOn(said.answer, terms))
        message = await listen(client, said, invocation.output, len(message.text))
    return message


def _agreed(invocation: Invocation, message: Message) -> bool:
    """Show a plan to whoever sits at a terminal, and ask."""
    from workbench.commands.listening import below

    if invocation.output.as_json or not (sys.stdin and sys.stdin.isatty()):
        return False
    click.echo("\n".join(["", *below(message)]), err=True)
    return click.confirm("Go on with this plan?", err=True)
