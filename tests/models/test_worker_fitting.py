"""What takes the room: added up, refused with numbers, never cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_models.worker.fitting import SOURCES, Part, fit, must_fit
from local_models.worker.problems import WorkerError
from workbench.errors import ExitCode

PARTS = (
    Part("system", 300),
    Part("files", 2500, "src/large.py"),
    Part("files", 500, "src/small.py"),
    Part("history", 1200),
    Part("question", 20),
)


def test_what_fits_is_told_by_source() -> None:
    found = must_fit(fit(8192, 1024, PARTS, whole=4600))
    assert found.by_source() == {
        "system": 300,
        "files": 3000,
        "history": 1200,
        "question": 20,
        "template": 80,
    }
    assert (found.prompt, found.used, found.free) == (4600, 5624, 2568)
    assert [part.name for part in found.largest()] == ["src/large.py", "src/small.py"]


def test_what_does_not_fit_is_refused_with_what_takes_the_room() -> None:
    with pytest.raises(WorkerError) as refused:
        must_fit(fit(4096, 1024, PARTS))
    error = refused.value
    assert (error.kind, error.exit_code) == ("too-long", ExitCode.MODEL)
    for told in ("5,544", "1,448 more", "4,096", "files 3,000", "history 1,200", "1,024"):
        assert told in error.sentence
    assert error.hint.startswith("Attach fewer or smaller files or compact the conversation")
    assert "src/large.py (2,500)" in error.hint


def test_an_answer_alone_can_be_too_long() -> None:
    with pytest.raises(WorkerError, match="1 more than the context of 1,024"):
        must_fit(fit(1024, 1025, ()))


_PARTS = st.lists(st.builds(Part, st.sampled_from(SOURCES), st.integers(0, 5000)))


@given(st.integers(1, 20_000), st.integers(0, 5000), _PARTS)
def test_nothing_is_lost_in_the_sums(context: int, reserve: int, parts: list[Part]) -> None:
    found = fit(context, reserve, parts)
    assert sum(found.by_source().values()) == found.prompt == sum(part.tokens for part in parts)
    assert found.fits == (found.prompt + reserve <= context)
    if found.fits:
        assert must_fit(found) is found
    else:
        with pytest.raises(WorkerError) as refused:
            must_fit(found)
        for source, tokens in found.by_source().items():
            assert f"{source} {tokens:,}" in refused.value.sentence
