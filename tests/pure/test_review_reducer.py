"""Reviews: what each action makes of one, as tables, and what holds after any actions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.api.deciding import (
    Accept,
    AnyAct,
    Edit,
    Leave,
    Rebase,
    Redo,
    Reject,
    Remark,
    Select,
    Split,
    Undo,
    Withdraw,
)
from workbench.errors import UsageError
from workbench.review.reducer import Reviewing
from workbench.review.script import hash_of
from workbench.review.state import Acted, State, opened

BEFORE = b"".join(b"%d\n" % number for number in range(30))
AFTER = (
    BEFORE.replace(b"\n3\n", b"\nthree\n")
    .replace(b"\n6\n", b"\nsix\n6\n")
    .replace(b"\n25\n", b"\n")
)
TEST = "def test_it():\n    assert True\n"
KEPT: dict[str, bytes | None] = {}


def kept(content: bytes | None) -> str:
    KEPT[hash_of(content)] = content
    return hash_of(content)


def review(**tests: str) -> tuple[Reviewing, State]:
    state = opened([("a.py", BEFORE, AFTER)], {f"{name}.py": text for name, text in tests.items()})
    return Reviewing(state, KEPT.__getitem__), state


def after(*every: AnyAct, **tests: str) -> State:
    reviewing, state = review(**tests)
    for number, act in enumerate(every):
        state = reviewing.reduce(state, Acted(act, "ann", number))
    return state


def names(state: State) -> list[str]:
    return [hunk.id for hunk in state.hunks]


FIRST, SECOND = names(review()[1])


def test_it_opens_with_the_hunks_of_a_unified_diff_undecided() -> None:
    _, state = review()
    assert [hunk.path for hunk in state.hunks] == ["a.py", "a.py"]
    assert state.standing == "waiting"
    assert (state.result, state.digest, state.is_whole) == ({}, "", False)


@pytest.mark.parametrize(
    ("acts", "standing", "accepted"),
    [
        ([Accept()], "accepted", [FIRST, SECOND]),
        ([Accept((FIRST,))], "waiting", [FIRST]),
        ([Accept((FIRST,)), Reject((SECOND,), "no")], "accepted", [FIRST]),
        ([Reject((), "no")], "rejected", []),
        ([Accept((FIRST,)), Reject((), "the rest")], "accepted", [FIRST]),
        ([Accept(), Leave()], "waiting", []),
        ([Accept(), Leave((SECOND,))], "waiting", [FIRST]),
        ([Accept(), Undo()], "waiting", []),
        ([Accept(), Undo(), Redo()], "accepted", [FIRST, SECOND]),
        ([Accept((FIRST,)), Accept((SECOND,)), Undo()], "waiting", [FIRST]),
        ([Reject((FIRST,), "no"), Accept((FIRST,))], "waiting", [FIRST]),
    ],
)
def test_decisions(acts: list[AnyAct], standing: str, accepted: list[str]) -> None:
    state = after(*acts)
    assert state.standing == standing
    assert [hunk.id for hunk in state.marked("accepted")] == accepted


def test_all_accepted_is_what_was_proven_and_a_part_is_not() -> None:
    assert after(Accept()).is_whole
    assert after(Accept()).result == {"a.py": AFTER}
    part = after(Accept((SECOND,)))
    assert not part.is_whole
    assert part.result == {"a.py": BEFORE.replace(b"\n25\n", b"\n")}


def test_who_decided_and_why_is_kept() -> None:
    state = after(Reject((FIRST,), "  too clever "))
    mark = state.mark(state.by_id[FIRST])
    assert (mark.reason, mark.by, mark.time) == ("too clever", "ann", 0)
    assert state.reason == "too clever"


def test_a_test_that_is_offered_is_taken_only_by_name() -> None:
    state = after(Accept(), t=TEST)
    (test,) = [hunk for hunk in state.hunks if hunk.path == "t.py"]
    assert state.mark(test).state == "undecided"
    assert state.standing == "accepted"
    both = after(Accept(), Accept((test.id,)), t=TEST)
    assert both.result == {"a.py": AFTER, "t.py": TEST.encode()}
    assert not both.is_whole


def test_a_hunk_splits_into_what_stands_apart_and_then_into_lines() -> None:
    state = after(Accept((SECOND,)), Split(FIRST))
    three, six, last = state.hunks
    assert (last.id, state.mark(last).state) == (SECOND, "accepted")
    assert state.mark(three).state == state.mark(six).state == "undecided"
    with pytest.raises(UsageError, match="one line"):
        after(Split(FIRST), Split(three.id), Split(three.id))


def test_parts_are_marked_as_the_whole_was() -> None:
    state = after(Accept((FIRST,)), Split(FIRST))
    assert [state.mark(hunk).state for hunk in state.hunks] == ["accepted", "accepted", "undecided"]
    assert after(Accept(), Split(FIRST)).result == {"a.py": AFTER}


def test_lines_can_be_selected() -> None:
    _, state = review()
    gone = state.by_id[FIRST].places[0]
    chosen, rest, _ = after(Select(FIRST, (gone,))).hunks
    assert chosen.places == (gone,)
    taken = after(Select(FIRST, (gone,)), Accept((chosen.id,))).result["a.py"]
    assert taken == BEFORE.replace(b"\n3\n", b"\n")
    assert after(Select(FIRST, (gone,)), Accept()).result == {"a.py": AFTER}
    assert set(rest.places) == set(state.by_id[FIRST].places) - {gone}


def test_a_hunk_can_be_edited_and_asks_again_only_for_what_is_new() -> None:
    new = after(Accept(), Edit(FIRST, "drei\n4\n5\nsechs\n"))
    assert new.mark(new.by_id[SECOND]).state == "accepted"
    edited = [hunk for hunk in new.hunks if hunk.is_edited]
    assert [new.mark(hunk).state for hunk in edited] == ["undecided"]
    whole = after(Accept(), Edit(FIRST, "drei\n4\n5\nsechs\n"), Accept())
    assert whole.result == {"a.py": AFTER.replace(b"three", b"drei").replace(b"six", b"sechs")}
    assert not whole.is_whole
    assert after(Accept(), Edit(FIRST, "drei\n4\n5\nsechs\n"), Undo()).is_whole


def test_what_was_edited_back_is_what_was_proven() -> None:
    state = after(Edit(FIRST, "x\n"))
    (edited,) = [hunk for hunk in state.hunks if hunk.is_edited]
    back = after(Edit(FIRST, "x\n"), Edit(edited.id, "three\n4\n5\nsix\n"), Accept())
    assert back.result == {"a.py": AFTER}


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        ([Reject((), " ")], "without a reason"),
        ([Accept(("nothing",))], "not there any more"),
        ([Undo()], "nothing to take back"),
        ([Redo()], "nothing to do again"),
        ([Accept(), Undo(), Leave(), Redo()], "nothing to do again"),
        ([Select(FIRST, ())], "Some lines"),
        ([Select(FIRST, tuple(range(100)))], "Some lines"),
        ([Edit(FIRST, "three\n4\n5\nsix\n")], "as it was"),
        ([Remark(FIRST, " ")], "without text"),
        ([Withdraw("nothing")], "no such remark"),
        ([Rebase({"b.py": ("", "")})], "does not change b.py"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(acts: list[AnyAct], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        after(*acts)


def test_remarks_are_of_a_hunk_or_a_line_and_can_be_taken_back() -> None:
    _, state = review()
    place = state.by_id[FIRST].places[0]
    said = after(Remark(FIRST, "why?", place))
    assert [(one.text, one.line, one.by) for one in said.remarks] == [("why?", "3", "ann")]
    assert not after(Remark(FIRST, "why?", place), Withdraw(said.remarks[0].id)).remarks


def test_what_is_fitted_to_changed_files_keeps_its_decisions() -> None:
    before, new = b"# new\n" + BEFORE, b"# new\n" + AFTER
    fitted = Rebase({"a.py": (kept(before), kept(new))})
    state = after(Split(FIRST), Accept(), fitted)
    assert state.standing == "accepted"
    assert len(state.hunks) == 3
    assert state.result == {"a.py": new}
    with pytest.raises(UsageError, match="files were changed since"):
        after(Accept(), fitted, Undo())


def test_a_file_that_is_no_utf8_is_taken_or_left_but_not_edited() -> None:
    state = opened([("a.py", b"\xe9 = 1\n", b"\xe9 = 2\n")])
    reviewing = Reviewing(state, KEPT.__getitem__)
    (hunk,) = state.hunks
    taken = reviewing.reduce(state, Acted(Accept((hunk.id,))))
    assert taken.result == {"a.py": b"\xe9 = 2\n"}
    with pytest.raises(UsageError, match="not UTF-8"):
        reviewing.reduce(state, Acted(Edit(hunk.id, "x\n")))


def _act(draw: Any, state: State) -> AnyAct:  # noqa: ANN401 - hypothesis'
    hunk = draw(st.sampled_from(state.hunks))
    text = draw(st.sampled_from(["", "x\n", "x\ny\n", "3\n4\n5\n6\n"]))
    remarks = [one.id for one in state.remarks] or ["none"]
    places = draw(st.lists(st.sampled_from(hunk.places), unique=True))
    return draw(  # type: ignore[no-any-return]
        st.sampled_from(
            [
                Accept((hunk.id,)),
                Accept(),
                Reject((hunk.id,), "no"),
                Leave((hunk.id,)),
                Split(hunk.id),
                Select(hunk.id, tuple(places)),
                Edit(hunk.id, text),
                Remark(hunk.id, "hm", hunk.places[0]),
                Withdraw(remarks[0]),
                Undo(),
                Undo(),
                Redo(),
            ]
        )
    )


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_after_any_actions(data: st.DataObject) -> None:
    """The hunks are all changes, each once; the log alone leads to the same review again."""
    reviewing, state = review(t=TEST)
    log: list[Acted] = []
    for number in range(data.draw(st.integers(1, 14))):
        acted = Acted(_act(data.draw, state), "ann", number)
        try:
            state = reviewing.reduce(state, acted)
        except UsageError:
            continue
        log.append(acted)
        for file in state.files:
            mine = [at for hunk in state.hunks if hunk.path == file.path for at in hunk.places]
            assert sorted(mine) == list(file.script.changes)
            assert file.script.before == (BEFORE if file.path == "a.py" else None)
        assert len(set(names(state))) == len(state.hunks)
        for path, content in state.result.items():
            assert content != state.by_path[path].script.before or not state.marked("accepted")
    assert reviewing.after(log) == state


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_undo_takes_back_exactly_one_action_and_redo_brings_it_again(data: st.DataObject) -> None:
    reviewing, state = review(t=TEST)
    for number in range(data.draw(st.integers(0, 6))):
        try:
            state = reviewing.reduce(state, Acted(_act(data.draw, state), "ann", number))
        except UsageError:
            continue
    before = state
    try:
        state = reviewing.reduce(state, Acted(Accept((state.hunks[0].id,)), "ann", 99))
    except UsageError:
        return
    undone = reviewing.reduce(state, Acted(Undo()))
    assert _looks(undone) == _looks(before)
    assert _looks(reviewing.reduce(undone, Acted(Redo()))) == _looks(state)


def _looks(state: State) -> State:
    return replace(state, undone=(), count=0)
