"""What an index takes on the disk is told while others write and remove."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from workbench.knowledge.finding import weight
from workbench.knowledge.finding.weight import Weight


def test_folders_that_go_while_it_is_weighed_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weight, "_EVERY", 0.0)
    (tmp_path / "kept").write_bytes(b"x" * 10)
    done = threading.Event()

    def come_and_go() -> None:
        while not done.is_set():
            for number in range(20):
                (tmp_path / f"{number}" / "inner").mkdir(parents=True)
            for number in range(20):
                shutil.rmtree(tmp_path / f"{number}")

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        assert {Weight(tmp_path).bytes for _ in range(300)} == {10}
    finally:
        done.set()
        thread.join()
