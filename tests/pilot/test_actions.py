"""The registry of actions is whole: everything in it works, and nothing works beside it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from screens.action import Action, Context
from screens.actions import ACTIONS, BY_ID, reachable
from screens.interface import Interface
from screens.keymap import make_keymap
from screens.keysheet import key_sheet
from screens.library_keys import LibraryKeys
from screens.library_moves import LibraryMoves
from screens.places import CHAINS, PLACES, REVIEW, SCOPES
from screens.review_keys import ReviewKeys
from screens.sheets import Help, Palette, Removal, Sure
from screens.talk_keys import TalkKeys
from screens.talk_sheets import ModelList, Page
from screens.talk_writing import Pen
from tests.pilot.conftest import hands_on
from workbench.errors import ConfigurationError

SHEETS = {
    "palette": Palette,
    "help": Help,
    "confirm": Sure,
    "agree": Removal,
    "page": Page,
    "models": ModelList,
}
ALL = [(place, action) for place in CHAINS for action in reachable(place)]


def names(value: object) -> str:
    return value.id if isinstance(value, Action) else str(value)


@pytest.mark.parametrize(("place", "action"), ALL, ids=names)
def test_every_action_has_what_does_it(place: str, action: Action) -> None:
    targets: list[object] = [Interface, SHEETS.get(place)]
    targets += [import_module(f"screens.{p.name}").SCREEN for p in PLACES if place == p.name]
    if place == REVIEW.name:
        targets += [ReviewKeys, import_module("screens.evolution").SCREEN]
    if place == "knowledge":
        targets += [LibraryKeys, LibraryMoves]
    if place in ("chat", "talks", "write", "complete"):
        targets += [TalkKeys, Pen, import_module("screens.chat").SCREEN]
    if place in ("prompt", "palette"):
        targets.append(import_module("screens.chat").SCREEN)
    assert any(hasattr(target, action.method) for target in targets)


@pytest.mark.parametrize(("place", "action"), ALL, ids=names)
def test_every_action_can_be_given_another_key(place: str, action: Action) -> None:
    keymap = make_keymap({action.id: "f24"})
    assert keymap.find(place, "f24") is action
    assert all(keymap.find(place, key) is None for key in action.keys)


@pytest.mark.parametrize(("place", "action"), ALL, ids=names)
def test_every_default_key_reaches_its_action(place: str, action: Action) -> None:
    assert action.keys
    assert all(make_keymap().find(place, key) is action for key in action.keys)


def test_every_action_is_reachable_and_described() -> None:
    assert {action for _, action in ALL} == set(ACTIONS)
    assert {action.scope for action in ACTIONS} == set(SCOPES)
    assert len(BY_ID) == len(ACTIONS)
    for action in ACTIONS:
        assert action.help.endswith(".")
        assert action.why_not(Context()) == "" or action.why_not(Context()).endswith(".")


def test_the_page_of_keys_is_fresh() -> None:
    page = Path(__file__).parents[2] / "docs" / "keys.md"
    assert page.read_text(encoding="utf-8") == key_sheet(), (
        "python -m screens.keysheet > docs/keys.md"
    )


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"list.dwon": "x"}, "`list.down`"),
        ({"list.down": "qq"}, "`qq`"),
        ({"list.down": "ctrl+"}, "`ctrl+`"),
        ({"list.down": "n"}, "belongs to `talk.new`"),
        ({"app.quit": "x", "app.help": "x"}, "`x`"),
    ],
)
def test_what_cannot_be_meant_is_refused(choices: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        make_keymap(choices)
    assert said in f"{refused.value.sentence} {refused.value.hint}"


def test_keys_can_be_swapped_taken_away_and_spelled() -> None:
    keymap = make_keymap({"journal.note": "s", "app.theme": "", "list.down": " H , comma "})
    metrics = "metrics"
    assert keymap.find(metrics, "n") is None
    assert keymap.find(metrics, "T") is None
    assert keymap.find(metrics, "H") is keymap.find(metrics, ",") is BY_ID["list.down"]


async def test_textual_brings_no_keys_of_its_own() -> None:
    async with hands_on() as hands:
        for key in ("1", "2", "3", "4", "5", "?"):
            await hands.press(key)
            nodes = [hands.interface, *hands.interface.screen.walk_children(with_self=True)]
            assert not [node for node in nodes if node._bindings.key_to_bindings]


async def test_a_users_keymap_moves_an_action() -> None:
    async with hands_on(keymap={"screen.metrics": "M", "list.down": "ctrl+j"}) as hands:
        await hands.press("M")
        await hands.see("host.started")
        await hands.press("ctrl+j")
        assert hands.metrics.journal.cursor == 1
        await hands.press("j")
        assert hands.metrics.journal.cursor == 1
