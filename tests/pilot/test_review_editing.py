"""Hunks in somebody's editor, files opened at a line, and patches that are saved."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from screens.editor import Editor
from tests.pilot.conftest import hands_on
from tests.pilot.findings import SOME
from tests.pilot.in_review import (
    BEFORE,
    NAME,
    ONE,
    acts,
    ids,
    open_review,
    reviews,
    text,
    with_editor,
)
from workbench.api.deciding import Edit


async def test_a_patch_is_saved_under_a_new_name_only(tmp_path: Path) -> None:
    path = tmp_path / "x.patch"
    async with hands_on((120, 30), findings=SOME, reviews=reviews()) as hands:
        await open_review(hands)
        await hands.press("y", "S")
        await hands.see(f"save the patch as {NAME}.patch")
        await hands.press("ctrl+u")
        await hands.type(str(path))
        await hands.press("enter")
        await hands.see("What is accepted was written to")
        patch = path.read_text(encoding="utf-8")
        assert "+line_2 = new\n" in patch
        assert "line_30" not in patch
        await hands.press("S", "ctrl+u")
        await hands.type(str(path))
        await hands.press("enter")
        await hands.until(lambda: "x.patch is there already." in " ".join(hands.text.split()))
        (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
        await hands.press("S", "ctrl+u")
        await hands.type(str(tmp_path / "link"))
        await hands.press("enter")
        await hands.until(lambda: "link is there already." in " ".join(hands.text.split()))
        assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exit 3", "The editor ended with 3, so nothing was done."),
        ("kill -9 $$", "The editor ended by signal 9, so nothing was done."),
        (": > $1", "The editor returned nothing, so nothing was done."),
        ("true", "The text is as it was, so nothing was done."),
        ("rm $1", "The editor left no text behind, so nothing was done."),
        ("printf '\\377' > $1", "The editor left no text behind, so nothing was done."),
    ],
)
async def test_an_editor_that_returns_no_text_changes_nothing(
    tmp_path: Path, script: str, told: str
) -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        with_editor(hands.interface, tmp_path, script)
        await open_review(hands)
        await hands.press("e")
        await hands.see(told)
        assert acts(hands) == []


async def test_a_hunk_is_edited(tmp_path: Path) -> None:
    async with hands_on((80, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        told = 'stat -c %a "$1" "$(dirname "$1")" > told; echo "$1" >> told; cat "$1" >> told'
        with_editor(hands.interface, tmp_path, f"cd '{tmp_path}'; {told}; echo 'line_5 = 55' > $1")
        await open_review(hands)
        whole = ids(hands)[0]
        await hands.press("e")
        await hands.see("+line_5 = 55", "edited by hand, so the proof does not cover it")
        assert acts(hands) == [Edit(whole, "line_5 = 55\n")]
        modes = (tmp_path / "told").read_text(encoding="utf-8").split("\n")
        assert modes[:2] == ["600", "700"]
        assert modes[2].endswith(".py")
        assert modes[3] == "line_5 = new"
        assert not Path(modes[2]).exists()


async def test_a_missing_editor_is_told(tmp_path: Path) -> None:
    async with hands_on((120, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        await open_review(hands)
        for told in ("/nowhere/at-all", "'unclosed"):
            hands.interface.editor = Editor(tmp_path, partial(str, told))
            await hands.press("e")
            await hands.see(told, "interface.editor in the settings")


async def test_the_file_is_opened_at_the_line(tmp_path: Path) -> None:
    async with hands_on((120, 30), findings=SOME, reviews=reviews(ONE)) as hands:
        with_editor(hands.interface, tmp_path, f"echo \"$@\" > '{tmp_path}/told'")
        await open_review(hands)
        await hands.press("o")
        await hands.see("There is no file a.py in the project yet.")
        (tmp_path / "a.py").write_bytes(BEFORE)
        await hands.press("j", "o")
        await hands.until((tmp_path / "told").exists)
        await hands.until(lambda: (tmp_path / "told").read_text() == f"+6 {tmp_path}/a.py\n")


async def test_only_files_of_the_project_are_opened(tmp_path: Path) -> None:
    outside = [("../secret.py", BEFORE, text(5)), ("a.py", BEFORE, text(5))]
    (tmp_path / "secret.py").write_bytes(BEFORE)
    (tmp_path / "project").mkdir()
    async with hands_on((120, 30), findings=SOME, reviews=reviews(outside)) as hands:
        with_editor(hands.interface, tmp_path, "exit 9", tmp_path / "project")
        await open_review(hands)
        await hands.press("o")
        await hands.see("../secret.py does not lie in the project.")
