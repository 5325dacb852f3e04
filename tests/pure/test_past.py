"""What is remembered of tests: what was there when they passed."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.healing.dossier import FAILED, PASSED, TestRun
from workbench.healing.past import Archive, Past, looked_at
from workbench.sandbox.snapshot import Store

TEST = "test_a.py::test_a"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    (made / "a.py").write_text("def a():\n    return 1\n")
    (made / "test_a.py").write_text("from a import a\n\n\ndef test_a():\n    assert a() == 1\n")
    return made


def _run(outcome: str) -> TestRun:
    return TestRun(TEST, outcome, lines={"a.py": (1, 2)})


def test_a_test_that_turned_red_knows_what_it_ran_when_it_was_green(
    project: Path, tmp_path: Path
) -> None:
    with Store(tmp_path / "store") as store:
        green = store.take(project)
        past, _ = Past().after([_run(PASSED)], green, {})
        (project / "a.py").write_text("def a():\n    return 2\n")
        red = store.take(project)
        past, _ = past.after([_run(FAILED)], red, {})
        assert past.before([_run(FAILED)], red, store) == {"a.py": "def a():\n    return 1\n"}


def test_what_did_not_change_is_not_told(project: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        green = store.take(project)
        past, _ = Past().after([_run(PASSED)], green, {})
        assert past.before([_run(FAILED)], green, store) == {}


def test_what_was_swept_away_is_not_known_any_more(project: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "store") as store:
        past, _ = Past().after([_run(PASSED)], store.take(project), {})
        (project / "a.py").write_text("def a():\n    return 2\n")
        red = store.take(project)
        store.sweep(newest=0)
        assert past.before([_run(FAILED)], red, store) == {}


def test_it_outlives_the_host_and_what_is_cut_short_is_nothing(
    project: Path, tmp_path: Path
) -> None:
    archive = Archive(tmp_path)
    with Store(tmp_path / "store") as store:
        snapshot = store.take(project)
        outlines = archive.outlines(looked_at([_run(PASSED)]), snapshot, store)
        assert set(outlines) == {"a.py", "test_a.py"}
        past, _ = Past().after([_run(PASSED)], snapshot, outlines)
    archive.write(past)
    assert Archive(tmp_path).read() == past
    (tmp_path / "past").write_bytes((tmp_path / "past").read_bytes()[:-5])
    assert archive.read() == Past()


def test_a_test_that_is_gone_is_forgotten_and_one_that_ran_never(
    project: Path, tmp_path: Path
) -> None:
    with Store(tmp_path / "store") as store:
        snapshot = store.take(project)
        made = TestRun("test_made.py::test_it", FAILED)
        past, _ = Past().after([made, _run(PASSED)], snapshot, {})
        assert set(past.board.lights) == {TEST, made.id}
        past, _ = past.after([_run(PASSED)], snapshot, {})
        assert set(past.board.lights) == {TEST}
