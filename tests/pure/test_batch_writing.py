"""Reports are written whole or not at all, and never become a part of what is tested."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rooms import little_room
from workbench.batch.writing import append, write_folder, write_whole
from workbench.errors import StoreError


def test_a_report_that_does_not_fit_leaves_the_one_before(tmp_path: Path) -> None:
    place = tmp_path / "report.json"
    write_whole(place, b"before")
    with pytest.raises(StoreError, match=r"report\.json could not be written"), little_room(50):
        write_whole(place, b"x" * 100)
    assert place.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_that_does_not_fit_leaves_the_one_before(tmp_path: Path) -> None:
    place = tmp_path / "patches"
    write_folder(place, {"a": b"before"})
    with pytest.raises(StoreError, match="patches could not be written"), little_room(50):
        write_folder(place, {"a": b"after", "b": b"x" * 100})
    assert (place / "a").read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [place]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "patches"
    write_folder(place, {"a": b"1", "b": b"2"})
    write_folder(place, {"c": b"3"})
    assert sorted(path.name for path in place.iterdir()) == [".gitignore", "c"]
    assert sorted(path.name for path in place.parent.iterdir()) == [".gitignore", "patches"]


def test_only_folders_that_are_new_ignore_themselves(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.json", b"")
    assert not (tmp_path / ".gitignore").exists()
    write_whole(tmp_path / "new" / "deep" / "a.json", b"")
    assert (tmp_path / "new" / ".gitignore").read_text() == "*\n"
    assert not (tmp_path / "new" / "deep" / ".gitignore").exists()


def test_links_are_replaced_and_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"mine")
    kept = tmp_path / "folder"
    kept.mkdir()
    (kept / "a").write_bytes(b"mine")
    (tmp_path / "link.json").symlink_to(target)
    (tmp_path / "links").symlink_to(kept)
    write_whole(tmp_path / "link.json", b"report")
    write_folder(tmp_path / "links", {"b": b"patch"})
    assert target.read_bytes() == b"mine"
    assert (kept / "a").read_bytes() == b"mine"
    assert not (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "links" / "b").read_bytes() == b"patch"


def test_what_others_write_too_is_added_to(tmp_path: Path) -> None:
    place = tmp_path / "summary.md"
    append(place, b"one\n")
    append(place, b"two\n")
    assert place.read_bytes() == b"one\ntwo\n"
    with pytest.raises(StoreError):
        append(tmp_path, b"x")
