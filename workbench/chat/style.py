"""How answers are written in a project: language, verbosity and tone, from a file beside it.

Nothing in it is free text that a model would read as an order: words are chosen from lists, and the
language is a name. So it can change no policy, and needs no trust.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from workbench.errors import ConfigurationError
from workbench.visible import visible_line

FILE = "workbench-style.toml"
_LARGEST = 4_096
_HINT = (
    f'A {FILE} has language = "German", verbosity = "brief", "normal" or "thorough", and'
    ' tone = "plain", "friendly", "formal" or "dry", each of them only if it is wanted.'
)


class Style(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a project wants of answers; empty leaves it to the model."""

    language: Annotated[str, msgspec.Meta(pattern=r"^[^\W\d_]{0,20}(?: [^\W\d_]{1,20})?$")] = ""
    verbosity: Literal["", "brief", "normal", "thorough"] = ""
    tone: Literal["", "plain", "friendly", "formal", "dry"] = ""

    @property
    def lines(self) -> str:
        """The style as the end of a system prompt."""
        told = (
            f"Answer in {self.language}." if self.language else "",
            _VERBOSITY.get(self.verbosity, ""),
            f"Keep a {self.tone} tone." if self.tone else "",
        )
        return "\n".join(filter(None, told))


_VERBOSITY = {
    "brief": "Be brief: a few sentences, code only where it is asked for.",
    "thorough": "Be thorough: explain why, and name what else is concerned.",
}


def read_style(project: Path) -> Style:
    """Return the style of a project, or none where it has no file for it."""
    try:
        with (project / FILE).open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return Style()
    except OSError as error:
        raise ConfigurationError(f"{FILE} cannot be read: {error.strerror}.", _HINT) from error
    if len(data) > _LARGEST:
        raise ConfigurationError(f"{FILE} is larger than {_LARGEST:,} bytes.", _HINT)
    try:
        return msgspec.convert(tomllib.loads(data.decode()), Style)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        told = visible_line(str(error))
        raise ConfigurationError(f"{FILE} is not understood: {told}.", _HINT) from error
