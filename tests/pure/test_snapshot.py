"""A snapshot is the project's state, whole and frozen, and the same state has one digest."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import StoreError
from workbench.sandbox.snapshot import Entry, File, Layer, Link, Snapshot, Store, snapshot_of
from workbench.sandbox.snapshots.trees import MOST_EDITS
from workbench.sandbox.snapshots.values import hash_of

State = Mapping[str, tuple[str, bytes]]
"""By path: the kind, and the content or where a link points to."""

_NAMES = st.sampled_from(["a", "b", "c.py", "é", "new\nline", "\udcff\udcfe", "x y", "-", "*"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)
_VALUES = st.tuples(st.sampled_from(["file", "executable", "link"]), st.binary(max_size=8)).map(
    lambda value: (value[0], b"to-" + value[1].hex().encode()) if value[0] == "link" else value
)
_STATES = st.dictionaries(_PATHS, _VALUES, max_size=6).map(
    lambda state: {path: value for path, value in state.items() if not _is_below(path, state)}
)


def _is_below(path: str, state: Mapping[str, object]) -> bool:
    return any(path.startswith(other + "/") for other in state)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def store(project: Path) -> Store:
    return Store(project / ".workbench" / "snapshots")


def write(project: Path, state: State) -> None:
    """Make the project hold exactly `state`, apart from its `.workbench`."""
    for child in project.iterdir():
        if child.name != ".workbench":
            shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
    for path, value in state.items():
        put(project / path, *value)


def put(target: Path, kind: str, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if kind == "link":
        target.symlink_to(os.fsdecode(content))
        return
    target.write_bytes(content)
    target.chmod(0o755 if kind == "executable" else 0o644)


def look(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Return what lies in a folder, as a state."""
    found = {}
    for base, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(base) / name).is_symlink()]
        for name in (*files, *links):
            path = Path(base) / name
            found[str(path.relative_to(folder))] = look_at(path)
    return found


def look_at(path: Path) -> tuple[str, bytes]:
    if path.is_symlink():
        return "link", os.fsencode(path.readlink())
    return ("executable" if path.stat().st_mode & 0o111 else "file"), path.read_bytes()


def laid_out(layer: Layer, target: Path) -> Path:
    """Carry out the edits on a copy of the tree, as a box does over it."""
    shutil.copytree(layer.folder, target, symlinks=True)
    for folder, _, _ in os.walk(target):
        Path(folder).chmod(0o755)
    for path, wanted in layer.edits.items():
        place = target / path
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        if isinstance(wanted, Link):
            put(place, "link", os.fsencode(wanted.target))
        elif isinstance(wanted, File):
            put(place, "executable" if wanted.executable else "file", wanted.content)
    return target


def entry_of(kind: str, content: bytes) -> Entry:
    if kind == "link":
        return Entry("link", os.fsdecode(content))
    return Entry("executable" if kind == "executable" else "file", hash_of(content), len(content))


