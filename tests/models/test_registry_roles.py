"""Which model serves which role, and the sentence that says why."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_models.registry import Circumstances, Model, Role, choose, needed
from tests.models.described import GB, embedder, model

SMALL, MIDDLE, LARGE = model("small", GB), model("middle", 5 * GB), model("large", 12 * GB)
RAW = model("raw", 2 * GB, template="")
OURS, EMBEDDER = (SMALL, MIDDLE, LARGE), embedder("mine")
ROOM = 16 * GB

TABLE: list[tuple[str, tuple[Model, ...], int, Mapping[Role, str], Role, str | None, str]] = [
    ("nothing", (), ROOM, {}, Role.MAIN, None, "There is no language model"),
    ("an embedder", (EMBEDDER,), ROOM, {}, Role.MAIN, None, "There is no language model"),
    ("one", (SMALL,), ROOM, {}, Role.MAIN, "small", "the only one"),
    ("one for all", (SMALL,), ROOM, {}, Role.HEAVY, "small", "the only one"),
    ("one fast", (SMALL,), ROOM, {}, Role.FAST, "small", "the only one"),
    ("main", OURS, ROOM, {}, Role.MAIN, "middle", "fits half of the memory (8.0 GB)"),
    ("heavy", OURS, ROOM, {}, Role.HEAVY, "large", "largest that fits the memory"),
    ("fast", OURS, ROOM, {}, Role.FAST, "small", "is the smallest"),
    ("tight", OURS, 9 * GB, {}, Role.HEAVY, "middle", "largest that fits the memory"),
    ("tight main", OURS, 9 * GB, {}, Role.MAIN, "small", "half of the memory (4.5 GB)"),
    ("no easy one", OURS[1:], 9 * GB, {}, Role.MAIN, "middle", "the only one"),
    ("none easy", OURS, 2 * GB, {}, Role.MAIN, "small", "the only one"),
    ("none easy of two", (SMALL, MIDDLE), 7 * GB, {}, Role.MAIN, "small", "half of the memory"),
    ("none half", (MIDDLE, LARGE), 14 * GB, {}, Role.MAIN, "middle", "half of the memory"),
    ("too small a machine", OURS, GB, {}, Role.HEAVY, None, "No language model that is there"),
    ("raw", (RAW,), ROOM, {}, Role.MAIN, None, "No language model that is there can serve"),
    ("raw is passed over", (RAW, SMALL), ROOM, {}, Role.HEAVY, "small", "the only one"),
    ("asked", OURS, ROOM, {Role.MAIN: "small"}, Role.MAIN, "small", "small was asked for."),
    ("asked elsewhere", OURS, ROOM, {Role.MAIN: "small"}, Role.HEAVY, "large", "largest"),
    ("asked raw", (RAW, SMALL), ROOM, {Role.MAIN: "raw"}, Role.MAIN, "raw", "no chat template"),
    ("asked and gone", OURS, ROOM, {Role.FAST: "gone"}, Role.FAST, "small", "gone was asked for"),
    (
        "asked too large",
        OURS,
        6 * GB,
        {Role.MAIN: "large"},
        Role.MAIN,
        "small",
        "large was asked for and needs 12.5 GB of memory, and there are 6.0 GB. small is",
    ),
    (
        "asked an embedder",
        (*OURS, EMBEDDER),
        ROOM,
        {Role.MAIN: "mine"},
        Role.MAIN,
        "middle",
        "mine was asked for and cannot generate text.",
    ),
    ("embed", (*OURS, EMBEDDER), ROOM, {}, Role.EMBED, None, "The built-in all-MiniLM-L6-v2"),
    (
        "asked to embed",
        (*OURS, EMBEDDER),
        ROOM,
        {Role.EMBED: "mine"},
        Role.EMBED,
        "mine",
        "mine was asked for.",
    ),
    (
        "asked a talker to embed",
        OURS,
        ROOM,
        {Role.EMBED: "small"},
        Role.EMBED,
        None,
        "small was asked for and is not made to embed. The built-in",
    ),
]


@pytest.mark.parametrize(
    ("models", "available", "asked", "role", "expected", "said"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_the_table(  # noqa: PLR0917 - a row of it
    models: tuple[Model, ...],
    available: int,
    asked: Mapping[Role, str],
    role: Role,
    expected: str | None,
    said: str,
) -> None:
    choice = choose(models, Circumstances(available, asked))[role]
    assert (choice.model.name if choice.model else None) == expected
    assert said in choice.why
    assert choice.why.endswith(".")


def test_without_the_built_in_embedder() -> None:
    given = Circumstances(ROOM, {}, built_in=False)
    mine = choose([EMBEDDER, SMALL], given)[Role.EMBED]
    assert mine.model is EMBEDDER
    assert "are not there" in mine.why
    none = choose([SMALL], given)[Role.EMBED]
    assert (none.model, none.built_in) == (None, False)
    assert "install-default" in none.why


def test_what_is_passed_over_has_its_reasons() -> None:
    passed = choose((*OURS, RAW, EMBEDDER), Circumstances(9 * GB, {}))[Role.HEAVY].passed_over
    assert any("large needs 12.5 GB of memory, and there are 9.0 GB." in one for one in passed)
    assert "raw has no chat template." in passed
    assert "mine cannot generate text." in passed
    assert "small could serve too." in passed


def test_the_order_of_the_files_makes_no_difference() -> None:
    twin = model("twin", GB)
    chosen = {
        tuple(one.model.name if one.model else "" for one in choices.values())
        for order in permutations([SMALL, twin, MIDDLE])
        for choices in [choose(order, Circumstances(ROOM, {}))]
    }
    assert len(chosen) == 1


@given(
    weights=st.lists(st.integers(GB // 10, 20 * GB), max_size=6, unique=True),
    available=st.integers(0, 32 * GB),
)
def test_whoever_serves_fits_and_fast_is_never_larger_than_heavy(
    weights: list[int], available: int
) -> None:
    models = [model(f"m{number}", size) for number, size in enumerate(weights)]
    chosen = choose(models, Circumstances(available, {}))
    serving = [chosen[role].model for role in (Role.FAST, Role.MAIN, Role.HEAVY)]
    fit = [one for one in models if needed(one.header).total <= available]
    assert all((one is None) is (not fit) for one in serving)
    sizes = [one.header.weights for one in serving if one]
    assert sizes == sorted(sizes)
    assert all(needed(one.header).total <= available for one in serving if one)
