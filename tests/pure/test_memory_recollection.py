"""What is remembered as a fold over the journal: nothing of it goes, and a person has the word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.remembered_facts import DAY, Writer, learned, part
from workbench.api.events import FailureFound, HostStarted, HostStopped, NoteWritten, SearchEnded
from workbench.api.facts import Fact
from workbench.api.memory import ReadMemory, Remembered
from workbench.api.remembering import (
    Advice,
    BundleUndone,
    ConsolidationDecided,
    ConsolidationProposed,
    MemoryHidden,
    MemoryKept,
    MemoryShown,
    MemoryUsed,
    SkillLearned,
)
from workbench.api.talking import AnswerBegan, AnswerEnded, MessageSaid, Source, Wanted
from workbench.chat.recalling import as_turn
from workbench.errors import UsageError
from workbench.knowledge.skills.catalogue import Crafts
from workbench.knowledge.subjects.catalogue import Catalogue
from workbench.memory import shown
from workbench.memory.recollection import Recollection
from workbench.settings.schema import MemorySettings

SETTINGS = MemorySettings(30.0, 0, 24.0, 8, "", 7.0, 12)
FAILURE = FailureFound("f1", "t.py::t", "ValueError", "no", "a.py", 3, "f", "s")


def _wish(name: str, text: str, *depends: str) -> MemoryKept:
    return MemoryKept(name, "semantic", "preference", text, depends)


def _after(*facts: Fact) -> Recollection:
    return Recollection().after(Writer().write(*facts))


def _every(known: Recollection, now: int = 0, days: int = 0) -> tuple[Remembered, ...]:
    wanted = MemorySettings(30.0, days, 24.0, 8, "", 7.0, 12)
    return shown.every(known, Crafts(), Catalogue(), wanted, now or 1_000_000_000_000_000)


def test_a_session_ends_as_it_ended() -> None:
    known = _after(HostStarted("1", 1, "3.11"), NoteWritten("hello"), HostStopped("idle"))
    session = known.records["s1"]
    assert (session.kind, session.outcome, session.events) == ("session", "idle", (1, 3))
    assert known.records["e2"].text == "hello"


def test_a_session_that_was_killed_is_told_as_that() -> None:
    known = _after(HostStarted("1", 1, "3.11"), HostStarted("1", 2, "3.11"), HostStopped("idle"))
    assert [one.outcome for one in known.records.values()] == ["killed", "idle"]


def test_an_answer_whose_host_was_killed_is_not_running_any_more() -> None:
    said = (
        MessageSaid("c", "q", "", "person", "why?"),
        AnswerBegan("c", "a", "q", "assistant", Wanted("question")),
    )
    known = _after(*said, HostStarted("1", 2, "3.11"))
    assert known.records["m-a"].outcome == "interrupted"
    ended = _after(*said, AnswerEnded("a", "whole", "So."), HostStarted("1", 2, "3.11"))
    assert ended.records["m-a"].outcome == "whole"


def test_passages_that_stood_in_for_an_answer_are_told_as_that() -> None:
    said = (
        MessageSaid("c", "q", "", "person", "why?"),
        AnswerBegan("c", "a", "q", "assistant", Wanted("question")),
    )
    known = _after(*said, AnswerEnded("a", "whole", "No model.", kind="passages"))
    assert known.records["m-a"].outcome == "passages"


def test_the_same_failure_is_one_memory_that_was_seen_more_often() -> None:
    known = _after(FAILURE, FAILURE, FAILURE)
    (one,) = known.records.values()
    assert (one.uses, one.events) == (3, (1, 2, 3))


def test_a_search_was_made_of_failures() -> None:
    ended = SearchEnded("s", "repaired", "It holds.", (), ("f1",), (), 5, 1, 2.0, "x")
    known = _after(FAILURE, ended)
    assert known.dependents(["f-f1"]) == ("e2",)
    assert [one.id for one in known.depends("e2")] == ["f-f1"]


def _talk() -> list[Fact]:
    wanted = Wanted("question")
    source = Source(1, "p", "docs/a.md", 1, 2)
    return [
        MessageSaid("c1", "q1", "", "person", "What is a lane?"),
        AnswerBegan("c1", "a1", "q1", "assistant", wanted),
        AnswerEnded("a1", "whole", "It screens candidates.", sources=(source,)),
    ]


def test_the_last_conversation_is_the_working_memory() -> None:
    other = MessageSaid("c0", "q0", "", "person", "Earlier.")
    every = {one.id: one for one in _every(_after(other, *_talk()))}
    assert (every["m-q1"].layer, every["m-a1"].layer) == ("working", "working")
    assert every["m-q0"].layer == "episodic"
    assert "docs/a.md" in every["m-a1"].detail
    assert every["m-a1"].tokens > 0


def test_only_what_fits_is_in_the_working_memory() -> None:
    long = [MessageSaid("c1", f"q{n}", "", "person", "word " * 390) for n in range(60)]
    working = [one for one in _every(_after(*long)) if one.layer == "working"]
    assert 0 < len(working) < 60
    assert sum(one.tokens for one in working) <= 8_000
    assert "m-q59" in {one.id for one in working}


def test_forgetting_hides_and_the_record_stays() -> None:
    known = _after(_wish("k1", "Use ruff."), MemoryHidden(("k1",), "forgotten", "no more"))
    assert (known.records["k1"].state, known.records["k1"].reason) == ("forgotten", "no more")
    every = _every(known)
    assert shown.matching(every, ReadMemory()) == ()
    assert len(shown.matching(every, ReadMemory(hidden=True))) == 1
    assert shown.recalled(every, "ruff", 8) == ()


def test_what_was_hidden_can_count_again() -> None:
    hidden = MemoryHidden(("k1",), "invalid", "wrong")
    known = _after(_wish("k1", "Use ruff."), hidden, MemoryShown(("k1",)))
    assert known.records["k1"].state == "kept"


def test_dependents_are_found_however_far() -> None:
    known = _after(
        _wish("k1", "a"), _wish("k2", "b", "k1"), _wish("k3", "c", "k2"), _wish("k4", "d")
    )
    assert known.dependents(["k1"]) == ("k2", "k3")
    assert [one.id for one in known.depends("k3")] == ["k2", "k1"]


def test_circles_of_dependence_end() -> None:
    known = _after(_wish("k1", "a", "k2"), _wish("k2", "b", "k1"))
    assert known.dependents(["k1"]) == ("k2",)
    assert {one.id for one in known.depends("k1")} == {"k1", "k2"}


KEEP = Advice("a1", "keep", ("e1",), "semantic", "preference", "Use ruff.", "said so", 0.9)


def _advised(advice: Advice, *more: Fact) -> Recollection:
    return _after(NoteWritten("Always use ruff."), ConsolidationProposed((advice,), 1), *more)


def test_nothing_changes_before_a_person_decides() -> None:
    known = _advised(KEEP)
    assert list(known.records) == ["e1"]
    assert [one.advice for one in known.waiting] == [KEEP]


def test_what_is_accepted_is_kept_with_what_it_was_made_of() -> None:
    known = _advised(KEEP, ConsolidationDecided("a1", "accepted", memory="k1"))
    one = known.records["k1"]
    assert (one.detail, one.depends, one.layer) == ("Use ruff.", ("e1",), "semantic")
    assert not known.waiting


def test_what_is_edited_is_kept_as_the_person_says() -> None:
    known = _advised(KEEP, ConsolidationDecided("a1", "accepted", "Use ruff always.", memory="k1"))
    assert known.records["k1"].detail == "Use ruff always."


def test_what_is_refused_changes_nothing_and_is_not_decided_twice() -> None:
    refused = ConsolidationDecided("a1", "refused", reason="no")
    known = _advised(KEEP, refused, ConsolidationDecided("a1", "accepted", memory="k1"))
    assert list(known.records) == ["e1"]
    assert known.state_of(known.proposals["a1"]) == "refused"


def test_what_is_about_something_hidden_is_outdated() -> None:
    known = _advised(KEEP, MemoryHidden(("e1",), "forgotten", "no"))
    assert known.state_of(known.proposals["a1"]) == "outdated"


def test_merging_replaces_and_loses_nothing() -> None:
    merge = Advice("a2", "merge", ("k1", "k2"), "semantic", "preference", "Use ruff.", "twice")
    known = _after(
        _wish("k1", "Use ruff."),
        _wish("k2", "Use ruff!"),
        ConsolidationProposed((merge,), 2),
        ConsolidationDecided("a2", "accepted", memory="k3"),
    )
    states = {name: one.state for name, one in known.records.items()}
    assert states == {"k1": "merged", "k2": "merged", "k3": "kept"}


def test_names_are_found_by_their_beginning() -> None:
    known = _after(_wish("k123", "a"), _wish("k124", "b"))
    assert known.find("k123").id == "k123"
    for wrong in ("k12", "x", ""):
        with pytest.raises(UsageError):
            known.find(wrong)


def test_weight_decays_and_the_record_does_not() -> None:
    known = _after(NoteWritten("hello"))
    time = known.records["e1"].time
    (fresh,), (old,) = _every(known, time), _every(known, time + 300 * DAY)
    assert fresh.weight > 0.5
    assert old.weight < 0.01
    assert (fresh.text, fresh.time) == (old.text, old.time)


def test_what_is_used_weighs_more() -> None:
    writer = Writer()
    known = Recollection().after(writer.write(_wish("k1", "a"), _wish("k2", "b")))
    known = known.after(writer.write(MemoryUsed(("k2",), "c1")))
    every = {one.id: one for one in _every(known, writer.time)}
    assert every["k2"].weight > every["k1"].weight
    assert every["k2"].uses == 1


def test_retention_hides_old_episodes_on_which_nothing_rests() -> None:
    known = _after(NoteWritten("old"), NoteWritten("kept"), _wish("k1", "a", "e2"))
    now = known.records["e1"].time + 40 * DAY
    states = {one.id: one.state for one in _every(known, now, days=30)}
    assert states == {"e1": "expired", "e2": "kept", "k1": "kept"}
    assert {one.state for one in _every(known, now)} == {"kept"}


def test_prompts_get_preferences_first_and_what_is_about_the_question() -> None:
    known = _after(
        _wish("k1", "Answer in English."),
        MemoryKept("k2", "semantic", "knowledge", "A lane screens candidates in a box."),
        MemoryKept("k3", "semantic", "knowledge", "Cats sleep a lot."),
        FAILURE,
    )
    found = shown.recalled(_every(known), "How does a lane screen candidates?", 8)
    assert [one.id for one in found] == ["k1", "k2"]
    assert shown.recalled(_every(known), "lane candidates", 0) == ()
    assert len(shown.recalled(_every(known), "lane candidates", 1)) == 1
    turn = as_turn(found)
    assert turn.index("Answer in English.") < turn.index("<data ") < turn.index("A lane screens")
    assert as_turn(()) == ""


def test_skills_and_subjects_are_part_of_it() -> None:
    skill = SkillLearned("adding", "e", "c", "Adds.", (part("code", "a.py", "d"),), origin="b1")
    writer = Writer()
    crafts = Crafts().after(writer.write(skill))
    subjects = Catalogue().after(writer.write(learned("asyncio", "1", about="Loops")))
    found = shown.every(Recollection(), crafts, subjects, SETTINGS, writer.time)
    assert {one.id: one.layer for one in found} == {
        "skill:adding": "procedural",
        "subject:asyncio": "semantic",
    }
    crafts = crafts.after(writer.write(BundleUndone("b1")))
    found = shown.every(Recollection(), crafts, Catalogue(), SETTINGS, writer.time)
    assert found[0].state == "forgotten"


def test_a_skill_that_a_person_forgot_is_hidden() -> None:
    writer = Writer()
    skill = SkillLearned("adding", "e", "c", "Adds.", (part("code", "a.py", "d"),))
    crafts = Crafts().after(writer.write(skill))
    known = Recollection().after(writer.write(MemoryHidden(("skill:adding",), "forgotten", "no")))
    (one,) = shown.every(known, crafts, Catalogue(), SETTINGS, writer.time)
    assert (one.state, one.reason) == ("forgotten", "no")


def test_a_layer_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="no layer"):
        shown.matching((), ReadMemory(layer="sensory"))


_SOME = st.sampled_from(
    [
        HostStarted("1", 1, "3.11"),
        HostStopped("idle"),
        NoteWritten("Always test."),
        FAILURE,
        *_talk(),
        _wish("k1", "a"),
        _wish("k2", "b", "k1"),
        MemoryHidden(("k1",), "forgotten", "no"),
        MemoryShown(("k1",)),
        MemoryUsed(("k1", "nothing"), "c"),
        ConsolidationProposed((KEEP,), 1),
        ConsolidationDecided("a1", "accepted", memory="k9"),
        ConsolidationDecided("a1", "refused"),
    ]
)


@given(facts=st.lists(_SOME, max_size=20), cut=st.integers(0, 20))
def test_a_fold_in_pieces_is_the_fold_of_all_and_loses_nothing(facts: list[Fact], cut: int) -> None:
    events = Writer().write(*facts)
    first = Recollection().after(events[:cut])
    known = first.after(events[cut:])
    assert known == Recollection().after(events)
    assert first.records.keys() <= known.records.keys()
    assert first.proposals.keys() <= known.proposals.keys()
