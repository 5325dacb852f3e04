"""A conversation as text that can be kept and read elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from workbench.api.chats import Exported, Message, Source, Talk
from workbench.chat.prompting import cited_place, place_of
from workbench.errors import UsageError
from workbench.visible import visible_line

SCHEMA = 1
_AUTHORS = {"person": "You", "assistant": "Answer", "tool": "Output", "summary": "Summary"}
_NO_NAME = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 60


def export(talk: Talk, form: str) -> Exported:
    """Return what is shown of a conversation, as Markdown or as JSON."""
    match form:
        case "markdown":
            return Exported("\n".join(_markdown(talk)), f"{_name(talk)}.md")
        case "json":
            fields = {"schema": SCHEMA, **msgspec.to_builtins(talk)}
            text = msgspec.json.format(msgspec.json.encode(fields)).decode()
            return Exported(text, f"{_name(talk)}.json")
        case _:
            raise UsageError(
                f"Nothing can be exported as {visible_line(form)}.",
                "There are markdown and json.",
            )


def _markdown(talk: Talk) -> Iterator[str]:
    conversation = talk.conversation
    yield f"# {conversation.name or conversation.first or conversation.id}"
    yield ""
    yield f"Conversation {conversation.id}, begun {_moment(conversation.began)}."
    for message in talk.messages:
        yield ""
        yield from _said(message)
    yield ""


def _said(message: Message) -> Iterator[str]:
    author = _AUTHORS.get(message.author, message.author)
    state = "" if message.state == "whole" else f", {message.state}"
    yield f"## {author}, {_moment(message.time)}{state}"
    yield ""
    if message.attached:
        yield f"Attached: {', '.join(f'`{place_of(one)}`' for one in message.attached)}"
        yield ""
    yield from _text(message)
    for step in message.steps:
        yield f"- [{'x' if step.state == 'done' else ' '}] {step.what} {step.note}".rstrip()
    yield from _below(message)


def _text(message: Message) -> Iterator[str]:
    """Fence what was printed; answers are Markdown by themselves."""
    if message.author != "tool":
        yield message.text
        return
    fence = "```"
    while fence in message.text:
        fence += "`"
    yield f"{fence}\n{message.text}\n{fence}"


def _below(message: Message) -> Iterator[str]:
    told = [_source(one) for one in message.sources]
    told += [f"*{one}*" for one in (message.problem, message.note) if one]
    if receipt := message.receipt:
        told.append(
            f"*{receipt.model}, {receipt.tokens:,} tokens, seed {receipt.seed}, "
            f"prompt {receipt.prompt[:12]}*"
        )
    if told:
        yield ""
        yield "  \n".join(told)


def _source(source: Source) -> str:
    return f"[{source.number}] `{cited_place(source)}`"


def _name(talk: Talk) -> str:
    """Return a name for a file that no file system minds."""
    told = talk.conversation.name or talk.conversation.first or talk.conversation.id
    return _NO_NAME.sub("-", told)[:_LONGEST_NAME].strip("-.") or talk.conversation.id


def _moment(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).strftime("%Y-%m-%d %H:%M UTC")
