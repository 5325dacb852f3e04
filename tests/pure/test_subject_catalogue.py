"""Subjects as a fold: versions are added, made current, deprecated and withdrawn, never lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.remembered_facts import Writer, learned
from workbench.api.deciding import TransactionBegan, TransactionEnded
from workbench.api.facts import Fact
from workbench.api.remembering import (
    BundleUndone,
    SkillLearned,
    SourcePassage,
    SubjectDeprecated,
    SubjectRolledBack,
    SubjectUsed,
)
from workbench.api.talking import AnswerEnded, MessageSaid, Source
from workbench.errors import UsageError
from workbench.knowledge.skills.catalogue import Crafts, skill_of
from workbench.knowledge.subjects.catalogue import Catalogue, Topic
from workbench.knowledge.subjects.shown import subject_of, version_of, versions_of


def _topic(*facts: Fact) -> Topic:
    return Catalogue().after(Writer().write(*facts)).topics["asyncio"]


ONE = learned("asyncio", "1", about="one")
TWO = learned("asyncio", "2", about="two", grade="B")
THREE = learned("asyncio", "3", about="three", becomes_current=False, origin="bundle1")


def test_the_last_version_learned_is_current() -> None:
    topic = _topic(ONE, TWO)
    assert [one.number for one in topic.versions] == [1, 2]
    assert topic.current is not None
    assert topic.current.fact == TWO
    assert subject_of(topic).grade == "B"


def test_a_version_may_be_kept_beside_the_current_one() -> None:
    topic = _topic(ONE, THREE)
    assert topic.current is not None
    assert topic.current.fact == ONE
    assert len(topic.versions) == 2


def test_a_rollback_makes_an_older_one_current_and_loses_nothing() -> None:
    back = SubjectRolledBack("asyncio", ONE.edition, TWO.edition, "worse")
    topic = _topic(ONE, TWO, back)
    assert topic.current is not None
    assert topic.current.fact == ONE
    assert topic.before is not None
    assert topic.before.fact == TWO
    assert len(topic.versions) == 2
    told = versions_of(topic).history[0]
    assert (told.what, told.sentence, told.actor) == ("rolled back", "worse", "ann")


def test_what_a_bundle_brought_goes_with_it_and_what_was_current_before_is_so_again() -> None:
    theirs = learned("asyncio", "4", about="theirs", origin="bundle1")
    assert _topic(ONE, theirs).current != _topic(ONE).current
    topic = _topic(ONE, theirs, BundleUndone("bundle1", "no"))
    assert topic.current is not None
    assert topic.current.fact == ONE
    assert version_of(topic, topic.versions[1]).withdrawn
    assert subject_of(_topic(theirs, BundleUndone("bundle1"))).version == ""


def test_what_comes_late_of_an_import_that_was_undone_does_not_count() -> None:
    late = learned("asyncio", "4", about="theirs", origin="bundle1")
    topic = _topic(ONE, BundleUndone("bundle1"), late)
    assert topic.current is not None
    assert topic.current.fact == ONE
    skill = SkillLearned("adding", "e", "c", "Adds.", (), origin="bundle1")
    crafts = Crafts().after(Writer().write(BundleUndone("bundle1"), skill))
    assert skill_of(crafts.skills["adding"]).withdrawn


def test_uses_count_for_the_version_that_was_used() -> None:
    used = [SubjectUsed("asyncio", TWO.edition, well) for well in (True, True, False, None)]
    topic = _topic(ONE, TWO, *used)
    shown = version_of(topic, topic.versions[1])
    assert (shown.uses, shown.successes, shown.failures) == (4, 2, 1)
    assert shown.rate == pytest.approx(2 / 3)
    assert version_of(topic, topic.versions[0]).rate is None


def test_an_answer_that_cites_its_passages_has_used_a_subject() -> None:
    rests = SourcePassage("p", "docs/a.md", 1, 2, "digest")
    subject = learned("asyncio", "1", passages=(rests,))
    cited = Source(1, "elsewhere", "docs/a.md", 1, 2, digest="digest")
    other = Source(1, "p", "docs/b.md", 1, 2, digest="another")
    answers = [AnswerEnded("a", "whole", "So.", sources=(one,)) for one in (cited, other)]
    shown = subject_of(_topic(subject, *answers, MessageSaid("c", "m", "", "person", "Hm.")))
    assert (shown.uses, shown.rate) == (1, None)
    assert shown.used > shown.learned


def test_a_model_uses_what_it_cites_of_what_it_was_given() -> None:
    rests = SourcePassage("p", "docs/a.md", 1, 2, "digest")
    subject = learned("asyncio", "1", passages=(rests,))
    given_it = Source(2, "p", "docs/a.md", 1, 2, digest="digest")
    silent = AnswerEnded("a", "whole", "So [1].", kind="model", sources=(given_it,))
    citing = AnswerEnded("b", "whole", "So [2].", kind="model", sources=(given_it,))
    assert subject_of(_topic(subject, silent)).uses == 0
    assert subject_of(_topic(subject, silent, citing)).uses == 1


def test_what_a_task_rested_on_succeeds_when_its_proposal_is_applied() -> None:
    rests = SourcePassage("p", "docs/a.md", 1, 2, "digest")
    subject = learned("asyncio", "1", passages=(rests,))
    cited = Source(1, "p", "docs/a.md", 1, 2, digest="digest")
    told = MessageSaid("c", "m", "t", "tool", "Found.", sources=(cited,), behind="t")
    ended = AnswerEnded("t", "whole", "Done.", proposal="patch1")
    task = (subject, told, ended)
    written = (
        TransactionBegan("x1", "apply", (), ("patch1", "other")),
        TransactionEnded("x1", "written"),
    )
    refused = (TransactionBegan("x0", "apply", (), ("patch1",)), TransactionEnded("x0", "refused"))
    undone = (
        TransactionBegan("x2", "undo", (), of="x1"),
        TransactionEnded("x2", "written"),
    )
    assert subject_of(_topic(*task, *refused)).rate is None
    assert (subject_of(_topic(*task, *written)).uses, _rate(*task, *written)) == (1, 1.0)
    assert _rate(*task, *written, *undone) == 0.0


def _rate(*facts: Fact) -> float | None:
    return subject_of(_topic(*facts)).rate


def test_deprecating_is_taken_back_by_another_fact() -> None:
    gone = SubjectDeprecated("asyncio", reason="old", instead="trio")
    shown = subject_of(_topic(ONE, gone))
    assert (shown.deprecated, shown.reason, shown.instead) == (True, "old", "trio")
    again = SubjectDeprecated("asyncio", deprecated=False)
    assert not subject_of(_topic(ONE, gone, again)).deprecated
    one = SubjectDeprecated("asyncio", ONE.edition, reason="wrong")
    assert not subject_of(_topic(ONE, TWO, one)).deprecated
    topic = _topic(ONE, TWO, one)
    assert version_of(topic, topic.versions[0]).deprecated


def test_versions_are_found_by_number_and_name() -> None:
    topic = _topic(ONE, TWO)
    assert topic.find("2").fact == topic.find("v2").fact == TWO
    assert topic.find(ONE.edition[:6]).fact == ONE
    for wrong in ("3", "", "zz"):
        with pytest.raises(UsageError):
            topic.find(wrong)


def test_subjects_are_found_by_the_beginning_that_only_one_has() -> None:
    catalogue = Catalogue().after(Writer().write(ONE, learned("async-http", "1")))
    assert catalogue.find("ASYNCIO").id == "asyncio"
    assert catalogue.find("async-").id == "async-http"
    with pytest.raises(UsageError, match="names 2 subjects"):
        catalogue.find("asyn")


def test_what_is_about_a_subject_that_nobody_learned_is_nothing() -> None:
    lost = SubjectRolledBack("never", "x", "y")
    assert Catalogue().after(Writer().write(lost)).topics == {}


_FACTS = st.lists(
    st.sampled_from(
        [
            ONE,
            TWO,
            THREE,
            learned("trio", "1"),
            SubjectRolledBack("asyncio", ONE.edition, TWO.edition),
            SubjectUsed("asyncio", ONE.edition, succeeded=True),
            SubjectDeprecated("asyncio"),
            BundleUndone("bundle1"),
        ]
    ),
    max_size=12,
)


@given(facts=_FACTS, cuts=st.lists(st.integers(0, 12), max_size=3))
def test_a_fold_in_pieces_is_the_fold_of_all(facts: list[Fact], cuts: list[int]) -> None:
    events = Writer().write(*facts)
    whole, pieces, at = Catalogue().after(events), Catalogue(), 0
    for cut in sorted({min(cut, len(events)) for cut in cuts} | {len(events)}):
        pieces = pieces.after(events[at:cut])
        at = cut
    assert pieces == whole


@given(facts=_FACTS)
def test_no_version_is_ever_lost(facts: list[Fact]) -> None:
    known = Catalogue()
    seen = set[str]()
    for event in Writer().write(*facts):
        known = known.after([event])
        versions = {one.name for topic in known.topics.values() for one in topic.versions}
        assert seen <= versions
        seen = versions
        for topic in known.topics.values():
            current = topic.current
            assert current is None or current.name not in topic.withdrawn
