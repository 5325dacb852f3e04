"""`workbench` itself: which commands there are, and what a word that is none of them means."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, NoReturn

import click

from workbench import __version__
from workbench.commands.shared import Done, Group, Invocation
from workbench.output import Answer
from workbench.visible import visible_line

__all__ = ["COMMANDS", "Done", "complete", "workbench"]

COMMANDS = {
    "ask": "Ask about the project, or have something done; the answer streams.",
    "chat": "List, show, search, fork and export conversations.",
    "heal": "Find out why tests fail, and search for repairs that hold.",
    "watch": "Follow the project: test what changes, heal what turns red.",
    "run": "Run a program of yours, and keep how it crashes.",
    "failures": "List and show what was seen to fail.",
    "proposals": "List, show and export the repairs that hold.",
    "review": "Accept or reject them, and apply what is accepted.",
    "undo": "Take back what was written into the project, byte for byte.",
    "redo": "Do again what was taken back.",
    "batch": "Carry out a plan without a person: for CI and hooks.",
    "replay": "Make an answer again from its receipt.",
    "demo": "Try all of it on a small project with a planted bug.",
    "audit": "Show and check who decided, approved of and wrote what.",
    "host": "Start, stop and look at the process that owns a workspace.",
    "config": "Show the settings, where each comes from, and edit them.",
    "models": "Show the local models and their roles; add and fetch more.",
    "knowledge": "Read folders, files and packages, and find passages in them.",
    "subjects": "Show what is known of technologies, version by version, and how things relate.",
    "memory": "Show what is remembered, forget it, and decide what a consolidation proposes.",
    "bundle": "Pack subjects, sources and skills into one signed file; check and import one.",
    "trust": "Let a project's own settings widen what the workbench may do.",
    "sandbox": "Show where tests and repairs run, and run something there.",
    "journal": "Read, check, export and import the record of what happened.",
    "doctor": "Check that everything works here, and say how to mend what does not.",
    "about": "Show the version, the licence and where things are.",
    "completion": "Print what makes a shell complete commands.",
}
"""Each command, its module's name, and a sentence, so that --help imports none of them."""

_VARIABLE = "_WORKBENCH_COMPLETE"
_BATCH = "--batch"


class Root(Group):
    """The commands of the table; any other word is a project folder to open."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Read `--batch PLAN` as `batch PLAN`, whatever stands around it."""
        return super().parse_args(context, _with_batch(args))

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(f"workbench.commands.{name}").command
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in COMMANDS:
            return super().resolve_command(context, args)
        if not os.path.isdir(os.path.expanduser(args[0])):  # noqa: PTH111, PTH112 - pathlib costs 5 ms
            _fail_on(context, args[0])
        return "open", import_module("workbench.commands.open").command, args

    def shell_complete(
        self, context: click.Context, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        folders = click.shell_completion.CompletionItem(incomplete, type="dir")
        return [*super().shell_complete(context, incomplete), folders]


def _with_batch(args: list[str]) -> list[str]:
    for at, word in enumerate(args):
        name, equals, plan = word.partition("=")
        if word == "--" or word in COMMANDS:
            break
        if name == _BATCH:
            return ["batch", *args[:at], *([plan] if equals else []), *args[at + 1 :]]
    return args


def _fail_on(context: click.Context, word: str) -> NoReturn:
    from difflib import get_close_matches

    near = "".join(get_close_matches(word, COMMANDS, 1))
    suggestion = f"; did you mean {near}?" if near else "."
    context.fail(f"There is no command and no folder {visible_line(word)}{suggestion}")


def _show_version(_context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        text = f"workbench {__version__}"
        raise Done(Answer(text, {"version": __version__}))


@click.group(cls=Root, invoke_without_command=True, subcommand_metavar="[PROJECT | COMMAND ...]")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version.",
)
@click.option(_BATCH, metavar="PLAN", expose_value=False, help="Short for: batch PLAN.")
@click.pass_context
def workbench(context: click.Context) -> Answer | None:
    """Open the workbench on PROJECT, or on the project around the current folder.

    A folder that is called like a command is opened as ./NAME.
    """
    if context.invoked_subcommand is not None:
        return None
    from workbench.commands.open import open_interface

    return open_interface(context.ensure_object(Invocation))


def complete() -> None:
    """Answer the shell, which asks by a variable what could follow, and end."""
    if asked := os.environ.get(_VARIABLE):
        from click.shell_completion import shell_complete

        raise SystemExit(shell_complete(workbench, {}, "workbench", _VARIABLE, asked))


def completion_script(shell: str) -> str:
    """Return what `shell` runs to complete our commands."""
    from click.shell_completion import get_completion_class

    kind: Any = get_completion_class(shell)
    script: str = kind(workbench, {}, "workbench", _VARIABLE).source()
    return script
