"""What a task sees of a project: its texts, without secrets, and nothing beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.chat.guard import Policy
from workbench.chat.loop.files import Draft, Files, Missing, Refused
from workbench.sandbox.snapshot import Store

KEY = "ghp_0123456789abcdefghij"


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Files]:
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "a.py").write_text(f"x = 1\ny = 2\nKEY = '{KEY}'\nz = x\n")
    (project / "src" / "b.py").write_text("# X marks\n")
    (project / ".env").write_text("SECRET=1\n")
    (project / ".gitignore").write_text("hidden.txt\n")
    (project / "hidden.txt").write_text("x = ignored\n")
    (project / "latin.txt").write_bytes(b"caf\xe9")
    (project / "many").mkdir()
    for number in range(300):
        (project / "many" / f"{number:03}.txt").write_text("m\n")
    (project / "link.py").symlink_to("src/a.py")
    (tmp_path / "outside").write_text("x = outside\n")
    (project / "out.py").symlink_to(tmp_path / "outside")
    with Store(tmp_path / "store") as store:
        yield Files(store, store.take(project), Policy())


def test_lines_are_numbered_and_windows_told(files: Files) -> None:
    assert files.lines("src/a.py", 1).split("\n")[:3] == [
        "src/a.py, lines 1 to 5 of 5",
        "    1 x = 1",
        "    2 y = 2",
    ]
    assert files.lines("src/a.py", 4).split("\n")[1] == "    4 z = x"
    assert KEY not in files.lines("src/a.py", 1)


def test_a_search_tells_places_and_no_secrets(files: Files) -> None:
    assert files.search("X = ").split("\n") == ["src/a.py:1: x = 1"]
    assert files.search("key").split("\n") == ["src/a.py:3: KEY = '[redacted]'"]
    with pytest.raises(Missing, match="No file"):
        files.search(KEY)
    assert "and more" in files.search("m")
    with pytest.raises(Missing, match="nothing to search for"):
        files.search("  ")


@pytest.mark.parametrize("path", ["link.py", "out.py", ".env", "/etc/passwd", "src/../src/a.py"])
def test_links_secrets_and_what_lies_outside_are_refused(files: Files, path: str) -> None:
    with pytest.raises(Refused):
        files.text(path)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("hidden.txt", "no file"),
        ("a.py", "There is src/a.py"),
        ("latin.txt", "no UTF-8"),
        ("src", "no file"),
    ],
)
def test_what_cannot_be_read_says_why(files: Files, path: str, why: str) -> None:
    with pytest.raises(Missing, match=why):
        files.text(path)


def test_folders_with_many_files_are_summed_up(files: Files) -> None:
    shown = files.listed(".").split("\n")
    assert "many/ (300 files)" in shown
    assert "latin.txt" in shown
    assert not {".env", "hidden.txt", "link.py"} & set(shown)
    assert files.listed("src/").split("\n") == ["src/a.py", "src/b.py"]
    with pytest.raises(Missing):
        files.listed("../")


def test_drafts_lie_over_the_project(files: Files) -> None:
    files.drafts["src/a.py"] = Draft(b"x = 1\n", b"drafted = 1\n")
    files.drafts["new.py"] = Draft(None, b"new = 1\n")
    assert files.text("src/a.py") == "drafted = 1\n"
    assert "new.py" in files.listed("").split("\n")
    assert files.search("drafted").startswith("src/a.py:1:")
    assert dict(files.change) == {"new.py": b"new = 1\n", "src/a.py": b"drafted = 1\n"}


def test_what_more_is_hidden_is_not_found_either(files: Files) -> None:
    files.policy = Policy(hide=("src/",))
    with pytest.raises(Missing):
        files.search("x = 1")
    with pytest.raises(Refused):
        files.text("src/a.py")
