"""Which bwrap is run: the system's, never one that somebody else put somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import SandboxError
from workbench.sandbox.engines import bubblewrap


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho fake\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def test_a_bwrap_in_path_is_not_taken(fake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(fake.parent), prepend=":")
    monkeypatch.setattr(bubblewrap, "_PLACES", ("/nowhere/bwrap",))
    with pytest.raises(SandboxError, match="not installed"):
        bubblewrap.find_program()


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_a_bwrap_that_others_could_write_is_not_taken(
    fake: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    fake.chmod(mode)
    monkeypatch.setattr(bubblewrap, "_PLACES", (str(fake),))
    with pytest.raises(SandboxError, match="not installed"):
        bubblewrap.find_program()


def test_a_link_is_as_trusted_as_what_it_leads_to(
    fake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.chmod(0o777)
    link = fake.with_name("link")
    link.symlink_to(fake)
    monkeypatch.setattr(bubblewrap, "_PLACES", (str(link),))
    with pytest.raises(SandboxError):
        bubblewrap.find_program()
