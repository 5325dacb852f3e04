"""Python's tracebacks in lines of text, whatever a logger, a container or JSON put around them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workbench.healing.crashes.placing import fingerprint, throw
from workbench.healing.crashes.site.workbench_hook.redacting import redact
from workbench.healing.crashes.values import LOG, Crash, Level, Thrown

HEAD = "Traceback (most recent call last)"
_FRAME = re.compile(
    r'^(?P<before>.*?)File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$'
)
_RAISED = re.compile(r"^(?P<kind>[A-Za-z_][\w.]*(?:<locals>\.[\w.]+)?)(?:: (?P<message>.*))?$")
_LINKS = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}
_GROUP = re.compile(r"^[\s|]*[+|][-+\s|]*")
_MOST_FRAMES = 200
_MOST_CHAINED = 8
_MOST_STRAY = 3
_LONGEST_MESSAGE = 2_000


class Partial(msgspec.Struct):
    """A traceback of which not every line has come."""

    indent: int = 0
    """Where the header began: what is left of it is a prefix."""
    shape: str = ""
    frames: list[Level] = []
    earlier: list[Thrown] = []
    """Exceptions that led to it, oldest first."""
    link: str = ""
    stray: int = 0
    ended: bool = False
    """Its exception has come; another one may follow from it."""


class Tracebacks:
    """Finds tracebacks in a stream of lines."""

    def __init__(self, project: Path, partial: Partial | None = None) -> None:
        self._project = project
        self.partial = partial

    def feed(self, line: str, found: list[Crash]) -> bool:
        """Take one line, and say whether it belongs to a traceback."""
        if self.partial is None:
            return HEAD in line and self._begin(line, found)
        return self._go_on(line, found)

    def flush(self, found: list[Crash]) -> None:
        """Take what is there for all that there is: nothing followed for long."""
        if self.partial and self.partial.earlier:
            found.append(_crash(self.partial, self._project))
        self.partial = None

    def _begin(self, line: str, found: list[Crash]) -> bool:
        if inner := list(_texts_in_json(line)) or _unescaped(line):
            for text in inner:
                self._read_whole(text, found)
            return True
        indent = line.index(HEAD)
        self.partial = Partial(indent, _shape(line[:indent]))
        return True

    def _read_whole(self, text: str, found: list[Crash]) -> None:
        inner = Tracebacks(self._project)
        for line in text.splitlines():
            inner.feed(line, found)
        inner.flush(found)

    def _go_on(self, line: str, found: list[Crash]) -> bool:
        partial = self.partial
        assert partial is not None  # noqa: S101 - the caller looked
        text = _without_prefix(line, partial)
        if HEAD in text:
            if partial.ended and partial.link:
                partial.ended, partial.stray = False, 0
                return True
            self.flush(found)
            return self._begin(line, found)
        if partial.ended:
            return self._after_end(text, partial, found)
        return self._inside(text, partial, found)

    def _inside(self, text: str, partial: Partial, found: list[Crash]) -> bool:
        if frame := _FRAME.match(text):
            _add_frame(partial, frame)
            return True
        if text[:1] in (" ", "\t") or (not text and partial.frames):
            _add_source(partial, text)
            return True
        raised = _RAISED.match(text)
        if raised and partial.frames and _is_class(raised["kind"]):
            _end(partial, raised)
            return True
        partial.stray += 1
        if partial.stray > _MOST_STRAY:
            self.flush(found)
        return False

    def _after_end(self, text: str, partial: Partial, found: list[Crash]) -> bool:
        """Look whether another exception follows from the one that has come."""
        if not text.strip():
            partial.stray += 1
        elif text.strip() in _LINKS:
            partial.link = _LINKS[text.strip()]
            return True
        if not text.strip() and partial.stray <= 2:
            return True
        self.flush(found)
        return HEAD in text and self._begin(text, found)


def _is_class(name: str) -> bool:
    """Say whether a word may be the name of an exception: `KeyError`, `zlib.error`, not `done`."""
    return "." in name.strip(".") or name != name.lower()


def _add_frame(partial: Partial, frame: re.Match[str]) -> None:
    if len(partial.frames) < _MOST_FRAMES:
        function = frame["function"] or "<module>"
        partial.frames.append(Level(frame["file"], int(frame["line"]), function))
    partial.stray = 0


def _add_source(partial: Partial, text: str) -> None:
    """Note the source of the frame before; marks under it say nothing new."""
    if partial.frames and not partial.frames[-1].text and text.strip(" ~^\t"):
        last = partial.frames[-1]
        partial.frames[-1] = msgspec.structs.replace(
            last, text=redact(text.strip()[:500], code=True)
        )


def _end(partial: Partial, raised: re.Match[str]) -> None:
    message = redact((raised["message"] or "")[:_LONGEST_MESSAGE])
    relation = partial.link
    if partial.earlier and relation:
        partial.earlier[-1] = msgspec.structs.replace(partial.earlier[-1], relation=relation)
    thrown = Thrown(raised["kind"], message, "", frames=tuple(partial.frames))
    partial.earlier = [*partial.earlier, thrown][-_MOST_CHAINED:]
    partial.frames, partial.link, partial.ended, partial.stray = [], "", True, 0


def _crash(partial: Partial, project: Path) -> Crash:
    raised = tuple(
        msgspec.structs.replace(
            throw(one.kind, one.message, one.frames, project), relation=one.relation
        )
        for one in reversed(partial.earlier)
    )
    print_ = fingerprint(partial.earlier[-1])
    return Crash(f"log-{print_}", print_, LOG, raised=raised)


def _without_prefix(line: str, partial: Partial) -> str:
    """Return what stands where the header stood, if the line begins as that one did."""
    before = line[: partial.indent]
    if partial.indent and _shape(before) == partial.shape:
        line = line[partial.indent :]
    return _GROUP.sub(_keep_spaces, line, count=1) if line.lstrip()[:1] in ("|", "+") else line


def _keep_spaces(found: re.Match[str]) -> str:
    inner = found[0].rpartition("|")[2]
    return inner if inner.startswith("   ") else inner.removeprefix(" ")


def _shape(prefix: str) -> str:
    return re.sub(r"[0-9A-Za-z]+", "x", prefix)


def _texts_in_json(line: str) -> Iterator[str]:
    """Yield the texts with a traceback in a line of JSON, whatever is before it."""
    start = line.find("{")
    if start < 0:
        return
    try:
        told, _ = json.JSONDecoder().raw_decode(line, start)
    except (ValueError, RecursionError):
        return
    yield from _texts(told, 0)


def _texts(told: object, depth: int) -> Iterator[str]:
    if isinstance(told, str) and HEAD in told:
        yield told
    elif isinstance(told, dict) and depth < 5:
        for one in told.values():
            yield from _texts(one, depth + 1)
    elif isinstance(told, list) and depth < 5:
        if told and all(isinstance(one, str) for one in told):
            yield from _texts("\n".join(told), depth)
        else:
            for one in told:
                yield from _texts(one, depth + 1)


def _unescaped(line: str) -> list[str]:
    """Return a traceback whose line ends were written as two characters."""
    if '\\n  File \\"' in line:
        line = line.replace('\\"', '"')
    if '\\n  File "' not in line:
        return []
    return [line[line.index(HEAD) :].replace("\\n", "\n").replace("\\'", "'").rstrip("'\"")]
