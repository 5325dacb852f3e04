"""A flag that is asked for and never turned, turned where nothing is done."""

from __future__ import annotations

from tests.pure.generators_a_ground import made_of
from workbench.healing.generators import flags

HINTED = """
def hinted(tokens):
    is_hint = False
    for token in tokens:
        if token.startswith("+"):
            pass
    if is_hint:
        return "hint"
    return ""
"""
TWICE = """
def twice(tokens, quiet=False):
    seen = False
    for token in tokens:
        if token:
            print(token)
    while not seen:
        seen = find()
    if quiet:
        return seen
"""
BESIDE = """
def of(pattern):
    if pattern.endswith("/"):
        is_folder = True
    else:
        pass
    return pattern, is_folder
"""
SOUNDING = """
def kind(parts):
    is_folder = not parts[-1]
    if len(parts) == 1:
        pass
    return walk(is_folder)
"""
NEAR = """
def near(tokens):
    found = False
    for token in tokens:
        if token:
            print(token)
    return 1 if found else 0
"""


def test_a_flag_is_turned_where_nothing_is_done() -> None:
    assert [result for _, result in made_of(HINTED, flags.at_site)] == [
        HINTED.replace("pass", "is_hint = True")
    ]


def test_what_is_set_from_a_call_or_given_is_no_flag() -> None:
    assert made_of(TWICE, flags.at_site) == []


def test_a_branch_sets_what_the_other_sets() -> None:
    made = made_of(BESIDE, flags.at_site)
    assert [result for _, result in made] == [
        BESIDE.replace("pass", "is_folder = False"),
        BESIDE.replace("pass", "is_folder = True"),
    ]
    assert made[0][0].prior > made[1][0].prior


def test_what_sounds_like_a_flag_is_set_where_nothing_is_done() -> None:
    made = made_of(SOUNDING, flags.at_site)
    assert {result for _, result in made} == {
        SOUNDING.replace("pass", f"is_folder = {value}") for value in (True, False)
    }


def test_a_flag_is_turned_at_the_end_of_a_branch() -> None:
    assert [result for _, result in made_of(NEAR, flags.at_site)] == [
        NEAR.replace("print(token)", "print(token)\n            found = True")
    ]
