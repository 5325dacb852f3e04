"""Tasks over a real host, with a model that says what a test has it say: a server in a thread."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.faces import client
from tests.models.servers import Good, Request, Serving, serving
from workbench import settings
from workbench.api.chats import Message, Pieces, Talk
from workbench.api.chatting import GoOn, NextPieces, ReadTalk, Say
from workbench.api.client import Client
from workbench.api.commands import Terms
from workbench.workspace import Workspace

Answer = Mapping[str, Any] | str


def analysis(goal: str = "mend it") -> Answer:
    return {"goal": goal, "known": "a file", "unclear": ""}


def plan(*steps: tuple[str, str]) -> Answer:
    return {"steps": [{"what": what, "tool": tool} for what, tool in steps]}


def use(tool: str, **arguments: object) -> Answer:
    return {"thought": f"I {tool}.", "tool": tool, **arguments}


def done(note: str = "that is done") -> Answer:
    return use("done", note=note)


def reflection(summary: str = "All is well.", *more: str, reached: bool = True) -> Answer:
    return {"reached": reached, "summary": summary, "more": list(more)}


@dataclass
class Script:
    """Answers in their order; when they run out, the last one again."""

    answers: Sequence[Answer] | Callable[[str], Answer]
    """In their order, or by what was told last."""
    hold: tuple[int, threading.Event] | None = None
    """Before which answer, counted from 0, it waits for something."""
    prompts: list[str] = field(default_factory=list)
    """All that was told before each answer."""
    _turn: str = ""

    def __call__(self, request: Request) -> Sequence[str]:
        turns = [turn["content"] for turn in request.body["messages"]]
        self.prompts.append("\n\n".join(turns))
        self._turn = turns[-1]
        answer = self._answer(len(self.prompts))
        if self.hold and len(self.prompts) == self.hold[0] + 1:
            self.hold[1].wait(30)
        return (answer if isinstance(answer, str) else json.dumps(answer),)

    def _answer(self, asked: int) -> Answer:
        if callable(self.answers):
            return self.answers(self._turn)
        return self.answers[min(asked, len(self.answers)) - 1]

    @property
    def last(self) -> str:
        return self.prompts[-1]


@contextmanager
def speaking(
    *answers: Answer,
    by: Callable[[str], Answer] | None = None,
    more: str = "",
    hold: tuple[int, threading.Event] | None = None,
) -> Iterator[Script]:
    """Have a server say these answers, and the settings name it."""
    script = Script(by or answers, hold)
    models = {"object": "list", "data": [{"id": "scripted", "max_model_len": 16_000}]}
    with serving(Good(says=script, models=models)) as server:
        write_settings(server, more)
        yield script


def write_settings(server: Serving, more: str = "") -> None:
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "workbench" / "settings.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'[models.servers]\nscripted = "{server.address}"\n{more}')


def terms(workspace: Workspace) -> Terms:
    return Terms.of(settings.load(workspace, (), os.environ).sandbox, os.environ)


@dataclass
class Talking:
    """A face that has a task done."""

    client: Client
    workspace: Workspace
    answer: str = ""
    conversation: str = ""

    async def say(self, text: str) -> Pieces:
        """Ask for a task, and wait until it ends or waits."""
        said = await self.client.call(Say(text, terms(self.workspace), kind="task"))
        self.answer, self.conversation = said.answer, said.conversation
        return await self.end()

    async def go_on(self) -> Pieces:
        await self.client.call(GoOn(self.answer, terms(self.workspace)))
        return await self.end()

    async def end(self) -> Pieces:
        length = 0
        while (told := await self.client.call(NextPieces(self.answer, length))).message is None:
            length = told.length
        return told

    async def messages(self) -> tuple[Message, ...]:
        talk: Talk = await self.client.call(ReadTalk(self.conversation))
        return talk.messages

    async def tools(self) -> list[Message]:
        return [one for one in await self.messages() if one.author == "tool"]


@asynccontextmanager
async def talking(workspace: Workspace) -> AsyncIterator[Talking]:
    async with client(workspace) as face:
        yield Talking(face, workspace)
