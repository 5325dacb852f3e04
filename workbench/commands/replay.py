"""`workbench replay`: an answer made again from its receipt."""

from __future__ import annotations

import click

from workbench.commands.shared import Command, Invocation
from workbench.errors import ExitCode
from workbench.output import Answer
from workbench.visible import visible


@click.command("replay", cls=Command)
@click.argument("answer", metavar="ID")
@click.pass_obj
def command(invocation: Invocation, *, answer: str) -> Answer:
    """Make the answer ID again: the same prompt, model, seed and parameters.

    It ends with 1 where another text comes out; what is not as it was is told. The journal keeps
    the answer as it was. Tasks are not made again: their tools worked on the project as it was.
    """
    import msgspec

    from workbench.api.chatting import Replay
    from workbench.commands.calling import ask

    found = ask(invocation, Replay(answer))
    told = "It is the same." if found.same else "It is not the same."
    text = "\n".join([visible(found.text), "", told, *map(visible, found.differs)])
    code = ExitCode.OK if found.same else ExitCode.FINDINGS
    return Answer(told, msgspec.to_builtins(found), text, code)
