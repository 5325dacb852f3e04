"""Domains on other machines, asked over ssh: read-only, with a time limit, and never trusted."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
from asyncio.subprocess import DEVNULL, PIPE, Process
from itertools import count
from pathlib import Path

import msgspec
from msgspec.structs import replace

from workbench.api import passages
from workbench.api.knowing import ReadPassage, Search
from workbench.api.serving import GREETING, LONGEST_LINE, Answered, Asked
from workbench.errors import BudgetSpent, StoreError, UsageError
from workbench.knowledge.reading.ending import Endings
from workbench.visible import visible_line

SECONDS = 8.0
"""How long a domain may take to answer, with what it takes to get there."""
_IDLE = 60.0
_MOST_GREETINGS = 100
"""Lines that a login may print before the workbench there says something."""
_PLACES = ("/usr/bin/ssh", "/bin/ssh", "/usr/local/bin/ssh")
_OPTIONS = ("BatchMode=yes", "ClearAllForwardings=yes", "ConnectTimeout=6", "PermitLocalCommand=no")
_LET_THROUGH = ("HOME", "LANG", "LOGNAME", "PATH", "SSH_AUTH_SOCK", "USER")
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}"
_DESTINATION = re.compile(rf"(?:{_NAME}@)?{_NAME}")
_ANSWERED = msgspec.json.Decoder(Answered)
_MARK = "/"
"""Stands between a domain and the name of a passage there."""
Answer = passages.Hits | passages.Surrounded


def refuse_destination(domain: passages.Domain) -> None:
    """Refuse what ssh or a shell could take for something else than a machine and a folder."""
    if not _DESTINATION.fullmatch(domain.host):
        raise UsageError(
            f"{visible_line(domain.host)} cannot be a machine to ask.",
            "Name it as in `ssh NAME`, such as build or me@build.example.org.",
        )
    if domain.folder.startswith("-") or domain.folder != visible_line(domain.folder):
        raise UsageError("The folder there has no plain name.", "Such as projects/manuals.")


def is_far(name: str) -> bool:
    """Tell whether the name of a passage is one of another machine."""
    return _MARK in name


class Far:
    """Lines to other machines; each is opened when it is needed and closed when it rests."""

    def __init__(self, ssh: str = "", seconds: float = SECONDS) -> None:
        self._ssh = ssh
        self._seconds = seconds
        self._lines: dict[str, _Line] = {}

    async def search(self, domain: passages.Domain, command: Search) -> passages.Hits:
        """Return what is found there, named so that it can be asked for again."""
        wanted = replace(command, domains=(), sources=domain.sources)
        answered = await self._ask(domain, wanted)
        if answered.hits is None:
            raise StoreError(f"{domain.name}: {visible_line(answered.problem)}")
        hits = tuple(_named(hit, domain) for hit in answered.hits.hits[: command.limit])
        return replace(answered.hits, hits=hits)

    async def passage(self, domain: passages.Domain, name: str, around: int) -> passages.Surrounded:
        answered = await self._ask(domain, ReadPassage(name.partition(_MARK)[2], around))
        if answered.passage is None:
            raise StoreError(f"{domain.name}: {visible_line(answered.problem)}")
        found = answered.passage
        return replace(
            found,
            passage=_placed(found.passage, domain),
            before=tuple(_placed(one, domain) for one in found.before),
            after=tuple(_placed(one, domain) for one in found.after),
        )

    async def close(self) -> None:
        lines, self._lines = list(self._lines.values()), {}
        await asyncio.gather(*(line.close() for line in lines))

    async def _ask(self, domain: passages.Domain, command: Search | ReadPassage) -> Answered:
        refuse_destination(domain)
        command_line = self._command(domain)
        line = self._lines.setdefault(shlex.join(command_line), _Line(command_line))
        try:
            async with asyncio.timeout(self._seconds):
                return await line.ask(command)
        except TimeoutError:
            await line.close()
            raise BudgetSpent(f"{domain.name} did not answer in time.") from None
        except (OSError, EOFError, ValueError, msgspec.MsgspecError) as error:
            await line.close()
            raise StoreError(f"{domain.name} cannot be asked.", "Try `ssh` by hand.") from error

    def _command(self, domain: passages.Domain) -> tuple[str, ...]:
        options = [word for option in _OPTIONS for word in ("-o", option)]
        project = ("-C", domain.folder) if domain.folder else ()
        there = shlex.join(("workbench", *project, "knowledge", "serve", "--stdio"))
        return (self._program(), "-T", *options, "--", domain.host, there)

    def _program(self) -> str:
        """Return ssh of the system, never one that somebody put on the path."""
        found = self._ssh or next((place for place in _PLACES if Path(place).exists()), "")
        if not found:
            raise StoreError("ssh is not installed.", "Install it, to ask other machines.")
        return found


class _Line:
    """One ssh, and what is asked over it, one thing after another."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._process: Process | None = None
        self._numbers = count(1)
        self._busy = asyncio.Lock()
        self._rest: asyncio.TimerHandle | None = None
        self._endings = Endings()

    async def ask(self, command: Search | ReadPassage) -> Answered:
        async with self._busy:
            if self._rest:
                self._rest.cancel()
            process = self._process or await self._begin()
            number = next(self._numbers)
            assert process.stdin  # noqa: S101 - it was made with pipes
            process.stdin.write(msgspec.json.encode(Asked(number, command)) + b"\n")
            await process.stdin.drain()
            answered = _ANSWERED.decode(await _line_of(process))
            if answered.id != number:
                raise ValueError("it answers something else")
            self._rest = asyncio.get_running_loop().call_later(_IDLE, self._drop)
            return answered

    async def close(self) -> None:
        if self._rest:
            self._rest.cancel()
        self._drop()
        await self._endings.finish()

    async def _begin(self) -> Process:
        environ = {name: os.environ[name] for name in _LET_THROUGH if name in os.environ}
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command,
            env=environ,
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            limit=LONGEST_LINE,
            start_new_session=True,
        )
        for _ in range(_MOST_GREETINGS):
            if await _line_of(process) == GREETING:
                return process
        raise ValueError("no workbench answers there")

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process:
            self._endings.begin(process)


async def _line_of(process: Process) -> bytes:
    assert process.stdout  # noqa: S101 - it was made with pipes
    line = await process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return line[:-1]


def _named(hit: passages.Hit, domain: passages.Domain) -> passages.Hit:
    return replace(hit, passage=_placed(hit.passage, domain), domain=domain.name)


def _placed(passage: passages.Passage, domain: passages.Domain) -> passages.Passage:
    """Say of a passage where it is from; its name leads back there."""
    return replace(
        passage,
        id=f"{domain.name}{_MARK}{passage.id}",
        path=f"{domain.host}:{passage.path}",
        source=f"{domain.name}{_MARK}{passage.source}",
    )
