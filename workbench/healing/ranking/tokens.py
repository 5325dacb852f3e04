"""Python source as tokens, also where it is only a piece that does not parse."""

from __future__ import annotations

import keyword
import re
from difflib import SequenceMatcher

_LONG = r"\"\"\"[\s\S]*?\"\"\"|\'\'\'[\s\S]*?\'\'\'"
_SHORT = r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
_STRING = rf"(?i:[rbfu]{{0,2}})(?:{_LONG}|{_SHORT})"
_NUMBER = r"(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?[jJ]?|\.\d+)"
_SYMBOL = r"\*\*=?|//=?|<<=?|>>=?|->|:=|[<>=!+\-*/%&|^@]=|\.\.\.|[^\w\s]"
_TOKEN = re.compile(rf"#[^\n]*|{_STRING}|{_NUMBER}|\w+|{_SYMBOL}|\n[ \t]*")


def tokens(text: str) -> list[str]:
    """Return the tokens of a piece of source; the end of a line is one, without its comment."""
    found = (match.group() for match in _TOKEN.finditer(text.replace("\r", "\n")))
    kept = ["\n" if part.isspace() else part for part in found if not part.startswith("#")]
    return [part for at, part in enumerate(kept) if part != "\n" or kept[at - 1 : at] != ["\n"]]


def is_name(token: str) -> bool:
    return token.isidentifier() and not keyword.iskeyword(token)


def is_number(token: str) -> bool:
    return token[0].isdigit() or (token[0] == "." and token[1:2].isdigit())


def is_text(token: str) -> bool:
    return token[-1] in "\"'" and len(token) > 1


def difference(before: list[str], after: list[str]) -> list[tuple[list[str], list[str]]]:
    """Return which tokens became which, place by place."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        (before[start:end], after[new_start:new_end])
        for tag, start, end, new_start, new_end in matcher.get_opcodes()
        if tag != "equal"
    ]
