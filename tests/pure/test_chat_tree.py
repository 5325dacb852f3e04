"""The tree of messages, folded from whatever facts the journal may hold."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api.chats import Attached, Source, Step
from workbench.api.events import HostStarted
from workbench.api.facts import Event, Fact
from workbench.api.talking import (
    AnswerBegan,
    AnswerEnded,
    AnswerGrew,
    AnswerResumed,
    ConversationBegan,
    ConversationNamed,
    HeadMoved,
    MessageSaid,
    StepsPlanned,
    SummaryUndone,
    Wanted,
)
from workbench.chat.conversation import Forest, Node, fold, line_with
from workbench.journal.chain import GENESIS, chained, draft

QUESTION, TASK, SUMMARY = Wanted("question"), Wanted("task"), Wanted("summary")
_IDS = st.sampled_from([f"m{number}" for number in range(8)])
_AFTERS = st.one_of(st.just(""), _IDS)
_CONVERSATIONS = st.sampled_from(["c0", "c1", "c2"])
_TEXTS = st.text(max_size=20)
_WANTED = st.sampled_from([QUESTION, TASK, SUMMARY])
_AUTHORS = st.sampled_from(["person", "assistant", "tool", "summary"])
_STATES = st.sampled_from(["whole", "waiting", "stopped", "failed"])
_FACTS: st.SearchStrategy[Fact] = st.one_of(
    st.builds(HostStarted, st.just("1"), st.just(1), st.just("3")),
    st.builds(ConversationBegan, _CONVERSATIONS, _TEXTS, _IDS, _CONVERSATIONS),
    st.builds(ConversationNamed, _CONVERSATIONS, _TEXTS),
    st.builds(HeadMoved, _CONVERSATIONS, _IDS),
    st.builds(MessageSaid, _CONVERSATIONS, _IDS, _AFTERS, _AUTHORS, _TEXTS, behind=_AFTERS),
    st.builds(AnswerBegan, _CONVERSATIONS, _IDS, _AFTERS, _AUTHORS, _WANTED),
    st.builds(AnswerGrew, _IDS, st.integers(0, 30), _TEXTS),
    st.builds(StepsPlanned, _IDS, st.just((Step("look"),))),
    st.builds(AnswerResumed, _IDS),
    st.builds(AnswerEnded, _IDS, _STATES, _TEXTS),
    st.builds(SummaryUndone, _CONVERSATIONS, _IDS),
)


def events(facts: Iterable[Fact]) -> list[Event]:
    """Return facts as the journal would hold them."""
    made: list[Event] = []
    for seq, fact in enumerate(facts, 1):
        previous = made[-1].hash if made else GENESIS
        new = draft(fact, actor="test", subject="", key="")
        made.append(chained(new, seq=seq, time=1_000 * seq, previous=previous))
    return made


def grown(*facts: Fact) -> Forest:
    return fold(events(facts))


def said(message: str, after: str = "", conversation: str = "c") -> MessageSaid:
    return MessageSaid(conversation, message, after, "person", f"text of {message}")


def began(message: str, after: str, conversation: str = "c", wanted: Wanted = QUESTION) -> Fact:
    author = "summary" if wanted is SUMMARY else "assistant"
    return AnswerBegan(conversation, message, after, author, wanted)


def ended(message: str, text: str = "an answer", state: str = "whole") -> AnswerEnded:
    return AnswerEnded(message, state, text)


@given(st.lists(_FACTS, max_size=40))
def test_whatever_happened_the_tree_is_one(facts: list[Fact]) -> None:
    forest = grown(*facts)
    for node in forest.nodes.values():
        assert node.after == "" or node.after in forest.nodes
        way = forest.way(node.id)
        assert way[-1] == node
        assert way[0].after == ""
        assert len({one.id for one in way}) == len(way)
        twins = forest.twins(node)
        assert twins.count(node.id) == 1
        assert all(forest.nodes[one].after == node.after for one in twins)
        shown = forest.message(node)
        assert twins[shown.twin - 1] == node.id
        assert node in forest.way(forest.end_of(node.id, node.conversation))
    for kept in forest.conversations.values():
        assert kept.head in forest.nodes
        forest.listed(kept)
    assert len(list(forest.search("", 100))) == len(forest.conversations)


def test_a_conversation_that_begins_behind_another_has_a_head() -> None:
    aside = MessageSaid("c1", "m1", "m0", "person", "an aside", behind="m0")
    forest = grown(began("m0", "", "c0"), aside)
    assert forest.conversations["c1"].head == "m1"


@given(st.lists(_FACTS, max_size=40), st.integers(0, 40))
def test_the_journal_replayed_gives_the_same_tree(facts: list[Fact], cut: int) -> None:
    live = Forest()
    for number, fact in enumerate(facts, 1):
        live.learn(fact, 1_000 * number)
    journaled = events(facts)
    again = fold(journaled[:cut])
    for event in journaled[cut:]:
        again.take(event)
    assert live == again == fold(journaled)


@given(st.lists(_FACTS, max_size=40))
def test_no_message_is_lost(facts: list[Fact]) -> None:
    forest, kept = Forest(), dict[str, Node]()
    for number in count():
        for name, node in kept.items():
            assert forest.nodes[name].text == node.text or node.wanted
            assert forest.nodes[name].after == node.after
        if number == len(facts):
            break
        forest.learn(facts[number], number)
        kept = dict(forest.nodes)


@given(st.lists(_FACTS, max_size=40))
def test_after_a_restart_nothing_is_being_written(facts: list[Fact]) -> None:
    forest = grown(*facts, HostStarted("1", 1, "3"))
    assert all(node.state != "running" for node in forest.nodes.values())


def test_an_answer_grows_and_ends() -> None:
    forest = grown(
        said("q"), began("a", "q"), AnswerGrew("a", 0, "half "), AnswerGrew("a", 5, "of")
    )
    assert (forest.nodes["a"].text, forest.nodes["a"].state) == ("half of", "running")
    assert next(forest.search("", 1)).running
    forest.learn(ended("a", "all of it"), 9)
    assert (forest.nodes["a"].text, forest.nodes["a"].state) == ("all of it", "whole")


def test_a_killed_host_leaves_what_there_was() -> None:
    forest = grown(said("q"), began("a", "q"), AnswerGrew("a", 0, "half"), HostStarted("1", 1, "3"))
    assert (forest.nodes["a"].text, forest.nodes["a"].state) == ("half", "interrupted")
    forest.learn(AnswerResumed("a"), 9)
    assert forest.nodes["a"].state == "running"


def test_edited_and_retried_messages_are_twins() -> None:
    forest = grown(said("q"), began("a", "q"), ended("a"), began("b", "q"), ended("b"), said("e"))
    assert forest.twins(forest.nodes["b"]) == ("a", "b")
    assert forest.message(forest.nodes["a"]).twins == 2
    assert forest.twins(forest.nodes["e"]) == ("q", "e")
    assert forest.end_of("q", "c") == "b"
    assert forest.conversations["c"].head == "e"


def test_a_fork_has_all_before_it_and_goes_its_own_way() -> None:
    forest = grown(
        said("q"),
        began("a", "q"),
        ended("a"),
        ConversationBegan("f", "another way", "a", "c"),
        said("mine", "a", "f"),
        said("theirs", "a", "c"),
    )
    assert [node.id for node in forest.way(forest.conversations["f"].head)] == ["q", "a", "mine"]
    assert forest.conversations["c"].head == "theirs"
    assert forest.twins(forest.nodes["mine"]) == ("mine",)
    (found,) = [one for one in forest.search("text of q", 10) if one.origin]
    assert (found.id, found.name, found.found) == ("f", "another way", "text of q")


def test_a_summary_stands_until_it_is_undone() -> None:
    forest = grown(said("q"), began("s", "q", wanted=SUMMARY), ended("s", "in short"))
    summary = forest.summary_on(forest.way("s"))
    assert summary is not None
    assert summary.text == "in short"
    forest.learn(SummaryUndone("c", "s"), 9)
    assert forest.summary_on(forest.way("s")) is None
    assert forest.conversations["c"].head == "q"
    failed = grown(said("q"), began("s", "q", wanted=SUMMARY), ended("s", "x", "failed"))
    assert failed.summary_on(failed.way("s")) is None


def test_what_a_task_puts_behind_itself_moves_the_head_with_it() -> None:
    task = (said("q"), began("t", "q", wanted=TASK))
    behind = MessageSaid("c", "t.1", "t", "tool", "output", behind="t")
    assert grown(*task, behind).conversations["c"].head == "t.1"
    elsewhere = grown(*task, HeadMoved("c", "q"), behind)
    assert elsewhere.conversations["c"].head == "q"


@pytest.mark.parametrize(
    ("text", "wanted", "line"),
    [
        ("one\ntwo words\nthree", "words", "two words"),
        ("STRASSE\nx", "strasse", "STRASSE"),
        ("a" * 300 + "needle" + "b" * 300, "needle", "needle"),
        ("nothing of it", "absent", "nothing of it"),
    ],
)
def test_a_match_is_shown_with_what_stands_around_it(text: str, wanted: str, line: str) -> None:
    assert line in line_with(text, wanted)
    assert len(line_with(text, wanted)) <= 100


def test_search_finds_text_names_and_nothing_else() -> None:
    forest = grown(
        MessageSaid("c", "m", "", "person", "Where is the Ünïcode?"),
        MessageSaid("d", "n", "", "person", "other", attached=(Attached("a.py"),)),
        ConversationNamed("d", "About parsing"),
        AnswerBegan("c", "a", "m", "assistant", QUESTION),
        AnswerEnded("a", "whole", "Here", sources=(Source(1, "p", "a.py", 1, 2),)),
    )
    assert [one.id for one in forest.search("ünïCODE", 9)] == ["c"]
    assert [one.id for one in forest.search("parsing", 9)] == ["d"]
    assert [one.id for one in forest.search("", 1)] == ["c"]
    assert list(forest.search("absent", 9)) == []
