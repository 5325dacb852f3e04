"""Pieces that are gathered in a loop: the last one, and the beginning of the next."""

from __future__ import annotations

import textwrap

import pytest

from workbench.healing.compose import applied
from workbench.healing.dossier import Dossier
from workbench.healing.generators import remainders
from workbench.healing.ground import Ground, Site
from workbench.splice import parses

SPLIT = """
def split(text, mark):
    parts, found = [], 0
    part = ""
    for letter in text:
        if letter == mark:
            parts.append(part)
            found += 1
        else:
            part += letter
    return parts, found
"""
GROUPED = """
def grouped(rows):
    group = []
    for row in rows:
        if row is None:
            yield group
            group = []
        else:
            group.append(row)
"""
WHOLE = SPLIT.replace("            found", "            part = ''\n            found")
ENDED = GROUPED + "    yield group\n"
PLAIN = """
def double(rows):
    found = []
    for row in rows:
        found.append(row * 2)
    return found
"""


def made(source: str) -> dict[str, list[str]]:
    """Return what a file may become, by what is said of it."""
    files = {"m.py": textwrap.dedent(source)}
    ground = Ground(Dossier((), files))
    module = ground.modules["m.py"]
    sites = [Site("m.py", module, node, 1.0) for node in module.statements]
    found = [one for site in sites for one in remainders.at_site(ground, site)]
    texts = {one.why: applied(files, one)["m.py"] for one in found}
    assert all(map(parses, texts.values()))
    return {why: text.splitlines() for why, text in texts.items()}


@pytest.mark.parametrize(
    ("source", "text", "last"),
    [(SPLIT, "parts.append(part)", "part += letter"), (GROUPED, "yield group", "append(row)")],
)
def test_the_last_piece_is_handed_on_behind_the_loop(source: str, text: str, last: str) -> None:
    lines = made(source)[f"{text} behind the loop"]
    at = next(at for at, line in enumerate(lines) if line.endswith(last))
    assert lines[at + 1] == f"    {text}"


def test_it_may_be_handed_on_only_where_there_is_one() -> None:
    lines = made(GROUPED)["yield group behind the loop if there is group"]
    assert lines[-2:] == ["    if group:", "        yield group"]


def test_the_next_piece_is_begun_as_the_first() -> None:
    lines = made(SPLIT)['part = "" behind it']
    assert lines[lines.index("            parts.append(part)") + 1] == '            part = ""'


def test_what_is_done_already_is_left() -> None:
    assert not [why for why in made(WHOLE) if "behind it" in why]
    assert not made(ENDED)
    assert not made(PLAIN)
