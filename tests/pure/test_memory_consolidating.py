"""What a consolidation proposes: the same each time, never twice, never more than is told."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.pure.remembered_facts import DAY
from workbench.api.remembering import Advice, Layer
from workbench.memory import backing_up
from workbench.memory.consolidating import MOST, consolidate
from workbench.memory.record import Record, alike, words_of

NOW = 2_000_000_000_000_000


def _record(name: str, kind: str, text: str, layer: Layer = "episodic", **more: object) -> Record:
    one = Record(name, layer, kind, text, NOW - DAY, NOW - DAY, detail=text)
    return replace(one, **more)


def _advice(*records: Record, known: tuple[str, ...] = ()) -> tuple[Advice, ...]:
    return consolidate(records, known, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "Please use tabs here.",
        "From now on, answer briefly.",
        "Never touch the lock file!",
        "Antworte immer auf Deutsch.",
        "Réponds toujours en français.",
        "Всегда пиши тесты.",
        "总是写测试。",
    ],
)
def test_wishes_are_proposed_as_preferences(text: str) -> None:
    (one,) = _advice(_record("m-1", "person message", text))
    assert (one.what, one.layer, one.kind, one.text) == ("keep", "semantic", "preference", text)
    assert one.about == ("m-1",)


def test_only_what_a_person_said_is_a_wish() -> None:
    assert not _advice(_record("m-1", "assistant message", "Always do this."))
    assert not _advice(_record("m-1", "person message", "What is a lane?"))


def test_the_wish_alone_is_kept_of_a_long_message() -> None:
    text = "The build is red. Always run ruff first. Thank you."
    (one,) = _advice(_record("m-1", "person message", text))
    assert one.text == "Always run ruff first."


def test_what_failed_again_and_again_is_a_lesson() -> None:
    often = _record("f-1", "failure", "t failed", uses=3)
    (one,) = _advice(often, _record("f-2", "failure", "u failed", uses=2))
    assert (one.kind, one.about) == ("lesson", ("f-1",))
    assert "3 times" in one.why


def test_repairs_that_are_decided_alike_are_a_lesson() -> None:
    many = [
        _record(f"p-{n}", "decision", "x", outcome="accepted", topic="o:swap") for n in range(3)
    ]
    (one,) = _advice(*many)
    assert one.text == "Repairs by o:swap are accepted here."
    assert not _advice(*many[:2], replace(many[2], outcome="rejected"))


def test_reasons_that_are_given_again_are_a_preference() -> None:
    many = [
        _record(f"p-{n}", "decision", "x", outcome="rejected", topic=f"o{n}", reason="No globals.")
        for n in range(2)
    ]
    (one,) = _advice(*many)
    assert (one.kind, "No globals." in one.text) == ("preference", True)


def _asked(number: int, question: str, answer: str) -> tuple[Record, Record]:
    name = f"m-q{number}"
    return (
        _record(name, "person message", question),
        _record(f"m-a{number}", "assistant message", answer, outcome="whole", depends=(name,)),
    )


def test_questions_asked_again_become_knowledge_and_agreement_counts() -> None:
    same = [one for n in range(2) for one in _asked(n, "What is a lane?", "It screens candidates")]
    other = [
        one
        for n, answer in enumerate(["It screens candidates", "A street with trees"])
        for one in _asked(n, "What is a lane?", answer)
    ]
    (agree,), (differ,) = _advice(*same), _advice(*other)
    assert agree.kind == differ.kind == "knowledge"
    assert agree.confidence > differ.confidence
    assert not _advice(*_asked(1, "What is a lane?", "It screens"))


def test_steps_that_led_to_their_end_twice_become_a_skill() -> None:
    steps = "done: Read the log\ndone: Write a test"
    tasks = [
        _record(f"m-{n}", "task", "Find the crash", detail=steps, outcome="whole") for n in range(2)
    ]
    (one,) = _advice(*tasks)
    assert (one.what, one.layer) == ("skill", "procedural")
    assert "1. Read the log\n2. Write a test" in one.text
    assert not _advice(tasks[0], replace(tasks[1], outcome="stopped"))


def _kept(name: str, text: str, kind: str = "preference", **more: object) -> Record:
    return _record(name, kind, text, "semantic", **more)


def test_what_says_nearly_the_same_is_merged() -> None:
    one, two = _kept("k1", "Use ruff for linting code"), _kept("k2", "use Ruff for linting code!")
    (advice,) = _advice(one, two)
    assert (advice.what, advice.about) == ("merge", ("k1", "k2"))
    assert not _advice(one, replace(two, kind="lesson"))


def test_what_says_the_opposite_is_not_merged_but_taken_back() -> None:
    earlier = _kept("k1", "Use tabs in code", time=NOW - 2 * DAY)
    (advice,) = _advice(earlier, _kept("k2", "Never use tabs in code"))
    assert (advice.what, advice.about) == ("forget", ("k1",))
    assert "Never use tabs" in advice.why


def test_what_served_for_nothing_for_long_may_be_forgotten_but_no_preference() -> None:
    old = _kept("k1", "Something", "knowledge", used=NOW - 900 * DAY, confidence=0.5)
    (advice,) = _advice(old)
    assert advice.what == "forget"
    assert not _advice(replace(old, kind="preference"))
    assert not _advice(replace(old, used=NOW - DAY))
    assert not _advice(old, _kept("k2", "Made of it", "knowledge", depends=("k1",)))


def test_what_was_proposed_before_is_not_proposed_again() -> None:
    wish = _record("m-1", "person message", "Always test.")
    (one,) = _advice(wish)
    assert _advice(wish, known=(one.proposal,)) == ()
    assert (
        _advice(wish, _record("m-2", "person message", "always test."), known=(one.proposal,)) == ()
    )


def test_what_is_hidden_is_not_looked_at() -> None:
    assert not _advice(_record("m-1", "person message", "Always test.", state="forgotten"))


def test_proposals_have_a_bound() -> None:
    many = [_record(f"m-{n}", "person message", f"Always do {n}.") for n in range(200)]
    found = _advice(*many)
    assert len(found) == MOST
    assert len({one.proposal for one in found}) == MOST


_KINDS = st.sampled_from(
    ["person message", "assistant message", "failure", "decision", "task", "preference", "lesson"]
)
_RECORDS = st.lists(
    st.builds(
        lambda number, kind, text, uses: _record(
            f"{kind[:1]}{number}", kind, text, uses=uses, topic=text[:3], outcome="whole"
        ),
        st.integers(0, 50),
        _KINDS,
        st.text(max_size=40) | st.sampled_from(["Always test.", "done: a\ndone: b"]),
        st.integers(0, 5),
    ),
    max_size=15,
    unique_by=lambda one: one.id,
)


@given(records=_RECORDS)
def test_it_is_the_same_whatever_the_order(records: list[Record]) -> None:
    found = consolidate(records, (), NOW)
    assert found == consolidate(reversed(records), (), NOW)
    names = {one.id for one in records}
    for advice in found:
        assert set(advice.about) <= names
        assert advice.why
        assert 0 <= advice.confidence <= 1


@given(one=st.text(max_size=60), other=st.text(max_size=60))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    found = alike(words_of(one), words_of(other))
    assert 0 <= found <= 1
    assert found == alike(words_of(other), words_of(one))


def test_copies_are_written_when_they_are_due_and_the_oldest_goes(tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    assert backing_up.back_up(folder, {"memory.json": "{}"}, 7, 2) == ""
    (path,) = folder.iterdir()
    with zipfile.ZipFile(path) as packed:
        assert packed.read("memory.json") == b"{}"
    assert path.stat().st_mode & 0o777 == 0o600
    backing_up.back_up(folder, {"memory.json": "{}"}, 7, 2)
    assert list(folder.iterdir()) == [path]
    for day in ("20200101", "20200102"):
        (folder / f"workbench-memory-{day}T000000Z.zip").write_bytes(b"")
    (folder / "mine.zip").write_bytes(b"")
    backing_up.back_up(folder, {}, 0, 2)
    assert len(list(folder.glob("workbench-memory-*"))) == 2
    assert (folder / "mine.zip").exists()


def test_a_copy_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "could not be copied" in backing_up.back_up(tmp_path / "file" / "x", {}, 7, 2)
