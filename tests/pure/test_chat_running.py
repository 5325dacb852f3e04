"""An answer while it is written: nothing of it is missed, kept twice, or left running."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_models.worker.protocol import Ended, Piece, Progress, Reason
from widgets import markdown
from widgets.listing import Code
from workbench.api.chats import Message, Pieces, Step
from workbench.api.events import HostStarted, read_fact
from workbench.api.facts import Event, Fact
from workbench.api.talking import AnswerBegan, AnswerEnded, AnswerGrew, MessageSaid, Wanted
from workbench.chat.blocks import Block, blocks, work_of
from workbench.chat.conversation import TYPES, fold
from workbench.chat.desk import Desk
from workbench.chat.running import Outcome, Running
from workbench.errors import ModelError, UsageError
from workbench.journal import reading
from workbench.journal.journal import Journal
from workbench.workspace import Workspace

WORDS = st.text("aé字0`\n \t", max_size=5)
"""Nothing that could be taken for a secret."""


class Spoken:
    """What a model would give, piece by piece, until it is cancelled."""

    id = "q1"

    def __init__(self, pieces: Sequence[str], rest: str = "") -> None:
        self._pieces = pieces
        self._rest = rest
        self._cancelled = False
        self.ended: Ended | None = None

    async def __aiter__(self) -> AsyncIterator[Progress | Piece]:
        yield Progress(1, 5, 10, 0)
        for number, text in enumerate(self._pieces, 1):
            if self._cancelled:
                break
            yield Piece(1, text, number)
            await asyncio.sleep(0)
        reason: Reason = "cancelled" if self._cancelled else "end"
        self.ended = Ended(1, reason, self._rest, 10, 0, len(self._pieces), 0.0, 0.1, "", 1)

    def cancel(self) -> None:
        self._cancelled = True


class Kept:
    """Keeps facts, as a journal would."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    async def __call__(self, fact: Fact) -> Event:
        await asyncio.sleep(0)
        self.facts.append(fact)
        return Event(len(self.facts), 0, "", "", fact.type, 1, "", "", "")

    @property
    def text(self) -> str:
        """The text as the tree would have it."""
        text = ""
        for fact in self.facts:
            match fact:
                case AnswerGrew():
                    text = text[: fact.at] + fact.text
                case AnswerEnded():
                    text = fact.text
        return text


def over(running: Running) -> Message:
    return Message(running.answer, "", "assistant", running.text, 0)


async def followed(running: Running) -> list[Pieces]:
    found: list[Pieces] = []
    length, seen = 0, -1
    while not found or found[-1].message is None:
        found.append(await running.pieces(length, seen))
        length, seen = found[-1].length, found[-1].mark
    return found


@given(st.lists(WORDS, max_size=20), WORDS, st.integers(1, 4))
async def test_everyone_hears_all_of_it(pieces: list[str], rest: str, faces: int) -> None:
    kept = Kept()
    running = Running("c", "a", kept)
    following = [asyncio.create_task(followed(running)) for _ in range(faces)]
    keeping = asyncio.create_task(_keep_often(running))
    heard = await running.hear(Spoken(pieces, rest))
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    assert heard == running.text == "".join(pieces) + rest
    await running.keep()
    assert running.text.startswith(kept.text)
    assert not {" ", "\n"} & set(running.text[len(kept.text) :]), "a word at most is missing"
    await running.end("whole")
    running.close(over(running))
    for found in await asyncio.gather(*following):
        assert "".join(one.text for one in found) == running.text
    assert kept.text == running.text


async def _keep_often(running: Running) -> None:
    while True:
        await running.keep()
        await asyncio.sleep(0)


async def test_the_journal_keeps_no_secret_that_a_model_says() -> None:
    """Not even where it comes in halves, and what is kept meanwhile fits together."""
    token = "ghp_" + "a1B2" * 9
    kept = Kept()
    running = Running("c", "a", kept)
    for piece in ("The token is ", token[:9], token[9:], " and no other. ", "More"):
        running.say(piece)
        await running.keep()
    assert kept.text == "The token is [redacted] and no other. "
    await running.end("whole")
    assert kept.text == "The token is [redacted] and no other. More"
    assert all("a1B2" not in str(fact) for fact in kept.facts)
    (ended,) = [fact for fact in kept.facts if isinstance(fact, AnswerEnded)]
    assert "taken out" in ended.note
    assert token in running.text


async def test_what_is_not_aloud_is_not_in_the_answer() -> None:
    running = Running("c", "a", Kept())
    assert await running.hear(Spoken(["to ", "myself"]), aloud=False) == "to myself"
    assert running.text == ""


async def test_stopping_cancels_what_is_heard_and_what_is_asked_later() -> None:
    running = Running("c", "a", Kept())
    hearing = asyncio.create_task(running.hear(Spoken(["x"] * 10_000)))
    await asyncio.sleep(0.01)
    running.stop()
    assert 0 < len(await hearing) < 10_000
    assert await running.hear(Spoken(["more"])) == ""


async def test_stages_steps_and_messages_are_told() -> None:
    kept = Kept()
    running = Running("c", "a", kept)
    waiting = asyncio.create_task(running.pieces(0, -1))
    await asyncio.sleep(0)
    running.at("planning")
    assert (await waiting).stage == "planning"
    seen = running.mark
    await running.plan((Step("look"),), "waiting for you")
    pieces = await running.pieces(0, seen)
    assert (pieces.steps, pieces.stage) == ((Step("look"),), "waiting for you")
    first = await running.tell("output", kind="search")
    await running.tell("more", kind="read")
    told = [fact for fact in kept.facts if isinstance(fact, MessageSaid)]
    assert [one.after for one in told] == ["a", first]
    assert {one.behind for one in told} == {"a"}


