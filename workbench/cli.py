"""The command line's outer edge: call, print, and turn every error into a sentence and a code."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from workbench.errors import Defect, ExitCode, Interrupted, Terminated, UsageError, WorkbenchError
from workbench.output import Answer, Output, ReaderLeft

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from click import ClickException, Context

_LARGEST_LOG = 1024 * 1024
_OBJECTS = 50_000
"""So many may come before garbage is looked for: imports make many, and none of it."""


class _Ended(SystemExit):
    """SIGTERM came; asyncio lets nothing but this kind of exception through."""


def main() -> NoReturn:
    """Run the command line of this process, and end at once: to take modules apart is no use."""
    gc.set_threshold(_OBJECTS)
    code = run(sys.argv[1:])
    for stream in filter(None, (sys.stdout, sys.stderr)):
        with contextlib.suppress(OSError, ValueError):  # Its reader left, or it was closed.
            stream.flush()
    os._exit(code)


def run(args: list[str]) -> ExitCode:
    """Run one command line and return the exit code; all that it says has been written."""
    signal.signal(signal.SIGTERM, _end)
    output = Output(os.environ, as_json=_wants_json(args))
    try:
        return _answer(args, output)
    except ReaderLeft:
        return ExitCode.OK
    except WorkbenchError as error:
        told = error
    except KeyboardInterrupt:
        told = Interrupted("Interrupted.")
    except _Ended:
        told = Terminated("Ended from outside.")
    except Exception as error:  # noqa: BLE001 - no traceback reaches a user
        told = _defect(error)
    output.error(told)
    return told.exit_code


def _answer(args: list[str], output: Output) -> ExitCode:
    answer = _call(args, output)
    with contextlib.suppress(ReaderLeft):  # The code still tells that there are findings.
        output.answer(answer)
    return answer.exit_code


def _call(args: list[str], output: Output) -> Answer:
    """Let click find the command and call it; what click complains about is a usage error."""
    import click

    from workbench.commands.root import Done, complete, workbench
    from workbench.commands.shared import Invocation

    complete()
    try:
        with workbench.make_context("workbench", list(args), obj=Invocation(output)) as context:
            answer: Answer = workbench.invoke(context)
            return answer
    except Done as done:
        return done.answer
    except click.ClickException as error:
        raise UsageError(error.format_message(), _where_to_look(error)) from error


def _where_to_look(error: ClickException) -> str:
    context: Context | None = getattr(error, "ctx", None)
    path = "workbench" if context is None or context.command.hidden else context.command_path
    return f"See `{path} --help`."


def _wants_json(args: list[str]) -> bool:
    """Look before anything is understood: a usage error is an envelope too."""
    return "--json" in (args[: args.index("--")] if "--" in args else args)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    raise _Ended(ExitCode.TERMINATED)


def _defect(error: Exception) -> Defect:
    sentence = f"This is a defect in workbench: {type(error).__name__}: {error}"
    try:
        log = _write_log(error)
    except OSError as problem:
        return Defect(sentence, f"Its log could not be written: {problem.strerror}.")
    return Defect(sentence, f"The details are in {log}.")


def _write_log(error: Exception) -> Path:
    """Append the traceback for whoever mends it; a log that grew large begins anew."""
    import time
    import traceback

    from platformdirs import user_state_path

    log = user_state_path("workbench", appauthor=False) / "defects.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    large = log.exists() and log.stat().st_size > _LARGEST_LOG
    way = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_TRUNC if large else os.O_APPEND)
    with os.fdopen(os.open(log, way, 0o600), "w", encoding="utf-8", errors="replace") as file:
        file.write(time.strftime("\n%Y-%m-%d %H:%M:%S\n"))
        file.write("".join(traceback.format_exception(error)))
    return log
