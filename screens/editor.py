"""The person's own editor: a hunk is edited in it, and files of the project are opened."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from workbench.errors import UsageError
from workbench.visible import visible_line

Run = Callable[[Sequence[str]], Awaitable[int]]
"""Runs a program in the terminal and returns its exit status."""

_OTHERWISE = "vi"
_LARGEST = 16 * 1024 * 1024
_BY_COLON = frozenset({"code", "codium", "cursor", "hx", "helix", "subl", "zed"})
"""Editors that take a place as FILE:LINE; all others take +LINE before it."""
_GO_TO = frozenset({"code", "codium", "cursor"})
_GO_ON_AT_ONCE = frozenset({"code", "codium", "cursor", "subl", "zed"})


class Editor:
    """Finds the editor anew each time: settings and environment are the person's."""

    def __init__(self, project: Path, chosen: Callable[[], str] = lambda: "") -> None:
        self._project, self._chosen = project, chosen

    async def edit(self, run: Run, text: str, path: str, name: str = "hunk") -> str:
        """Return the text as the person leaves it; what is no text is refused."""
        with _folder() as folder:
            file = folder / f"{name}{PurePosixPath(path).suffix}"
            file.write_bytes(text.encode("utf-8", "surrogateescape"))
            file.chmod(0o600)
            await self._run(run, [*self._command(waits=True), str(file)])
            return _read_back(file, text, name)

    async def visit(self, run: Run, path: str, line: int) -> None:
        """Open a file of the project at a line."""
        file = self._project / path
        if not file.resolve().is_relative_to(self._project.resolve()):
            raise UsageError(f"{visible_line(path)} does not lie in the project.")
        if not file.is_file():
            raise UsageError(f"There is no file {visible_line(path)} in the project yet.")
        await self._open(run, file, line)

    async def visit_source(self, run: Run, path: str, line: int) -> None:
        """Open a file that was read, wherever it lies, at a line."""
        file = self._project / path
        if not file.is_file():
            raise UsageError(f"There is no file {visible_line(path)} any more.")
        await self._open(run, file, line)

    async def _open(self, run: Run, file: Path, line: int) -> None:
        command = self._command(waits=False)
        await self._run(run, [*command, *_at(Path(command[0]).name, str(file), line)])

    def _command(self, *, waits: bool) -> list[str]:
        chosen = self._chosen()
        told = chosen or os.environ.get("VISUAL") or os.environ.get("EDITOR") or _OTHERWISE
        try:
            command = shlex.split(told)
        except ValueError as error:
            raise UsageError(f"The editor `{told}` cannot be read: {error}.", _HINT) from error
        if not command or shutil.which(command[0]) is None:
            raise UsageError(f"There is no editor `{visible_line(told)}`.", _HINT)
        is_quick = Path(command[0]).name in _GO_ON_AT_ONCE and "--wait" not in command
        return [*command, "--wait"] if waits and is_quick else command

    @staticmethod
    async def _run(run: Run, command: Sequence[str]) -> None:
        status = await run(command)
        if status:
            ended = f"with {status}" if status > 0 else f"by signal {-status}"
            raise UsageError(f"The editor ended {ended}, so nothing was done.", _HINT)


_HINT = "interface.editor in the settings, $VISUAL or $EDITOR name yours."


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder that nobody else can look into."""
    folder = Path(mkdtemp(prefix="workbench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_back(file: Path, before: str, name: str) -> str:
    try:
        content = file.read_bytes()[: _LARGEST + 1]
        text = content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("The editor left no text behind, so nothing was done.") from error
    if not text:
        hint = "To drop the hunk, reject it." if name == "hunk" else ""
        raise UsageError("The editor returned nothing, so nothing was done.", hint)
    if len(content) > _LARGEST:
        raise UsageError(f"The text is too large for a {name}, so nothing was done.")
    if text == before:
        raise UsageError("The text is as it was, so nothing was done.")
    return text


def _at(editor: str, file: str, line: int) -> list[str]:
    if editor in _BY_COLON:
        return [*(["--goto"] if editor in _GO_TO else []), f"{file}:{line}"]
    return [f"+{line}", file]
