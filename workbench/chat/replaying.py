"""An answer made again from its receipt: the same turns, the same model, the same seed."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.structs import replace

from local_models.staff import Speaker, Staff
from local_models.worker.protocol import Chat, Generate, Sampling
from workbench.api.caller import Caller
from workbench.api.chats import AnswerReceipt, Replayed, Source
from workbench.api.knowing import ReadPassage
from workbench.chat.answering import prompt_hash, read_turns
from workbench.chat.conversation import Node
from workbench.chat.guard import redact
from workbench.chat.prompting import cited_place
from workbench.chat.running import Around
from workbench.errors import ModelError, UsageError, WorkbenchError
from workbench.journal.contents import Contents


async def replay(around: Around, kept: Contents, node: Node, caller: Caller) -> Replayed:
    """Have an answer made again, and say what is not as it was."""
    if node.is_task:
        raise UsageError(
            "A task is not made again: its tools worked on the project as it was then.",
            f"Its receipt tells what it took (`workbench chat show {node.conversation}`);"
            " to have it done anew, say it once more. Answers to questions can be made again.",
        )
    receipt = node.receipt
    if receipt is None or not receipt.chat:
        raise UsageError(
            "This message has no receipt, so that it cannot be made again.",
            "Only what a language model answered to the end has one.",
        )
    role = node.wanted.role if node.wanted else "main"
    turns = await asyncio.to_thread(read_turns, kept, receipt.chat)
    speaker = await _speaker(around.models.staff, role, receipt)
    chat = Chat(turns)
    read = await speaker.render(chat)
    asked = Generate(0, chat, most=_most(receipt), sampling=_sampling(receipt))
    text = await speaker.ask(
        asked, urgent=True, what=f"replay of {node.id}", actor=caller.actor
    ).text()
    text, before = redact(text), node.text
    differs = _differences(receipt, speaker, prompt_hash(read))
    differs += await changed_passages(around, receipt, caller)
    return Replayed(node.id, text == before, text, before, tuple(differs))


async def changed_passages(around: Around, receipt: AnswerReceipt, caller: Caller) -> list[str]:
    """Say which passages are not as they were; the answer is made again from those that it had."""
    if not receipt.sources:
        return []
    try:
        knowledge = await around.knowledge()
    except (WorkbenchError, ImportError):
        return ["Nobody can tell whether the passages are as they were."]
    told = [await _changed(knowledge, source, caller) for source in receipt.sources]
    return [one for one in told if one]


async def _changed(knowledge: Any, source: Source, caller: Caller) -> str:  # noqa: ANN401 - Around's
    place = f"[{source.number}] {cited_place(source)}"
    try:
        found = await knowledge.passage(ReadPassage(source.passage, 0), caller)
    except UsageError:
        return f"{place} is not there any more."
    return f"{place} has changed since." if found.stale else ""


async def _speaker(staff: Staff, role: str, receipt: AnswerReceipt) -> Speaker:
    """Return the model of the receipt, or whoever has the role now."""
    try:
        return await staff.speaker(role, receipt.model)
    except (ModelError, UsageError):
        return await staff.speaker(role)


def _differences(receipt: AnswerReceipt, speaker: Speaker, read: str) -> list[str]:
    told = []
    if speaker.name != receipt.model:
        told.append(f"{receipt.model} answered then, {speaker.name} does now.")
    elif speaker.digest != receipt.digest:
        told.append(f"The file of {receipt.model} is another than it was.")
    elif not speaker.digest:
        told.append(f"{receipt.model} is a server's: nobody knows whether it is the same.")
    if speaker.place != receipt.place:
        told.append(f"It was made at {receipt.place}, and is made at {speaker.place} now.")
    if read != receipt.prompt:
        told.append("The model reads the prompt differently than it did.")
    if receipt.reason == "cancelled":
        told.append("It was stopped then, so that there was less of it.")
    return told


def _sampling(receipt: AnswerReceipt) -> Sampling:
    known = {
        name: receipt.parameters[name]
        for name in Sampling.__struct_fields__
        if name in receipt.parameters
    }
    return replace(Sampling(seed=receipt.seed), **known)


def _most(receipt: AnswerReceipt) -> int:
    return int(receipt.parameters.get("most", receipt.tokens))