@settings(deadline=None, max_examples=60)
@given(states=st.lists(_STATES, min_size=1, max_size=4))
def test_whatever_was_edited_the_snapshot_is_the_project(
    states: list[State], tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = tmp_path_factory.mktemp("project")
    with Store(project / ".workbench" / "snapshots") as store:
        for number, state in enumerate(states):
            write(project, state)
            snapshot = store.take(project)
            expected = {path: entry_of(*value) for path, value in state.items()}
            assert snapshot == snapshot_of(expected)
            layer = store.materialise(snapshot)
            seen = laid_out(layer, tmp_path_factory.mktemp("seen") / str(number))
            assert look(seen) == state
            assert _folders(seen) == _folders_of(state)
    fresh = Store(tmp_path_factory.mktemp("fresh"))
    assert fresh.take(project).digest == snapshot.digest


def _folders(root: Path) -> set[str]:
    return {str(Path(base).relative_to(root)) for base, _, _ in os.walk(root)}


def _folders_of(state: State) -> set[str]:
    return {".", *(str(folder) for path in state for folder in Path(path).parents)}


@given(_STATES, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_count(state: State, random: Random) -> None:
    entries = [(path, entry_of(*value)) for path, value in state.items()]
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert snapshot_of(dict(entries)).digest == snapshot_of(dict(shuffled)).digest


@given(_STATES, _STATES)
def test_two_states_have_two_digests(one: State, other: State) -> None:
    digests = {
        snapshot_of({path: entry_of(*value) for path, value in state.items()}).digest
        for state in (one, other)
    }
    assert len(digests) == (1 if one == other else 2)


@pytest.mark.parametrize(
    ("kind", "content"), [("file", b"other"), ("executable", b"text"), ("link", b"text")]
)
def test_any_change_of_a_file_changes_the_digest(
    project: Path, store: Store, kind: str, content: bytes
) -> None:
    write(project, {"a": ("file", b"text"), "b": ("file", b"")})
    before = store.take(project)
    (project / "a").unlink()
    put(project / "a", kind, content)
    assert store.take(project).digest != before.digest


def test_an_edit_of_the_same_length_and_time_is_seen(project: Path, store: Store) -> None:
    file = project / "a"
    file.write_bytes(b"one")
    os.utime(file, (1, 1))
    before = store.take(project)
    file.write_bytes(b"two")
    os.utime(file, (1, 1))
    assert store.take(project).entries["a"].content == hash_of(b"two")
    assert store.read(before, "a") == b"one"


def test_what_is_known_is_not_read_again(project: Path, store: Store) -> None:
    _write_settled(project / "a", b"text")
    first = store.take(project)
    shutil.rmtree(store.trees.parent / "objects")
    assert store.take(project) == first
    assert Store(store.trees.parent).take(project) == first
    with pytest.raises(StoreError, match="has lost a content"):
        store.materialise(first)


def test_a_lost_content_is_read_anew(project: Path, store: Store) -> None:
    _write_settled(project / "a", b"text")
    first = store.take(project)
    (torn,) = _objects(store)
    os.truncate(torn, 1)
    with pytest.raises(StoreError, match="has lost a content") as told:
        store.materialise(first)
    assert "Try again" in told.value.hint
    assert store.materialise(store.take(project)).tree == first.digest
    assert store.read(first, "a") == b"text"


@pytest.mark.parametrize("damage", [b"", b"x", b"\0" * 400])
def test_a_damaged_index_is_no_index(project: Path, store: Store, damage: bytes) -> None:
    _write_settled(project / "a", b"text")
    first = store.take(project)
    (store.trees.parent / "index").write_bytes(damage)
    assert store.take(project) == first


def _write_settled(file: Path, content: bytes) -> None:
    """Write, and wait until any later change is sure to have another time."""
    file.write_bytes(content)
    clock = file.parent / ".workbench"
    clock.mkdir(exist_ok=True)
    settled = file.stat().st_ctime_ns + 50_000_000
    while clock.stat().st_mtime_ns < settled:
        os.utime(clock)


def _objects(store: Store) -> list[Path]:
    return [path for path in (store.trees.parent / "objects").rglob("*") if path.is_file()]


def test_one_index_knows_one_project(tmp_path: Path, store: Store, project: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    _write_settled(project / "a", b"here")
    _write_settled(other / "a", b"there")
    for _ in range(2):
        assert store.read(store.take(project), "a") == b"here"
        assert store.read(store.take(other), "a") == b"there"


def test_the_same_snapshot_is_the_same_tree(project: Path, store: Store) -> None:
    write(project, {"a": ("file", b"text")})
    snapshot = store.take(project)
    first = store.materialise(snapshot)
    assert first == Layer(snapshot.digest, str(store.trees / snapshot.digest), {})
    inode = Path(first.folder).stat().st_ino
    assert store.materialise(snapshot) == first
    assert Path(first.folder).stat().st_ino == inode


def test_a_small_difference_is_edits(project: Path, store: Store) -> None:
    write(project, {"a": ("file", b"1"), "b/c": ("file", b"2"), "d": ("file", b"3")})
    base = store.materialise(store.take(project))
    write(project, {"a": ("executable", b"9"), "b": ("link", b"a"), "n/e": ("file", b"5")})
    layer = Store(store.trees.parent).materialise(store.take(project))
    assert layer.tree == base.tree
    assert dict(layer.edits) == {
        "d": None, "a": File(b"9", executable=True), "b": Link("a"), "n/e": File(b"5"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "own"),
    [
        ({f"f{n}": ("file", b"%d" % n) for n in range(MOST_EDITS)}, False),
        ({f"f{n}": ("file", b"%d" % n) for n in range(MOST_EDITS + 1)}, True),
        ({"large": ("file", b"x" * (4 << 20))}, False),
        ({"large": ("file", b"x" * ((4 << 20) + 1))}, True),
    ],
)
def test_a_large_difference_is_a_tree_of_its_own(
    project: Path, store: Store, state: State, own: bool
) -> None:
    base = store.materialise(store.take(project))
    write(project, state)
    layer = store.materialise(store.take(project))
    assert (layer.tree != base.tree) == own
    assert bool(layer.edits) != own


def test_anybody_may_read_a_tree_and_nobody_else_write(project: Path, store: Store) -> None:
    umask = os.umask(0o077)
    try:
        write(project, {"a/b/c": ("file", b"1"), "a/x": ("executable", b"1")})
        tree = Path(store.materialise(store.take(project)).folder)
    finally:
        os.umask(umask)
    modes = {path: (tree / path).stat().st_mode & 0o7777 for path in (".", "a", "a/b/c", "a/x")}
    assert modes == {".": 0o755, "a": 0o755, "a/b/c": 0o644, "a/x": 0o755}


def test_an_edit_in_place_does_not_reach_the_tree(project: Path, store: Store) -> None:
    write(project, {"a": ("file", b"before")})
    layer = store.materialise(store.take(project))
    with (project / "a").open("r+b") as file:
        file.write(b"AFTER!")
    assert look(Path(layer.folder)) == {"a": ("file", b"before")}


def test_a_large_file_is_kept_as_it_was(project: Path, store: Store) -> None:
    content = os.urandom(3 << 20)
    write(project, {"a": ("file", content), "b": ("executable", content)})
    snapshot = store.take(project)
    assert snapshot.entries["a"] == Entry("file", hash_of(content), len(content))
    assert store.read(snapshot, "b") == content


CHANGES: list[dict[str, bytes | None]] = [
    {"a": b"new"}, {"a": None}, {"new/deep": b"x"}, {"tool": b"#!"},
    {"b/c": None, "b": b"file now"}, {"a": None, "a/b": b"folder now"}, {"link": b"file now"}, {},
]  # fmt: skip


@pytest.mark.parametrize("changes", CHANGES)
def test_changes_by_value_are_changes_on_disk(
    project: Path, store: Store, changes: dict[str, bytes | None]
) -> None:
    state = {"a": ("file", b"1"), "b/c": ("file", b"2"), "tool": ("executable", b"3")}
    write(project, {**state, "link": ("link", b"a")})
    before = store.take(project)
    for path, content in changes.items():
        kind = before.entries[path].kind if path in before.entries else "file"
        place = project / path
        place.rmdir() if place.is_dir() else place.unlink(missing_ok=True)
        if content is not None:
            put(place, "file" if kind == "link" else kind, content)
    assert before.with_changes(changes).digest == store.take(project).digest


@pytest.mark.parametrize(
    "path", ["a/b", "b", "/x", "x/", "../x", "x/../y", "", ".", "./x", "x//y", "x\0y"]
)
def test_changes_that_no_folder_can_hold(path: str) -> None:
    base = snapshot_of({"a": entry_of("file", b""), "b/c": entry_of("file", b"")})
    with pytest.raises(ValueError, match="no file can lie"):
        base.with_changes({path: b""})


def test_only_files_can_be_read(project: Path, store: Store) -> None:
    write(project, {"a": ("link", b"/etc/passwd")})
    snapshot = store.take(project)
    for path in ("a", "b"):
        with pytest.raises(StoreError, match="no file"):
            store.read(snapshot, path)


def test_no_project_no_snapshot(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no folder"):
        store.take(tmp_path / "nowhere")


def test_an_empty_project_is_a_state(project: Path, store: Store) -> None:
    snapshot = store.take(project)
    assert snapshot == Snapshot(snapshot_of({}).digest, {})
    assert look(Path(store.materialise(snapshot).folder)) == {}


def test_more_files_than_the_project_has_are_read_and_laid_like_the_others(
    project: Path, store: Store
) -> None:
    (project / "a.py").write_bytes(b"a = 1\n")
    taken = store.take(project)
    extended = store.extend(taken, {"tests/test_a.py": b"import a\n"})
    assert set(extended.entries) == {"a.py", "tests/test_a.py"}
    assert extended.digest != taken.digest
    assert store.read(extended, "tests/test_a.py") == b"import a\n"
    layer = store.materialise(extended)
    assert not layer.edits
    assert (Path(layer.folder) / "tests" / "test_a.py").read_bytes() == b"import a\n"
    assert not (project / "tests").exists()
    with pytest.raises(ValueError, match="no file can lie"):
        store.extend(taken, {"a.py/b.py": b""})
