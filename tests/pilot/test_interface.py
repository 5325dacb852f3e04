"""Screens, palette, help, prompt, and the line to the host."""

from __future__ import annotations

import pytest

from screens.places import PLACES
from screens.themes import INKS
from tests.pilot.conftest import hands_on
from workbench.errors import ExitCode


async def test_screens_are_built_on_their_first_visit() -> None:
    async with hands_on() as hands:
        built = hands.interface._screen_stacks
        assert [name for name, stack in built.items() if stack] == ["chat"]
        await hands.press("3")
        await hands.see("Nothing was read yet.")
        assert [name for name, stack in built.items() if stack] == ["chat", "knowledge"]


@pytest.mark.parametrize(("number", "place"), list(enumerate(PLACES, 1)), ids=str)
async def test_numbers_and_function_keys_go_to_screens(number: int, place: object) -> None:
    async with hands_on() as hands:
        for key in ("tab", str(number), "tab", f"f{number}"):
            await hands.press(key)
        assert hands.interface.frame.place_name == PLACES[number - 1].name
        assert place in PLACES


async def test_tab_goes_round() -> None:
    async with hands_on() as hands:
        await hands.press("shift+tab")
        assert hands.interface.frame.place_name == "metrics"
        await hands.press("tab", "tab")
        assert hands.interface.frame.place_name == "learning"


async def test_the_palette_finds_and_runs() -> None:
    async with hands_on() as hands:
        await hands.press("2", ":")
        await hands.see("command", "Go to Metrics", "Quit")
        await hands.type("gomet")
        await hands.press("enter")
        await hands.see("host.started")
        assert hands.interface.frame.place_name == "metrics"


async def test_the_palette_says_why_not() -> None:
    async with hands_on() as hands:
        await hands.press("ctrl+p")
        await hands.type("go to chat")
        await hands.see("not now: You are here.")
        await hands.press("enter")
        await hands.see("You are here.", "Here you will ask")


async def test_the_palette_can_be_left_and_moved_in() -> None:
    async with hands_on() as hands:
        await hands.press(":", "down", "down", "up", "escape")
        await hands.see("Here you will ask")
        await hands.press(":")
        await hands.type("zzzz")
        await hands.press("enter")
        await hands.see("Here you will ask")


async def test_help_shows_the_keys_of_the_screen() -> None:
    async with hands_on(size=(80, 24)) as hands:
        await hands.press("5")
        await hands.see("host.started")
        await hands.press("?")
        await hands.see("Metrics", "Open or close the event")
        await hands.press("pagedown", "pagedown", "pagedown", "pagedown", "j", "k")
        await hands.see("Interrupt")
        await hands.press("q")
        await hands.see("host.started")
        assert hands.interface.is_running


async def test_an_action_that_makes_no_sense_says_so() -> None:
    async with hands_on(head=40, attach=False) as hands:
        await hands.press("5", "n")
        await hands.see("The host is not attached yet.")
        await hands.press("j")
        await hands.see("The list is empty.")


async def test_themes_go_round() -> None:
    async with hands_on() as hands:
        seen = [hands.interface.look]
        for _ in INKS:
            await hands.press("T")
            seen.append(hands.interface.look)
        assert seen[0] == seen[-1]
        assert set(seen) == set(INKS)


async def test_the_line_is_told() -> None:
    async with hands_on(attach=False) as hands:
        await hands.see("starting the host")
        hands.host.attach()
        await hands.see("attached to host 4242")
        hands.host.lose()
        await hands.see("lost", "The host went away. It is started again.")
        await hands.press("2")
        await hands.see("subjects will stand in a queue", "The host went away.")
        hands.host.attach()
        await hands.see("attached to host 4242")


async def test_a_lost_line_is_told_whatever_was_said_before() -> None:
    async with hands_on() as hands:
        await hands.press("2", "2")
        await hands.see("You are here.")
        hands.host.lose()
        await hands.see("lost", "The host went away.")


async def test_a_host_that_was_ended_is_started_by_a_key() -> None:
    async with hands_on() as hands:
        await hands.press("R")
        await hands.see("The host has not been lost.")
        hands.host.lose()
        await hands.see("lost", "start the host")
        await hands.press("R")
        await hands.see("attached to host 4242")


async def test_quit_and_interrupt() -> None:
    for key, code in (("q", ExitCode.OK), ("ctrl+c", ExitCode.INTERRUPTED)):
        async with hands_on() as hands:
            await hands.press("5", "n")
            await hands.press("escape" if key == "q" else "x", key)
        assert hands.interface.ending is code


async def test_tabs_and_keys_can_be_clicked() -> None:
    async with hands_on() as hands:
        await hands.pilot.click("#tabs", offset=(12, 0))
        await hands.see("subjects will stand in a queue")
        await hands.pilot.click("#keys", offset=(2, 0))
        await hands.see("command")


async def test_what_is_pasted_is_typed_on_one_line() -> None:
    from textual.events import Paste

    async with hands_on() as hands:
        await hands.press("5")
        await hands.see("host.started")
        await hands.press("n")
        hands.interface.post_message(Paste("two\nlines\x1b[31m"))
        await hands.see("two lines␛[31m")


async def test_a_failing_screen_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    from screens.learning import LearningScreen

    failures = iter([ZeroDivisionError("once")])

    def fail_once(_: object) -> None:
        for failure in failures:
            raise failure

    monkeypatch.setattr(LearningScreen, "on_screen_suspend", fail_once, raising=False)
    async with hands_on() as hands:
        await hands.press("2", "1")
        await hands.see("The learning screen failed and was built anew")
        await hands.press("2")
        await hands.see("subjects will stand in a queue")
