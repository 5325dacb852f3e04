"""The registry: files taken in, kept, looked at, and let go."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from local_models.registry import Registry, Role, Wanted, add, models_folder
from local_models.registry.record import FILE, Entry, changing, read_record
from tests.models.headers import model, said
from tests.models.registered import Told, digest
from tests.models.tiny import Tiny, write_tiny
from workbench.errors import ModelError, WorkbenchError


def test_models_are_the_users_own(home: Path) -> None:
    assert models_folder() == home / "xdg_data_home" / "workbench" / "models"
    assert Registry().folder == models_folder()


def test_an_empty_registry_makes_nothing(registry: Registry) -> None:
    assert registry.read().models == ()
    assert not registry.folder.exists()


def test_a_copy_is_whole_hashed_and_named(registry: Registry, stick: Path) -> None:
    told = Told()
    added = add(registry, Wanted(stick), told)
    assert (added.name, added.new) == ("Tiny-Llama-v2-", True)
    assert added.path.read_bytes() == stick.read_bytes()
    assert added.sha256 == digest(stick)
    assert told.steps[-1] == (stick.stat().st_size,) * 2
    (found,) = registry.read().models
    assert (found.sha256, found.ours, found.source) == (digest(stick), True, f"added from {stick}")
    assert registry.read().unfinished == ()


def test_adding_it_again_finds_it_there(registry: Registry, stick: Path) -> None:
    add(registry, Wanted(stick, name="tiny"), Told())
    again = add(registry, Wanted(stick, name="tiny"), Told())
    assert (again.new, again.sha256) == (False, digest(stick))


def test_another_model_of_that_name_is_refused(registry: Registry, stick: Path) -> None:
    add(registry, Wanted(stick, name="tiny"), Told())
    other = write_tiny(stick.with_name("tiny.gguf"), Tiny(seed=1))
    for wanted in (Wanted(other), Wanted(other, link=True)):
        with pytest.raises(ModelError, match="another model tiny"):
            add(registry, wanted, Told())
    assert registry.path_of("tiny").read_bytes() == stick.read_bytes()


def test_a_link_stays_where_it_lies(registry: Registry, stick: Path) -> None:
    added = add(registry, Wanted(stick, name="tiny", link=True), Told())
    assert added.path == stick
    (found,) = registry.read().models
    assert (found.path, found.ours, found.sha256) == (stick, False, digest(stick))
    registry.remove("tiny")
    assert stick.exists()
    assert registry.read().models == ()


def test_what_was_put_in_the_folder_is_a_model(registry: Registry) -> None:
    registry.folder.mkdir()
    write_tiny(registry.folder / "mine.gguf")
    (registry.folder / "notes.txt").write_text("not a model")
    (registry.folder / "broken.gguf").write_bytes(b"PK\x03\x04")
    shelf = registry.read()
    assert [one.name for one in shelf.models] == ["mine"]
    assert shelf.models[0].sha256 == ""
    assert [(one.name, "archive" in one.sentence) for one in shelf.unusable] == [("broken", True)]


def test_a_hash_is_reckoned_once_and_anew_when_the_file_changes(registry: Registry) -> None:
    registry.folder.mkdir()
    path = write_tiny(registry.folder / "mine.gguf")
    told = Told()
    (found,) = registry.read().models
    assert registry.checksum(found, told) == digest(path)
    (known,) = registry.read().models
    assert known.sha256 == digest(path)
    steps = len(told.steps)
    registry.checksum(known, told)
    assert len(told.steps) == steps
    write_tiny(path, Tiny(seed=1))
    (changed,) = registry.read().models
    assert changed.sha256 == ""
    assert registry.checksum(changed, told) == digest(path)


def test_a_linked_file_that_is_gone_is_told(registry: Registry, stick: Path) -> None:
    add(registry, Wanted(stick, name="tiny", link=True), Told())
    stick.unlink()
    (gone,) = registry.read().unusable
    assert (gone.name, "cannot be read" in gone.sentence) == ("tiny", True)


@pytest.mark.parametrize(
    ("expected", "complaint"),
    [("0" * 64, "is not the file that was meant"), ("beef", "is no SHA-256")],
)
@pytest.mark.parametrize("link", [False, True])
def test_a_hash_that_is_given_is_checked(
    registry: Registry, stick: Path, expected: str, complaint: str, link: bool
) -> None:
    with pytest.raises(ModelError, match=complaint):
        add(registry, Wanted(stick, sha256=expected, link=link), Told())
    assert registry.read().models == ()
    assert registry.read().unfinished == ()
    given = f"sha256:{digest(stick).upper()}"
    assert add(registry, Wanted(stick, sha256=given, link=link), Told()).new


USELESS = {
    "part": ([said("split.count", 3)], "one of 3 parts"),
    "adapter": ([said("general.type", "adapter")], "belongs to one (adapter)"),
    "vocabulary": ([said("general.architecture", "llama")], "has no weights"),
}


@pytest.mark.parametrize(("keys", "complaint"), USELESS.values(), ids=USELESS)
def test_what_is_no_model_is_not_copied(
    registry: Registry, tmp_path: Path, keys: list[bytes], complaint: str
) -> None:
    path = tmp_path / "file.gguf"
    path.write_bytes(model(keys))
    with pytest.raises(ModelError) as caught:
        add(registry, Wanted(path), Told())
    assert complaint in caught.value.sentence
    assert not registry.folder.exists()


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "a b", "\x1b[2J", "n" * 200])
def test_a_name_stays_in_the_folder(registry: Registry, stick: Path, name: str) -> None:
    if not name:
        assert add(registry, Wanted(stick, name=name), Told()).path.parent == registry.folder
        return
    with pytest.raises(ModelError, match="cannot be the name"):
        add(registry, Wanted(stick, name=name), Told())


def test_a_model_deleted_by_hand_can_be_added_again(registry: Registry, stick: Path) -> None:
    add(registry, Wanted(stick), Told()).path.unlink()
    assert registry.read().models == ()
    assert add(registry, Wanted(stick), Told()).new


def test_a_link_that_a_file_of_ours_hides_is_forgotten_with_it(
    registry: Registry, stick: Path
) -> None:
    add(registry, Wanted(stick, name="tiny", link=True), Told())
    write_tiny(registry.path_of("tiny"), Tiny(seed=1))
    (found,) = registry.read().models
    assert found.ours
    registry.remove("tiny")
    assert registry.read().models == ()
    assert stick.exists()


def test_roles_are_kept_until_taken_back(registry: Registry, stick: Path) -> None:
    add(registry, Wanted(stick, name="tiny"), Told())
    registry.use(Role.MAIN, "tiny")
    registry.use(Role.FAST, "tiny")
    assert registry.read().asked == {Role.MAIN: "tiny", Role.FAST: "tiny"}
    registry.use(Role.FAST, "")
    assert registry.read().asked == {Role.MAIN: "tiny"}
    registry.remove("tiny")
    assert registry.read().asked == {}
    assert not registry.path_of("tiny").exists()


DAMAGED = {
    "no JSON": "{",
    "a list": "[]",
    "another version": '{"format": 2, "models": {}, "roles": {}}',
    "no roles": '{"format": 1, "models": {}}',
    "a role that is none": '{"format": 1, "models": {}, "roles": {"king": "x"}}',
    "a NUL": json.dumps(
        {
            "format": 1,
            "models": {"x": {"path": "/a\0b", "sha256": "", "stamp": None, "source": ""}},
            "roles": {},
        }
    ),
    "a stamp": '{"format": 1, "models": {"x": {"path": "", "sha256": "", "source": "",'
    ' "stamp": {"size": "big", "mtime_ns": 1, "inode": 1}}}, "roles": {}}',
    "deep": '{"format": ' + "[" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_registry_is_kept_and_told(registry: Registry, content: str) -> None:
    registry.folder.mkdir()
    (registry.folder / FILE).write_text(content)
    with pytest.raises(ModelError, match="is damaged"):
        registry.read()
    with pytest.raises(ModelError, match="is damaged"):
        registry.use(Role.MAIN, "x")
    assert (registry.folder / FILE).read_text() == content


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    registry = Registry(tmp_path / "file" / "models")
    with pytest.raises(WorkbenchError, match="cannot be read"):
        registry.read()
    with pytest.raises(WorkbenchError, match="cannot be written"):
        registry.use(Role.MAIN, "x")


def _register(folder: Path, number: int) -> None:
    for turn in range(10):
        with changing(folder) as changes:
            name = f"{number}-{turn}"
            changes.record = changes.record.having(name, Entry(path=f"/{name}.gguf"))


def test_four_processes_lose_nothing_of_each_other(registry: Registry) -> None:
    context = multiprocessing.get_context("spawn")
    args = [(registry.folder, number) for number in range(4)]
    processes = [context.Process(target=_register, args=one) for one in args]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert len(read_record(registry.folder).models) == 40


def test_a_change_that_fails_writes_nothing(registry: Registry) -> None:
    registry.use(Role.MAIN, "first")

    def fail() -> None:
        with changing(registry.folder) as changes:
            changes.record = changes.record.asking(Role.MAIN, "second")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert registry.read().asked == {Role.MAIN: "first"}
    assert [path.name for path in registry.folder.iterdir()] == [FILE]
