"""A task is folded from its facts, in whichever state its host was killed."""

from __future__ import annotations

from workbench.api.tasking import Drafted, TaskActed, TaskAnalysed, TaskReflected
from workbench.chat.loop.memory import Memory, fold, recall
from workbench.journal.journal import Journal
from workbench.workspace import Workspace

FACTS = (
    TaskAnalysed("t", "goal", "known", "", tokens=5),
    TaskActed("t", 0, "read", "{}", "done", "m1", tokens=7),
    TaskActed("t", 1, "replace", "{}", "done", "m2", (Drafted("a.py", "1", "2"),), 3),
    TaskActed("t", 1, "replace", "{}", "done", "m3", (Drafted("a.py", "1", "3"),), 3),
    TaskReflected("t", True, "done", "p1", tokens=2),
)


def test_every_beginning_is_a_state_of_its_own() -> None:
    memory, states = Memory(), []
    for fact in FACTS:
        memory = memory.after(fact)
        states.append(memory)
    assert [one.calls for one in states] == [0, 1, 2, 3, 3]
    assert [one.tokens for one in states] == [5, 12, 15, 18, 20]
    assert states[2].drafted["a.py"].after == "2"
    assert states[3].drafted["a.py"].after == "3"
    assert states[-1].proposal == "p1"


async def test_it_is_read_from_the_journal(workspace: Workspace) -> None:
    workspace.make()
    journal = Journal(workspace)
    await journal.open()
    try:
        assert await recall(journal, "t", "c") == Memory()
        for fact in FACTS:
            await journal.write(fact, actor="assistant", subject="t")
        await journal.write(TaskAnalysed("u", "other", "", ""), actor="assistant", subject="u")
        memory = await recall(journal, "t", "c")
    finally:
        await journal.close()
    assert memory.calls == 3
    assert memory.analysed == FACTS[0]
    assert memory == fold((), {}).after(FACTS[0]).after(FACTS[1]).after(FACTS[2]).after(
        FACTS[3]
    ).after(FACTS[4])
