"""Words on the disk: what was sealed and put together says what it said before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.knowledge.pieces import piece
from workbench.knowledge.finding import sealing
from workbench.knowledge.finding.postings import Growing
from workbench.knowledge.finding.wording import Term, Wording, counted
from workbench.knowledge.finding.words import terms

_WORDS = ("red", "green", "blue", "größe", "тест", "网络", "getUser")
TEXTS = st.lists(
    st.lists(st.sampled_from(_WORDS), max_size=8).map(" ".join),
    min_size=1,
    max_size=12,
)
QUESTION = [Term(term, 1.0) for term in terms("green тест 网 user")]


def filled(folder: Path, texts: list[str], every: int) -> Wording:
    """Return an index of texts, sealed after each so many."""
    wording = Wording(folder)
    for number, text in enumerate(texts, 1):
        wording.add([counted(number, piece(text))], [False])
        if number % every == 0:
            wording.seal()
    return wording


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25
)
@given(texts=TEXTS, every=st.integers(1, 4), dead=st.sets(st.integers(1, 12)))
def test_parts_say_what_one_would(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], every: int, dead: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("words")
    whole = filled(folder / "whole", texts, 1_000)
    parts = filled(folder / "parts", texts, every)
    alive = np.array([number not in dead for number in range(len(texts) + 1)])
    alive[0] = False
    for wording in (parts, whole):
        found = wording.ask(QUESTION, len(alive)).best(alive, 20)
        assert set(found.numbers.tolist()).isdisjoint(dead)
    expected, found = (one.ask(QUESTION, len(alive)).best(alive, 20) for one in (whole, parts))
    assert found.numbers.tolist() == expected.numbers.tolist()
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)
    parts.seal()
    parts.tidy(np.ones(len(texts) + 1, np.bool_))
    again = parts.ask(QUESTION, len(alive)).best(alive, 20)
    np.testing.assert_allclose(again.scores, expected.scores, rtol=1e-5)
    assert len(list((folder / "parts").iterdir())) == len(parts.sheaves)


def test_the_dead_are_gone_after_parts_were_put_together(tmp_path: Path) -> None:
    wording = filled(tmp_path / "words", ["red", "red blue"], 1)
    wording.tidy(np.array([False, False, True]))
    (sheaf,) = wording.sheaves
    assert sheaf.numbers.tolist() == [2]
    assert set(sheaf.pieces.tolist()) == {2}


def test_frequent_terms_count_for_the_best_alone_and_change_no_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"common word{number % 7} thing{number}" for number in range(400)]
    wording = filled(tmp_path / "words", texts, 100)
    alive = np.ones(401, np.bool_)
    question = [Term(term, 1.0) for term in terms("common word3 thing17")]
    expected = wording.ask(question, len(alive)).best(alive, 10)
    monkeypatch.setattr("workbench.knowledge.finding.wording._ADDED_UP", 300)
    found = wording.ask(question, len(alive)).best(alive, 10)
    assert found.numbers.tolist() == expected.numbers.tolist()
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-5)


def test_a_damaged_part_is_known_and_removed(tmp_path: Path) -> None:
    parent = tmp_path / "words"
    sheaf = filled(parent, ["red blue", "green"], 2).sheaves[0]
    folder = Path(sheaf.folder)
    content = bytearray((folder / "pieces").read_bytes())
    content[0] ^= 1
    (folder / "pieces").write_bytes(content)
    with pytest.raises(sealing.Damaged, match="other contents"):
        sealing.check(folder)
    (folder / "counts").write_bytes(b"")
    assert sealing.found(parent) == []
    assert not folder.exists()


def test_what_was_being_written_when_all_ended_is_no_part(tmp_path: Path) -> None:
    growing = Growing()
    growing.add([counted(1, piece("red"))])
    parent = tmp_path / "words"
    parent.mkdir()
    sealing.write(growing.sealed(), parent)
    (parent / ".half").mkdir()
    assert len(sealing.found(parent)) == 1
    assert len(list(parent.iterdir())) == 1
