"""What a server's events mean: pieces of an answer, why it ended, and what it took."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from local_models.staff.servers.events import Broken, Event
from local_models.staff.servers.problems import told

_Count = Annotated[int, Meta(ge=0, le=1 << 40)]


DONE = "[DONE]"


class Reported(Exception):
    """The server tells of an error, where its status said that all was well."""


class Details(msgspec.Struct, frozen=True):
    cached_tokens: _Count | None = None


class Usage(msgspec.Struct, frozen=True):
    """Tokens, as the server counted them."""

    prompt_tokens: _Count | None = None
    completion_tokens: _Count | None = None
    prompt_tokens_details: Details | None = None


class Said(msgspec.Struct, frozen=True):
    """More of an answer, or of what a model thinks before it."""

    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None


class Choice(msgspec.Struct, frozen=True):
    index: int = 0
    delta: Said | None = None
    message: Said | None = None
    finish_reason: str | None = None


class Chunk(msgspec.Struct, frozen=True):
    """One event, or a whole answer where a server does not stream."""

    choices: tuple[Choice, ...]
    usage: Usage | None = None

    @property
    def text(self) -> str:
        return "".join(self._said("content"))

    @property
    def alive(self) -> bool:
        """Whether the model said or thought anything."""
        return bool(self.text or self._said("reasoning_content") or self._said("reasoning"))

    @property
    def finish(self) -> str:
        return next((one.finish_reason for one in self.choices if one.finish_reason), "")

    def _said(self, field: str) -> list[str]:
        said = [one.delta or one.message for one in self.choices if one.index == 0]
        return [text for one in said if one and (text := getattr(one, field))]


class Listed(msgspec.Struct, frozen=True):
    """A model that a server has; what is said of its context has many names."""

    id: str
    max_model_len: _Count | None = None
    context_length: _Count | None = None
    max_context_length: _Count | None = None
    loaded_context_length: _Count | None = None

    @property
    def context(self) -> int:
        names = ("max_model_len", "loaded_context_length", "context_length", "max_context_length")
        return next((found for name in names if (found := getattr(self, name))), 0)


class Models(msgspec.Struct, frozen=True):
    data: tuple[Listed, ...]


def read_json(text: str) -> Any:  # noqa: ANN401 - whatever the server says
    """Return the value of JSON; half a surrogate is no reason to refuse the rest of it."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Broken(f"it sends what is no JSON: {told(text[:80])}") from None


def read_event(event: Event) -> Chunk | None:
    """Read an event; nothing is left to come after the one that has no chunk."""
    if event.data.strip() == DONE:
        return None
    if event.name == "error":
        raise Reported(_complaint_in(event.data))
    return read_chunk(event.data)


def _complaint_in(text: str) -> str:
    try:
        return complaint(read_json(text)) or text
    except Broken:
        return text


def read_chunk(text: str) -> Chunk:
    """Read a part of an answer, or a whole one; what tells of an error raises it."""
    value = read_json(text)
    refuse_error(value)
    try:
        return msgspec.convert(value, Chunk)
    except msgspec.ValidationError as error:
        raise Broken(f"its answer is not what the API says: {told(str(error))}") from None


def read_models(text: str) -> Models:
    value = read_json(text)
    refuse_error(value)
    try:
        return msgspec.convert(value, Models)
    except msgspec.ValidationError as error:
        raise Broken(f"its list of models is none: {told(str(error))}") from None


def refuse_error(value: object) -> None:
    """Raise what a server tells of as an error, even where it calls it a success."""
    if message := complaint(value):
        raise Reported(message)


def complaint(value: object) -> str:
    """Return the error that a value tells of; each server has its own way to say it."""
    if not isinstance(value, dict):
        return ""
    found = value.get("error") or (value.get("object") == "error" and value.get("message"))
    if isinstance(found, dict):
        found = found.get("message") or found.get("type") or "an error without a message"
    found = found or ("" if "choices" in value else value.get("detail"))
    return found if isinstance(found, str) else json.dumps(found)[:300] if found else ""


class Characters:
    """Puts together characters whose halves come in two pieces."""

    def __init__(self) -> None:
        self._half = ""
        self.unreadable = False
        """Whether there were halves without another."""

    def whole(self, text: str, *, last: bool = False) -> str:
        text = self._half + text
        self._half = ""
        if not last and text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            self.unreadable |= joined.count("\ufffd") > text.count("\ufffd")
            return joined
        return text
