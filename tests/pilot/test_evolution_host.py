"""The Evolution screen attached to a real host, over a real socket, with a real journal."""

from __future__ import annotations

from msgspec.structs import replace

from tests.pilot.conftest import TERMS
from tests.pilot.findings import ENDED, FAILURE, FLAKY, PROPOSAL
from tests.pilot.hosts import attached, decide, write
from workbench.api.deciding import Leave, Reject
from workbench.workspace import Workspace


async def test_what_the_journal_holds_is_listed(workspace: Workspace) -> None:
    async with attached(workspace) as (hands, journal):
        await write(journal, FAILURE, FLAKY, FAILURE, PROPOSAL, ENDED)
        await hands.press("4")
        await hands.see("1 proposal, 2 failures. Last search: 2 repairs hold", "▸ proposal   92%")
        await hands.see("test_parse.py::test_last_line", "2 times  1 proposal", "flaky")
        await hands.see("Proposal 3f2a91c0d1e2", "42 +    while at < len(lines):")


async def test_what_happens_appears_by_itself(workspace: Workspace) -> None:
    async with attached(workspace) as (hands, journal):
        await hands.press("4")
        await hands.see("No failure is known")
        await write(journal, FAILURE)
        await hands.see("0 proposals, 1 failure", "▸ failure   test_parse.py::test_last_line")
        await write(journal, PROPOSAL, replace(PROPOSAL, proposal="aa", why="another one"), ENDED)
        await hands.see("2 proposals, 1 failure. Last search", "▸ proposal", "another one")


async def test_a_cursor_that_was_moved_stays_where_it_is(workspace: Workspace) -> None:
    async with attached(workspace) as (hands, journal):
        await write(journal, FAILURE, PROPOSAL)
        await hands.press("4")
        await hands.see("1 proposal, 1 failure", "▸ proposal")
        await hands.press("j")
        await hands.see("▸ failure   test_parse.py::test_last_line")
        await write(journal, replace(PROPOSAL, proposal="aa", why="another one"), ENDED)
        await hands.see("2 proposals, 1 failure. Last search", "▸ failure", "another one")


async def test_what_is_decided_elsewhere_appears_by_itself(workspace: Workspace) -> None:
    async with attached(workspace) as (hands, journal):
        await write(journal, FAILURE)
        await write(journal, PROPOSAL)
        await hands.press("4")
        await hands.see("waiting", "It waits for a person")
        await decide(workspace, Reject((), "guesses"))
        await hands.see("rejected", "/tester, 2", ": guesses.")
        await decide(workspace, Leave())
        await hands.see("waiting", "It waits for a person")


async def test_what_is_refused_is_told_and_the_screen_stays(workspace: Workspace) -> None:
    async with attached(workspace) as (hands, journal):
        await write(journal, FAILURE)
        hands.interface.terms = lambda: replace(TERMS, interpreter="/nowhere/python")
        await hands.press("4")
        await hands.see("1 failure")
        await hands.press("h")
        await hands.see("/nowhere/python", "0 proposals, 1 failure")


async def test_no_project_is_healed_without_tests(workspace: Workspace) -> None:
    (workspace.project / "empty.py").write_text("answer = 42\n", encoding="utf-8")
    async with attached(workspace) as (hands, _):
        await hands.press("4")
        await hands.see("No failure is known")
        await hands.press("h")
        await hands.see("There are no tests, so nothing tells what is right.")
        await hands.see("The last search ended so: There are no tests")


async def test_a_project_that_is_followed_is_tested(workspace: Workspace) -> None:
    async with attached(workspace) as (hands, _):
        await hands.press("4", "w")
        await hands.see("Followed by", "The last search ended so: There are no tests")
        await hands.press("w")
        await hands.until(lambda: "Followed by" not in hands.text)


async def test_an_open_interface_has_the_project_tested(workspace: Workspace) -> None:
    async with attached(workspace, follows=True) as (hands, _):
        await hands.press("4")
        await hands.see("Followed by", "The last search ended so: There are no tests")


async def test_a_project_is_not_followed_where_nothing_can_be_run(workspace: Workspace) -> None:
    terms = replace(TERMS, interpreter="/nowhere/python")
    async with attached(workspace, terms=terms, follows=True) as (hands, _):
        await hands.see("The project is not followed.", "/nowhere/python")
        await hands.press("4")
        await hands.see("Not followed:", "/nowhere/python")
        assert not hands.interface.following.is_on
