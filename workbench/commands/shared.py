"""What all commands share: the options that any of them takes, and what they say of a call."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from workbench.errors import StoreError
from workbench.output import Answer, Output

if TYPE_CHECKING:
    from workbench.api.commands import Terms
    from workbench.settings import Settings
    from workbench.workspace import Workspace


class Invocation:
    """One call of the command line: where it is for, with which settings, and its output."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.project = ""
        self.flags: tuple[str, ...] = ()

    def take(self, option: str, value: Any) -> None:  # noqa: ANN401 - click's
        """Note a shared option, wherever on the line it stands."""
        if option == "project":
            self.project = value or self.project
        elif value:
            self._take_flags([f"interface.theme={value}"] if option == "theme" else value)

    def _take_flags(self, flags: Iterable[str]) -> None:
        """Look at them at once: not every command loads the settings."""
        from workbench.settings.layers import read_flags

        self.flags += tuple(flags)
        read_flags(self.flags)

    @property
    def workspace(self) -> Workspace:
        """The workspace that was named, or the one around the current folder."""
        from pathlib import Path

        from workbench.workspace import find_workspace, name_workspace

        if self.project:
            return name_workspace(Path(self.project))
        try:
            return find_workspace(Path.cwd())
        except FileNotFoundError as error:
            raise StoreError("The current folder is gone.", "Change to one that exists.") from error

    def load_settings(self) -> Settings:
        """Return the settings that hold, and say what the project may not set yet."""
        from workbench import settings

        loaded = settings.load(self.workspace, self.flags, os.environ)
        if loaded.withheld:
            names = ", ".join(entry.name for entry in loaded.withheld)
            self.output.note(f"Not in force before `workbench trust`: {names} of this project.")
        return loaded

    def load_terms(self) -> Terms:
        """Return what the settings want of the sandbox."""
        from workbench.api.commands import Terms

        return Terms.of(self.load_settings().sandbox, os.environ)


class Done(Exception):
    """No error: an option such as --help has answered already."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


@cache
def shared_options() -> tuple[click.Parameter, ...]:
    """Return the options that stand before or after a command, the same ones of all commands."""
    return (
        click.Option(
            ["-C", "--project"],
            metavar="FOLDER",
            help="The project, when it is not the one around the current folder.",
            **_TAKEN,
        ),
        click.Option(
            ["--set"],
            multiple=True,
            metavar="KEY=VALUE",
            help="Set one setting for this call, such as host.idle_seconds=60.",
            **_TAKEN,
        ),
        click.Option(
            ["--theme"], metavar="NAME", help="Short for --set interface.theme=NAME.", **_TAKEN
        ),
        click.Option(
            ["--json"], is_flag=True, expose_value=False, help="Answer with one JSON object."
        ),
    )


def _take(context: click.Context, option: click.Parameter, value: Any) -> None:  # noqa: ANN401 - click's
    invocation = context.find_object(Invocation)
    if invocation:
        invocation.take(option.name or "", value)


_TAKEN: dict[str, Any] = {"expose_value": False, "callback": _take}


class Command(click.Command):
    """A command that takes the shared options and answers `--help` like everything else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*args, **kwargs)
        self.params.extend(shared_options())

    def get_help_option(self, _context: click.Context) -> click.Option:
        return help_option()


class Group(click.Group):
    """A command of commands."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*args, **{"no_args_is_help": False, **kwargs})
        self.params.extend(shared_options())

    def get_help_option(self, _context: click.Context) -> click.Option:
        return help_option()


@cache
def help_option() -> click.Option:
    """Return `--help` as an option whose text goes the way of every answer."""
    return click.Option(
        ["-h", "--help"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_help,
        help="Show this.",
    )


def _show_help(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        text = context.get_help()
        raise Done(Answer(fields={"help": text}, text=text))
