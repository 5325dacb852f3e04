"""What `workbench knowledge` says of sources, and waiting until one is read."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import to_builtins

from workbench.api.client import Client
from workbench.api.knowing import NextKnowledge
from workbench.api.passages import KnowledgeBase, KnownSource
from workbench.commands.calling import FACE
from workbench.commands.shared import Invocation
from workbench.errors import ExitCode, UsageError
from workbench.output import Answer
from workbench.visible import visible_line

_CLEAR = "\r\x1b[K"
_SELDOM = 5.0
"""Seconds between two lines where they are not drawn one over the other."""
_GOING_ON = ("waiting", "reading")


def followed(invocation: Invocation, source: KnownSource) -> KnownSource:
    """Wait until a source is read, and tell meanwhile how that stands."""

    def done(base: KnowledgeBase) -> bool:
        return named(base, source.id).state not in _GOING_ON

    base = asyncio.run(_follow(invocation, done, source.id))
    return named(base, source.id)


def all_followed(invocation: Invocation, base: KnowledgeBase) -> KnowledgeBase:
    """Wait until all sources are read."""

    def done(base: KnowledgeBase) -> bool:
        return all(one.state not in _GOING_ON for one in base.sources)

    return base if done(base) else asyncio.run(_follow(invocation, done, ""))


async def _follow(
    invocation: Invocation, done: Callable[[KnowledgeBase], bool], source: str
) -> KnowledgeBase:
    workspace, flags = invocation.workspace, invocation.flags
    line = _Line()
    async with Client(workspace, FACE, patience=120.0, flags=flags) as client:
        base = await client.call(NextKnowledge())
        while not done(base):
            line.draw(base, source)
            base = await client.call(NextKnowledge(base.mark))
    line.end()
    return base


class _Line:
    """One line on stderr that tells how far reading is."""

    def __init__(self) -> None:
        self._drawn = bool(sys.stderr and sys.stderr.isatty())
        self._told = time.monotonic()

    def draw(self, base: KnowledgeBase, source: str) -> None:
        if not self._drawn and time.monotonic() - self._told < _SELDOM:
            return
        self._told = time.monotonic()
        reading = [one for one in base.sources if one.state == "reading"]
        texts = [_progress(one) for one in reading if one.id == source] or [
            _progress(one) for one in reading
        ]
        text = texts[0] if texts else "waiting for its turn"
        self._write(f"{_CLEAR}{text}" if self._drawn else f"{text}\n")

    def end(self) -> None:
        if self._drawn:
            self._write(_CLEAR)

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()


def added(source: KnownSource) -> Answer:
    """Say what became of reading a source."""
    code = ExitCode.FINDINGS if source.state in ("failed", "missing") else ExitCode.OK
    message = f"{source.name}: {_state(source)}."
    text = "\n".join([f"{source.id}  {visible_line(message)}", *_skipped(source)])
    return Answer(message, to_builtins(source), text, code)


def listed(base: KnowledgeBase) -> Answer:
    message = f"Sources: {len(base.sources)}; passages: {base.passages:,}."
    return Answer(message, to_builtins(base), "\n".join([message, *_lines(base)]))


def shown(source: KnownSource) -> Answer:
    """Say all that is known of a source."""
    return Answer(f"Source {source.name}.", to_builtins(source), "\n".join(_described(source)))


def named(base: KnowledgeBase, word: str) -> KnownSource:
    """Return the source of a name or an id, of which the first letters are enough."""
    found = [one for one in base.sources if word in (one.id, one.name)] or [
        one for one in base.sources if one.id.startswith(word)
    ]
    if len(found) != 1:
        raise UsageError(
            f"{visible_line(word)} names {len(found)} sources.",
            "`workbench knowledge list` shows their ids.",
        )
    return found[0]


def _lines(base: KnowledgeBase) -> Iterator[str]:
    for one in base.sources:
        told = f"{one.id}  {one.name}  {one.what}, {_state(one)}"
        yield visible_line(f"{told}  {' '.join(f'#{name}' for name in one.domains)}".rstrip())
    for domain in base.domains:
        where = f" on {domain.host}" if domain.host else ""
        told = f"#{domain.name}{where}: {len(domain.sources)} sources  {domain.about}"
        yield visible_line(told.rstrip())
    if base.vectors:
        yield visible_line(f"Words and meaning, by {base.vectors}.")
    elif base.why:
        yield visible_line(base.why)


def _described(source: KnownSource) -> Iterator[str]:
    yield visible_line(f"{source.name}  {source.what}  {source.path}")
    yield visible_line(f"   {_state(source)}")
    if source.read:
        moment = datetime.fromtimestamp(source.read / 1e6).astimezone()
        yield f"   read {moment.isoformat(' ', 'seconds')}"
    if source.followed:
        yield "   followed: what changes is read again"
    if source.domains:
        yield visible_line(f"   domains: {', '.join(source.domains)}")
    yield from _skipped(source)


def _skipped(source: KnownSource) -> Iterator[str]:
    for one in source.skipped:
        example = f", such as {one.example}" if one.example else ""
        yield visible_line(f"   {one.count} skipped: {one.reason}{example}")


def _state(source: KnownSource) -> str:
    if source.problem:
        return f"{source.state}: {source.problem}"
    if source.state == "reading":
        return _progress(source)
    told = f"{source.state}, {source.files:,} files, {source.passages:,} passages"
    return f"{told}, {source.stale} changed since" if source.stale else told


def _progress(source: KnownSource) -> str:
    told = f"reading {source.name}: {source.done:,} of {source.total:,} files"
    return visible_line(f"{told}, {source.rate:.0f} passages a second" if source.rate else told)
