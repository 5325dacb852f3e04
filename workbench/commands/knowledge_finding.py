"""What `workbench knowledge` says of passages that were found."""

from __future__ import annotations

import os
from collections.abc import Iterator

from msgspec import to_builtins

from workbench.api.passages import Hit, Hits, Passage, Surrounded
from workbench.commands.shared import Invocation
from workbench.errors import ExitCode, UsageError
from workbench.output import Answer
from workbench.visible import visible, visible_line

_SHORT = 4
"""Lines of a passage that are shown where it is not asked for whole."""
_NOTHING = "Nothing of it is in what was read."
_UNREAD = "nothing was read"
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def found(hits: Hits, *, whole: bool) -> Answer:
    """Say what a search found; with nothing, that is said and is a finding."""
    code = ExitCode.OK if hits.hits else ExitCode.FINDINGS
    message = f"Passages: {len(hits.hits)}." if hits.hits else _NOTHING
    if hits.how == _UNREAD:
        message = hits.sentence
    lines = [line for at, hit in enumerate(hits.hits, 1) for line in _hit(at, hit, whole=whole)]
    notes = [one for one in (hits.sentence,) if one and one != message]
    text = "\n".join([*(lines or [message]), *map(visible_line, notes)])
    return Answer(message, to_builtins(hits), text, code)


def surrounded(found: Surrounded) -> Answer:
    """Print a passage between its neighbours."""
    parts = [_block(one) for one in found.before]
    parts.append(f"{_BOLD}{_block(found.passage)}{_PLAIN}")
    if found.stale:
        parts.append("The file has changed since." + (" Now:" if found.now else ""))
        parts += [_text(found.now)] if found.now else []
    parts += [_block(one) for one in found.after]
    return Answer(_place(found.passage), to_builtins(found), "\n\n".join(parts))


def opened(invocation: Invocation, found: Surrounded) -> Answer:
    """Open a passage in the editor of the person, at its line."""
    editor = _editor(invocation)
    path = invocation.workspace.project / found.passage.path
    if not path.is_file():
        raise UsageError(
            f"There is no file {visible_line(str(path))}.", "It may have been removed."
        )
    os.execvp(editor[0], [*editor, f"+{found.passage.first}", str(path)])  # noqa: S606 - a person's


def _editor(invocation: Invocation) -> list[str]:
    import shlex

    chosen = invocation.load_settings().interface.editor
    named = chosen or os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    return shlex.split(named)


def _hit(at: int, hit: Hit, *, whole: bool) -> Iterator[str]:
    passage = hit.passage
    stale = "  (changed since)" if hit.stale else ""
    yield visible_line(f"[{at}] {_place(passage)}  {passage.id}{stale}")
    if passage.heading or passage.symbol:
        yield visible_line(f"    {passage.symbol or ' > '.join(passage.heading)}")
    lines = _text(passage.text).split("\n")
    yield from (f"    | {line}" for line in (lines if whole else lines[:_SHORT]))
    if reasons := ", ".join(f"{one.why}: {one.what}" for one in hit.reasons if one.what):
        yield visible_line(f"    {reasons}")


def _place(passage: Passage) -> str:
    lines = f"{passage.first}-{passage.last}" if passage.last > passage.first else passage.first
    return visible_line(f"{passage.path}:{lines}")


def _block(passage: Passage) -> str:
    return f"{_place(passage)}\n{_text(passage.text)}"


def _text(text: str) -> str:
    return visible(text.expandtabs(4))
