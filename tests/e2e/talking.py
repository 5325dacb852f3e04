"""Talking with a real host that has a tiny model, or none."""

from __future__ import annotations

import os
from pathlib import Path

from tests.models.endless import write_endless
from tests.models.tiny import Tiny, write_tiny
from workbench.api.chats import Message, Pieces, Said
from workbench.api.chatting import NextPieces, Say
from workbench.api.client import Client
from workbench.api.commands import Terms
from workbench.settings import load
from workbench.workspace import Workspace


def models_folder() -> Path:
    folder = Path(os.environ["XDG_DATA_HOME"]) / "workbench" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def give_model(context: int = 4096) -> Path:
    """Let a tiny model be there, as one that a person added."""
    return write_tiny(models_folder() / "tiny.gguf", Tiny(context=context))


def give_endless_model(context: int = 8192) -> Path:
    return write_endless(models_folder() / "endless.gguf", context)


def terms_of(workspace: Workspace) -> Terms:
    return Terms.of(load(workspace).sandbox, os.environ)


def say(workspace: Workspace, text: str, conversation: str = "", most: int = 40) -> Say:
    return Say(text, terms_of(workspace), conversation=conversation, most=most, seed=1)


async def hear(client: Client, said: Said) -> tuple[Message, list[Pieces]]:
    """Follow an answer to its end; what came must be what there is."""
    heard: list[Pieces] = []
    length, seen = 0, -1
    while not heard or heard[-1].message is None:
        heard.append(await client.call(NextPieces(said.answer, length, seen)))
        length, seen = heard[-1].length, heard[-1].mark
    message = heard[-1].message
    assert message is not None
    assert "".join(one.text for one in heard) == message.text
    return message, heard


async def until_written(client: Client, said: Said, characters: int) -> str:
    """Wait until there is so much of an answer, and return it."""
    text, seen = "", -1
    while len(text) < characters:
        pieces = await client.call(NextPieces(said.answer, len(text), seen))
        assert pieces.message is None, "the answer ended too early"
        text, seen = text + pieces.text, pieces.mark
    return text
