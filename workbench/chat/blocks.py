"""Code blocks of a message, and how one is run: in the sandbox, over a snapshot of the project."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.api.caller import Caller
from workbench.api.commands import RunInSandbox, Script, Snippet, Terms
from workbench.api.views import JobResult
from workbench.chat.guard import redact
from workbench.chat.running import Around, Outcome, Running
from workbench.errors import SandboxError, UsageError
from workbench.visible import visible_line

_PYTHON = frozenset(("", "py", "python", "python3", "pycon"))
_SHELL = frozenset(("sh", "bash", "shell", "console", "zsh"))


@dataclass(frozen=True)
class Block:
    """A block of code in a message."""

    language: str
    text: str


def blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of code of a text in Markdown, as faces count them."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("reference")
    return tuple(
        Block(token.info.strip().split(" ")[0].casefold(), token.content)
        for token in parser.parse(text)
        if token.type in ("fence", "code_block")
    )


def work_of(block: Block) -> Script | Snippet:
    """Return what is run for a block: Python, or a shell's script."""
    if not block.text.strip():
        raise UsageError("This block is empty.", "Choose another.")
    if block.language in _PYTHON:
        return Snippet(_typed(block.text, (">>> ", "... ")), "block.py")
    if block.language in _SHELL:
        return Script(("sh", "-e", "-c", _typed(block.text, ("$ ",))))
    raise UsageError(
        f"A block of {visible_line(block.language)} cannot be run here.",
        "Python and shell can; copy the others.",
    )


def _typed(text: str, prompts: tuple[str, ...]) -> str:
    """Return what was typed where a block shows a session, else all of it."""
    lines = text.splitlines(keepends=True)
    if not lines or not lines[0].startswith(prompts[0]):
        return text
    marks = tuple(one.rstrip() for one in prompts)
    typed = (line for line in lines if line.startswith(prompts) or line.strip() in marks)
    return "".join(
        line[len(prompts[0]) :] if len(line) > len(prompts[0]) else "\n" for line in typed
    )


async def run(
    running: Running, around: Around, work: Script | Snippet, terms: Terms, caller: Caller
) -> Outcome:
    """Run a block, and say what it printed and how it ended."""
    running.at("running in the sandbox")
    sandbox = await around.sandbox()
    result = await sandbox.run(RunInSandbox(work, terms), around.asker(caller))
    running.at("")
    ran = result.ran
    running.say(redact(told(result)))
    running.note = f"{ran.status} in {ran.wall:.1f} s, in a box of {ran.engine or 'nothing'}"
    if ran.status == "refused":
        raise SandboxError(ran.reason)
    return "whole"


def told(result: JobResult) -> str:
    """Return what a job printed, and below it how it ended where that is worth a word."""
    ran, output = result.ran, result.output
    left = output.total - len(output.head.encode()) - len(output.tail.encode())
    cut = f"\n[… {left:,} bytes more …]\n" if output.tail and left > 0 else ""
    printed = f"{output.head}{cut}{output.tail}".rstrip("\n")
    ended = ran.reason
    if not ended and ran.exit:
        ended = f"exit {ran.exit}"
    lines = (printed, f"[{ended}]" if ended and ran.status != "refused" else "")
    return "\n".join(filter(None, lines)) or "[nothing was printed]"
