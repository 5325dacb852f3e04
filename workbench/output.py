"""How answers reach people and programs: results on stdout, everything else on stderr."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from typing import NamedTuple, TextIO

from workbench.errors import ExitCode, StoreError, WorkbenchError
from workbench.visible import visible

SCHEMA = 1
"""The version of the JSON envelope."""


class Answer(NamedTuple):
    """What a command found out or did."""

    message: str = ""
    """One sentence; a person who gets no `text` sees this."""
    fields: Mapping[str, object] = {}
    """What a program gets beside the envelope's own fields."""
    text: str = ""
    """What a person sees. Whoever makes it passes text from outside through `visible`."""
    exit_code: ExitCode = ExitCode.OK


class ReaderLeft(Exception):
    """No error: nobody reads stdout any more, as `head` has seen enough."""


class Output:
    """Writes for a person or, as JSON, for a program."""

    def __init__(self, environ: Mapping[str, str], *, as_json: bool) -> None:
        self.as_json = as_json
        self._environ = environ
        self._lost = False
        """Something could not be written."""
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]

    def answer(self, answer: Answer) -> None:
        """Write a result to stdout."""
        if self.as_json:
            self.line(_envelope(answer.exit_code, answer.message, answer.fields))
        elif text := answer.text or visible(answer.message):
            self.line(text)

    def error(self, error: WorkbenchError) -> None:
        """Write an error: for a program it is a result too."""
        if self.as_json and not self._lost:
            with contextlib.suppress(ReaderLeft, StoreError):
                self.line(_envelope(error.exit_code, error.sentence, {"hint": error.hint}))
            return
        self.note(f"workbench: {error.sentence}")
        if error.hint:
            self.note(error.hint)

    def note(self, sentence: str) -> None:
        """Write something beside the result, to stderr."""
        with contextlib.suppress(ReaderLeft, StoreError):
            self._write(sys.stderr, visible(sentence))

    def line(self, text: str) -> None:
        """Write one line, or several, of a result."""
        self._write(sys.stdout, text)

    def piece(self, text: str) -> None:
        """Write some of a result that comes bit by bit; text from outside is made visible here.

        Tabs stay, which code is indented with.
        """
        self._write(sys.stdout, "\t".join(map(visible, text.split("\t"))), end="")

    def _write(self, stream: TextIO | None, text: str, end: str = "\n") -> None:
        if stream is None:
            return
        if not wants_colour(stream, self._environ):
            from click import unstyle

            text = unstyle(text)
        try:
            stream.write(text + end)
            stream.flush()
        except BrokenPipeError as error:
            _silence(stream)
            raise ReaderLeft from error
        except OSError as error:
            self._lost = True
            _silence(stream)
            raise StoreError(
                f"The result could not be written: {error.strerror}.", "Is the disk full?"
            ) from error


def wants_colour(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether `stream` gets colours: https://no-color.org and https://force-color.org."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environ.get("TERM") != "dumb"


def _envelope(exit_code: ExitCode, message: str, fields: Mapping[str, object]) -> str:
    """Return one line of ASCII: whatever is in it, no terminal and no locale stumbles over it."""
    import json

    ok = exit_code is ExitCode.OK
    head = {"schema": SCHEMA, "ok": ok, "exit_code": int(exit_code), "message": message}
    return json.dumps({**head, **fields})


def _silence(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, or Python complains about it at its end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
