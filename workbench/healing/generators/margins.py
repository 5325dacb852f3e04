"""Lines of a file that does not parse: indented in another way, given a body, left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Try:
    """Lines put in the place of others, by index."""

    prior: float
    first: int
    count: int
    lines: tuple[str, ...]
    why: str


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def indentations(lines: Sequence[str], at: int, message: str) -> Iterator[Try]:
    """Put a line, or those down to the next that fits, where lines around it are."""
    told = 0.8 if "indent" in message or "tab" in message else 0.15
    around = [one for one in (*lines[max(0, at - 30) : at], *lines[at + 1 : at + 3]) if one.strip()]
    margins = dict.fromkeys(_margin(one) for one in reversed(around))
    step = next((one for one in margins if one), "    ")
    before = next((one for one in reversed(lines[:at]) if one.strip()), "")
    wanted = [_margin(before) + (step if before.rstrip().endswith(":") else "")]
    choices = dict.fromkeys([*wanted, *margins, *(one + step for one in margins)])
    width = len(_margin(lines[at]).expandtabs(4))
    nearest = sorted(choices, key=lambda margin: abs(len(margin.expandtabs(4)) - width))
    for place, margin in enumerate(nearest):
        prior = told / (1 + 0.4 * place)
        yield _moved(lines, at, at + 1, margin, prior)
        end = _block_end(lines, at)
        if end > at + 1:
            yield _moved(lines, at, end, margin, prior * 0.9)
    if any("\t" in _margin(one) for one in lines):
        whole = tuple(_margin(one).expandtabs(8) + one.lstrip(" \t") for one in lines)
        yield Try(told, 0, len(lines), whole, "spaces instead of tabs")
        narrow = tuple(_margin(one).expandtabs(4) + one.lstrip(" \t") for one in lines)
        yield Try(told * 0.95, 0, len(lines), narrow, "spaces instead of tabs")


def _moved(lines: Sequence[str], start: int, end: int, margin: str, prior: float) -> Try:
    old = _margin(lines[start])
    new = tuple(
        margin + one.removeprefix(old) if one.strip() and one.startswith(old) else one
        for one in lines[start:end]
    )
    return Try(prior, start, end - start, new, "another indentation")


def _block_end(lines: Sequence[str], start: int) -> int:
    """Return where the lines end that are indented as the first, or further."""
    width = len(_margin(lines[start]).expandtabs())
    for place in range(start + 1, len(lines)):
        if lines[place].strip() and len(_margin(lines[place]).expandtabs()) < width:
            return place
    return len(lines)


def unbodied(lines: Sequence[str], at: int, message: str) -> Iterator[Try]:
    """Give a head without a body one, or indent what should be it."""
    heads = [place for place in range(at, -1, -1) if lines[place].rstrip().endswith(":")][:2]
    for place in heads:
        inner = _margin(lines[place]) + "    "
        end = "\r\n" if lines[place].endswith("\r\n") else "\n"
        told = 0.3 if "expected an indented block" in message else 0.05
        whole = (lines[place].rstrip("\r\n") + end, f"{inner}pass{end}")
        yield Try(told, place, 1, whole, "pass in its body")
    if at > 0 and re.match(r"\s*(except|finally)\b", lines[at]) is None and "'except'" in message:
        end = "\r\n" if lines[at].endswith("\r\n") else "\n"
        margin = _margin(lines[at])
        caught = (f"{margin}except Exception:{end}", f"{margin}    pass{end}", lines[at])
        yield Try(0.1, at, 1, caught, "an except")


def cut(lines: Sequence[str], at: int) -> Iterator[Try]:
    """Leave out lines that are no code: marks of a merge, stray words and signs."""
    for place in range(max(0, at - 1), min(len(lines), at + 1)):
        stripped = lines[place].strip()
        is_stray = re.fullmatch(r"[^\w\s]+|\w+|```\w*|[-=]{3,}", stripped) is not None
        yield Try(0.4 if is_stray else 0.02, place, 1, (), f"without {stripped[:30]}")
        if stripped and not stripped.startswith("#"):
            margin = _margin(lines[place])
            commented = f"{margin}# {lines[place].lstrip()}"
            yield Try(0.03, place, 1, (commented,), "a comment")
    yield from _merged(lines)


def _merged(lines: Sequence[str]) -> Iterator[Try]:
    """Take one side of a merge that was not finished."""
    starts = [place for place, line in enumerate(lines) if line.startswith("<<<<<<<")]
    for start in starts[:1]:
        middle = next((i for i in range(start, len(lines)) if lines[i].startswith("=======")), None)
        end = next((i for i in range(start, len(lines)) if lines[i].startswith(">>>>>>>")), None)
        if middle is None or end is None or not start < middle < end:
            continue
        ours, theirs = tuple(lines[start + 1 : middle]), tuple(lines[middle + 1 : end])
        for kept, prior, why in ((ours, 0.9, "our side"), (theirs, 0.85, "their side")):
            yield Try(prior, start, end - start + 1, kept, why)
        yield Try(0.4, start, end - start + 1, (*ours, *theirs), "both sides")
