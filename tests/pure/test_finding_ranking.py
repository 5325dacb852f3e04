"""What words and vectors say becomes one order: the weights, and what goes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from workbench.api.passages import Hit, Hits, Passage
from workbench.knowledge.domains import joined
from workbench.knowledge.finding.ranking import WORDS_ALONE, crowding, fused, weights
from workbench.knowledge.finding.words import BEGINNING, PART, WHOLE, terms, weighed

POINTS = st.lists(st.tuples(st.floats(0, 200), st.floats(-1, 1)), min_size=2, max_size=30)


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


@given(st.floats(1, 20), st.floats(0, 1))
def test_what_the_embedder_does_not_know_is_left_to_words(pieces: float, code: float) -> None:
    found = weights(pieces, code)
    assert 0 <= found.set_back <= found.likeness <= 1
    assert found.words > 0
    if pieces >= 3:
        assert found.likeness == 0
    if pieces <= 1.5:
        assert found.likeness == 1


def test_words_tell_more_in_prose() -> None:
    assert weights(1, 0).words > weights(1, 0.5).words > weights(1, 1).words
    assert weights(1, 0).set_back == 0


@given(POINTS, st.floats(1, 3), st.floats(0, 1))
def test_who_is_better_in_both_is_before(
    points: list[tuple[float, float]], pieces: float, code: float
) -> None:
    words, similar = (scores(*column) for column in zip(*points, strict=True))
    found = fused(words, similar, weights(pieces, code))
    for one in range(len(points)):
        for other in range(len(points)):
            if words[one] >= words[other] and similar[one] >= similar[other]:
                assert found[one] >= found[other] - 1e-6


def test_without_vectors_words_are_the_order() -> None:
    found = fused(scores(3, 9, 1), np.zeros(3, np.float32), WORDS_ALONE)
    assert np.argsort(-found).tolist() == [1, 0, 2]


def test_what_is_like_many_is_crowded_and_what_stands_alone_is_not() -> None:
    vectors = np.eye(40, dtype=np.float32)
    vectors[:25] = vectors[0]
    found = crowding(vectors)
    assert np.allclose(found[:25], 1)
    assert np.allclose(found[25:], 0)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_is_crowded_where_there_is_nobody(count: int) -> None:
    assert crowding(np.ones((count, 4), np.float32)).tolist() == [0.0] * count


@given(st.text(max_size=80))
def test_a_question_has_the_terms_of_a_text(text: str) -> None:
    found = [*weighed(text)]
    assert [term for term, _ in found] == terms(text)
    assert all(0 < weight <= 1 for _, weight in found)
    assert all(weight == 1 for term, weight in found if term[0] in (WHOLE, BEGINNING))


def test_parts_of_a_long_word_do_not_drown_the_others() -> None:
    (short,) = {weight for term, weight in weighed("cats") if term[0] == PART}
    (long,) = {weight for term, weight in weighed("Datenbankverbindung") if term[0] == PART}
    assert long < short / 2
    assert {weight for _, weight in weighed("神经网络")} == {1.0}


def hit(name: str, score: float) -> Hit:
    passage = Passage(name, "s", name, 1, 1, (), "prose", "", name, "0" * 64)
    return Hit(passage, score, ())


def order(*found: Hits) -> list[str]:
    return [one.passage.id for one in joined([*found], 9, 0.0).hits]


def test_scores_of_several_machines_are_one_order() -> None:
    here = Hits((hit("a", 0.9), hit("b", 0.3)), 0.0, "hybrid")
    there = Hits((hit("c", 0.5),), 0.0, "hybrid")
    assert order(here, there) == ["a", "c", "b"]
    assert order(here, replace(there, hits=())) == ["a", "b"]


def test_who_searches_by_words_alone_is_not_behind_for_that() -> None:
    here = Hits((hit("a", 0.9), hit("b", 0.3)), 0.0, "hybrid")
    there = Hits((hit("c", 0.2), hit("d", 0.16)), 0.0, "words")
    assert order(here, there) == ["a", "c", "d", "b"]
    assert order(here, Hits((hit("e", 0.0),), 0.0, "words")) == ["a", "b", "e"]
    far = Hits((hit("f", -0.1), hit("g", -0.2)), 0.0, "words")
    assert order(far, here) == ["a", "b", "f", "g"]
