"""Reviews on the screen attached to a real host: what one decides is there, here and elsewhere."""

from __future__ import annotations

from msgspec.structs import replace

from tests.pilot.findings import BEFORE, ENDED, FAILURE, PROPOSAL
from tests.pilot.hosts import attached, decide, living, write
from workbench.api.client import Client
from workbench.api.commands import ReadProposals, ReadReview
from workbench.api.deciding import Leave, Reject, Remark
from workbench.workspace import Workspace

NAME = PROPOSAL.proposal


def kept(workspace: Workspace) -> None:
    """Let the file be there that the proposal changes."""
    file = workspace.project / "src" / "parse.py"
    file.parent.mkdir()
    file.write_bytes(BEFORE)


async def test_what_is_decided_by_key_is_the_hosts(workspace: Workspace) -> None:
    kept(workspace)
    async with attached(workspace) as (hands, journal):
        await write(journal, FAILURE, PROPOSAL, ENDED)
        await hands.press("4")
        await hands.see("at < len(lines):")
        await hands.press("enter", "y")
        await hands.see("press w to apply", "hunk 1 of 1, accepted")
        await hands.press("c")
        await hands.type("fine")
        await hands.press("enter")
        await hands.see("/interface: fine")
        async with Client(workspace, "tester", patience=20.0) as client:
            review = await client.call(ReadReview(NAME))
        assert review.stands.standing == "accepted"
        assert [one.text for one in review.stands.remarks] == ["fine"]
        await hands.press("z", "z")
        await hands.see("hunk 1 of 1, undecided")
    async with attached(workspace) as (hands, _):
        await hands.press("4", "enter")
        await hands.see("hunk 1 of 1, undecided")
        await hands.press("Z")
        await hands.see("hunk 1 of 1, accepted")


async def test_what_another_face_decides_appears_in_the_review(workspace: Workspace) -> None:
    async with attached(workspace) as (hands, journal):
        await write(journal, FAILURE, PROPOSAL)
        await hands.press("4")
        await hands.see("at < len(lines):")
        await hands.press("enter")
        await hands.see("hunk 1 of 1, undecided")
        name = hands.evolution.desk.hunks[0].id
        await decide(workspace, Remark(name, "why?"))
        await hands.see("/tester: why?")
        await decide(workspace, Reject((name,), "guesses"))
        await hands.see("hunk 1 of 1, rejected", "guesses")
        await decide(workspace, Leave((name,)))
        await hands.see("hunk 1 of 1, undecided")


async def test_what_cannot_be_done_is_told_in_the_hosts_words(workspace: Workspace) -> None:
    async with attached(workspace) as (hands, journal):
        await write(journal, FAILURE, PROPOSAL)
        await hands.press("4")
        await hands.see("at < len(lines):")
        await hands.press("enter", "s")
        await hands.see("The hunk is one line and cannot be split.", "hunk 1 of 1")


async def test_a_patch_of_the_host_is_copied(workspace: Workspace) -> None:
    kept(workspace)
    async with attached(workspace) as (hands, journal):
        await write(journal, FAILURE, PROPOSAL)
        await hands.press("4")
        await hands.see("at < len(lines):")
        await hands.press("enter", "Y")
        await hands.see("The patch was copied.")
        assert "+    while at < len(lines):\n" in hands.interface.clipboard


async def test_only_what_came_since_is_read_and_stands_as_it_was_decided(
    workspace: Workspace,
) -> None:
    other = replace(PROPOSAL, proposal="aa", why="another one")
    async with living(workspace) as journal, Client(workspace, "t", patience=20.0) as client:
        await write(journal, PROPOSAL, other)
        await decide(workspace, Reject((), "guesses"))
        first = await client.call(ReadProposals(diffs=False))
        assert {one.proposal.proposal: one.state for one in first.proposals} == {
            NAME: "rejected",
            "aa": "waiting",
        }
        assert not any(one.proposal.diff for one in first.proposals)
        nothing = await client.call(ReadProposals(after=first.head))
        assert nothing.proposals == ()
        await write(journal, PROPOSAL)
        again = await client.call(ReadProposals(after=first.head))
        assert [(one.proposal, one.state) for one in again.proposals] == [(PROPOSAL, "rejected")]
        await decide(workspace, Leave())
        left = await client.call(ReadProposals(after=again.head))
        assert [(one.proposal.proposal, one.state) for one in left.proposals] == [(NAME, "waiting")]


async def test_files_that_are_known_are_not_sent_again(workspace: Workspace) -> None:
    async with living(workspace) as journal, Client(workspace, "t", patience=20.0) as client:
        await write(journal, PROPOSAL)
        whole = await client.call(ReadReview(NAME))
        assert whole.files
        assert whole.proposed.proposal.diff == ""
        await decide(workspace, Reject((), "guesses"))
        known = await client.call(ReadReview(NAME, known=whole.stands.text))
        assert known.files == ()
        assert known.stands.standing == "rejected"