@pytest.fixture
async def desk(workspace: Workspace) -> Desk:
    workspace.make()
    journal = Journal(workspace)
    await journal.open()
    return Desk(journal, lambda _: 0)


async def _answered(desk: Desk, name: str, body: object) -> Message:
    began = AnswerBegan("c", name, "", "assistant", Wanted("question"))
    await desk.begin(began, body)  # type: ignore[arg-type]
    pieces = await desk.pieces(name, 10**9, -1)
    while pieces.message is None:
        pieces = await desk.pieces(name, 10**9, pieces.mark)
    return pieces.message


async def test_how_an_answer_ends(desk: Desk) -> None:
    async def speak(running: Running) -> Outcome:
        running.say("all")
        return "whole"

    async def fail(running: Running) -> Outcome:
        running.say("half")
        raise ModelError("It broke.", "Mend it.")

    async def stumble(running: Running) -> Outcome:
        running.say("half")
        raise ZeroDivisionError

    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    whole = await _answered(desk, "a1", speak)
    assert (whole.state, whole.text, whole.problem) == ("whole", "all", "")
    failed = await _answered(desk, "a2", fail)
    assert (failed.state, failed.text, failed.problem) == ("failed", "half", "It broke. Mend it.")
    assert not told
    odd = await _answered(desk, "a3", stumble)
    assert (odd.state, odd.text) == ("failed", "half")
    assert "defect" in odd.problem
    assert len(told) == 1
    assert desk.running == {}
    await desk.close()


async def test_whoever_does_not_listen_is_ended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.chat.desk._SHORT_PATIENCE", 0.05)

    async def deaf(running: Running) -> Outcome:
        running.say("half")
        await asyncio.Event().wait()
        return "whole"

    began = AnswerBegan("c", "a", "", "assistant", Wanted("question"))
    await desk.begin(began, deaf)
    await asyncio.sleep(0)
    await desk.stop("a")
    message = await desk.message(await desk.node("a"))
    assert (message.state, message.text) == ("stopped", "half")
    await desk.stop("a")
    with pytest.raises(UsageError, match="There is no message absent"):
        await desk.stop("absent")


async def test_a_plan_that_waits_is_stopped_and_stays(desk: Desk) -> None:
    async def plan(running: Running) -> Outcome:
        running.say("This is the plan.")
        await running.plan((Step("look"),), "waiting for you")
        return "waiting"

    waiting = await _answered(desk, "t", plan)
    assert waiting.state == "waiting"
    await desk.stop("t")
    stopped = await desk.message(await desk.node("t"))
    assert (stopped.state, stopped.text, stopped.steps) == (
        "stopped",
        "This is the plan.",
        (Step("look"),),
    )


async def test_a_desk_that_closes_keeps_what_there_is(workspace: Workspace) -> None:
    workspace.make()
    journal = Journal(workspace)
    await journal.open()
    desk = Desk(journal, lambda _: 0)

    async def write(running: Running) -> Outcome:
        running.say("half")
        await running.stopped()
        return "whole"

    await desk.begin(AnswerBegan("c", "a", "", "assistant", Wanted("question")), write)
    await asyncio.sleep(0)
    await desk.close()
    events = await journal.read(reading.of_types, TYPES)
    node = fold(events).nodes["a"]
    assert (node.state, node.text) == ("interrupted", "half")
    live = await desk.forest()
    assert live == fold(events)
    assert not any(isinstance(read_fact(event), HostStarted) for event in events)
    await journal.close()


def test_blocks_are_those_that_markdown_has() -> None:
    text = "```python\nprint(1)\n```\n\n    indented\n\n- a list\n\n  ~~~ SH extra\n  ls\n  ~~~\n"
    found = (Block("python", "print(1)\n"), Block("", "indented\n"), Block("sh", "ls\n"))
    assert blocks(text) == found


@given(st.text(alphabet="`~ \n-1.>|<a[:]", max_size=60))
def test_a_screen_counts_them_in_the_same_way(text: str) -> None:
    shown = [part for parts in markdown.blocks(text) for part in parts.parts]
    assert len(blocks(text)) == sum(isinstance(part, Code) for part in shown)


@pytest.mark.parametrize(
    ("block", "source"),
    [
        (Block("python", "x = 1\n"), "x = 1\n"),
        (Block("", "x = 1\n"), "x = 1\n"),
        (Block("pycon", ">>> x = 1\n>>> if x:\n...     x\n...\n1\n"), "x = 1\nif x:\n    x\n\n"),
        (Block("sh", "ls\n"), "ls\n"),
        (Block("console", "$ ls\na.py\n$ pwd\n"), "ls\npwd\n"),
    ],
)
def test_what_is_run_of_a_block(block: Block, source: str) -> None:
    work = work_of(block)
    assert (getattr(work, "source", "") or getattr(work, "argv", ("",))[-1]) == source


@pytest.mark.parametrize("block", [Block("go", "x"), Block("python", " \n")])
def test_what_is_not_run(block: Block) -> None:
    with pytest.raises(UsageError):
        work_of(block)
