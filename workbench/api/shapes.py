"""What every command and every view is; apart from them, so that a quick question needs no more."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar, get_args

import msgspec

R_co = TypeVar("R_co", covariant=True)


class View(msgspec.Struct, frozen=True):
    """A value computed by the engine, so that a face does no work but to draw."""


class Command(msgspec.Struct, Generic[R_co], frozen=True, tag_field="command", tag=str.lower):
    """Something to do or to find out; the type in brackets is what it returns."""

    waits: ClassVar[bool] = False
    """It waits for something to happen, and is no reason to start a host that was ended."""


def result_type(command: type[Command[Any]]) -> Any:  # noqa: ANN401 - a type, known only at run time
    """Return the type that a command promises."""
    (base,) = command.__orig_bases__  # type: ignore[attr-defined]
    return get_args(base)[0]
