"""Git says which files of a project are its own, and nothing hostile in it stops or leaks."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import StoreError
from workbench.sandbox.snapshot import Entry, Snapshot, Store
from workbench.sandbox.snapshots import walk
from workbench.sandbox.snapshots.reading import Reading
from workbench.sandbox.snapshots.repository import tracked_paths
from workbench.sandbox.snapshots.values import hash_of

FILES = ("a", "a.py", "b/a", "b/a.py", "b/c/a", "b/c/d.log", "d/a.log", "d/keep/a.log", "e/é")
LINES = ("a", "/a", "*.py", "b/", "!b/c", "*.log", "!keep", "!*.log", "**/c", "d/*", "!d/keep", "*")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store") as store:
        yield store


def git(folder: Path, *args: str, codes: tuple[int, ...] = (0,)) -> bytes:
    """Run the real git, with no settings but its own."""
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "protocol.file.allow=always", "-C", str(folder), *args]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=environ, check=False)
    assert done.returncode in codes, args
    return done.stdout


def fill(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path, encoding="utf-8")


def seen_by_git(folder: Path) -> set[str]:
    found = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return {os.fsdecode(path) for path in found.split(b"\0") if path}


def seen(store: Store, project: Path) -> set[str]:
    return set(store.take(project).entries)


def reasons(snapshot: Snapshot) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in snapshot.skipped}


@settings(deadline=None, max_examples=60)
@given(
    rules=st.dictionaries(
        st.sampled_from([".gitignore", "b/.gitignore", "d/.gitignore", ".git/info/exclude"]),
        st.lists(st.sampled_from(LINES), max_size=4),
    ),
    tracked=st.sets(st.sampled_from(FILES), max_size=3),
)
def test_a_snapshot_holds_what_git_sees(
    rules: dict[str, list[str]], tracked: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = tmp_path_factory.mktemp("project")
    git(project, "init", "-q")
    fill(project, *FILES)
    for path, lines in rules.items():
        (project / path).write_text("\n".join(lines), encoding="utf-8")
    if tracked:
        git(project, "add", "-f", "--", *tracked)
    store = Store(tmp_path_factory.mktemp("store"))
    assert seen(store, project) == seen_by_git(project)
    if not git(project, "check-ignore", "--no-index", "b", codes=(0, 1)):
        inner = {path[2:] for path in seen_by_git(project) if path.startswith("b/")}
        assert seen(store, project / "b") == inner


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("hashing", ["sha1", "sha256"])
def test_each_version_of_gits_index(project: Path, version: int, hashing: str) -> None:
    git(project, "init", "-q", f"--object-format={hashing}")
    fill(project, *FILES, *(f"deep/{'n' * length}" for length in range(1, 40)))
    git(project, "add", ".")
    if version == 3:
        fill(project, "later")
        git(project, "add", "--intent-to-add", "later")
    git(project, "update-index", "--index-version", str(version))
    index = (project / ".git" / "index").read_bytes()
    assert index[7] == version
    found = {os.fsdecode(path) for path in tracked_paths(index)}
    assert found == {os.fsdecode(p) for p in git(project, "ls-files", "-z").split(b"\0") if p}


@settings(max_examples=300)
@given(st.binary(max_size=200))
def test_a_hostile_index_is_read_to_its_end(content: bytes) -> None:
    header = b"DIRC\0\0\0\x04\xff\xff\xff\xff"
    for index in (content, header + content):
        with suppress(ValueError, IndexError, struct.error):
            assert len(list(tracked_paths(index))) <= len(content)


def test_a_damaged_index_tracks_nothing(project: Path, store: Store) -> None:
    git(project, "init", "-q")
    fill(project, "a", "b")
    (project / ".gitignore").write_text("a\n", encoding="utf-8")
    (project / ".git" / "index").write_bytes(b"DIRC\0\0\0\x02\0\0\0\x09short")
    assert seen(store, project) == {".gitignore", "b"}


def test_hostile_git_settings_are_never_run(project: Path, store: Store, tmp_path: Path) -> None:
    git(project, "init", "-q")
    fill(project, "a")
    proof = tmp_path / "ran"
    (project / ".git" / "config").write_text(
        f'[core]\n\tfsmonitor = "touch {proof} #"\n', encoding="utf-8"
    )
    git(project, "status")
    assert proof.exists(), "the attack itself must work"
    proof.unlink()
    assert seen(store, project) == {"a"}
    assert not proof.exists()


def test_caches_and_environments_are_left_out(project: Path, store: Store) -> None:
    left_out = [f"sub/{name}/x" for name in walk.NEVER]
    fill(project, "a", "my-env/pyvenv.cfg", "my-env/x", "conda/conda-meta/x", *left_out)
    assert seen(store, project) == {"a"}


def test_modules_that_a_build_left_are_seen_though_git_ignores_them(
    project: Path, store: Store
) -> None:
    built = {"shop/_version.py", "shop/fast.cpython-311-x86_64-linux-gnu.so", "shop/wire_pb2.py"}
    fill(project, "shop/__init__.py", "shop/secrets.py", "build/shop/_version.py", *built)
    rules = "_version.py\n*.so\n*_pb2.py\nsecrets.py\nbuild/\n"
    (project / ".gitignore").write_text(rules, encoding="utf-8")
    git(project, "init", "-q")
    assert seen(store, project) == {".gitignore", "shop/__init__.py", *built}


def test_a_project_that_is_an_environment_is_still_seen(project: Path, store: Store) -> None:
    fill(project, "pyvenv.cfg", "a")
    assert seen(store, project) == {"pyvenv.cfg", "a"}


def test_a_repository_within_follows_its_own_rules(project: Path, store: Store) -> None:
    git(project, "init", "-q")
    fill(project, "a.log", "inner/a.log", "inner/b")
    git(project / "inner", "init", "-q")
    (project / ".gitignore").write_text("*.log\n", encoding="utf-8")
    (project / "inner" / ".gitignore").write_text("b\n", encoding="utf-8")
    assert seen(store, project) == {".gitignore", "inner/.gitignore", "inner/a.log"}


def test_a_worktree_and_a_submodule(project: Path, store: Store, tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "-q")
    fill(origin, "a", "b")
    git(origin, "add", "a")
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    git(origin, *identity, "commit", "-q", "-m", "m")
    (origin / ".git" / "info" / "exclude").write_text("*\n", encoding="utf-8")
    git(origin, "worktree", "add", "-q", str(tmp_path / "tree"))
    fill(tmp_path / "tree", "c")
    assert seen(store, tmp_path / "tree") == {"a"} == seen_by_git(tmp_path / "tree")
    git(project, "init", "-q")
    git(project, "submodule", "--quiet", "add", str(origin), "sub")
    fill(project, "sub/new")
    assert seen(store, project) == {".gitmodules", "sub/a", "sub/new"}


def test_a_home_that_ignores_everything_hides_no_project(project: Path, store: Store) -> None:
    git(project.parent, "init", "-q")
    (project.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    fill(project, "a")
    assert seen(store, project) == {"a"}


def test_links_are_kept_and_never_followed(project: Path, store: Store) -> None:
    fill(project, "dir/a")
    targets = {"loop": ".", "etc": "/etc", "self": "self", "passwd": "/etc/passwd", "up": "../.."}
    for name, target in targets.items():
        (project / name).symlink_to(target)
    (project / "dir" / ".gitignore").symlink_to("/etc/passwd")
    entries = store.take(project).entries
    links = {name: Entry("link", target) for name, target in targets.items()}
    links["dir/.gitignore"] = Entry("link", "/etc/passwd")
    assert entries == {**links, "dir/a": Entry("file", hash_of(b"dir/a"), 5)}


def test_special_files_are_skipped_and_told(project: Path, store: Store) -> None:
    fill(project, "a")
    os.mkfifo(project / "pipe")
    (project / "sub").mkdir()
    os.mkfifo(project / "sub" / ".gitignore")
    with socket.socket(socket.AF_UNIX) as line:
        place = os.open(project, os.O_RDONLY)
        line.bind(f"/proc/self/fd/{place}/socket")
        os.close(place)
        snapshot = store.take(project)
    assert set(snapshot.entries) == {"a"}
    assert snapshot.skipped_count == 3
    assert reasons(snapshot) == {
        "pipe": "a named pipe", "sub/.gitignore": "a named pipe", "socket": "a socket",
    }  # fmt: skip


def test_a_file_without_end_is_skipped(project: Path, store: Store) -> None:
    fill(project, "a", "huge")
    os.truncate(project / "huge", 1 << 40)
    snapshot = store.take(project)
    assert set(snapshot.entries) == {"a"}
    assert reasons(snapshot) == {"huge": "larger than 1 GiB"}


def test_names_without_sense_are_names(project: Path, store: Store) -> None:
    names = ("new\nline", "\udcff\udc80", "-rf", "é", "e\u0301", "*", " ", "\x1b[31m", "n" * 255)
    for name in names:
        (project / name).write_bytes(os.fsencode(name))
    snapshot = store.take(project)
    assert set(snapshot.entries) == set(names)
    tree = Path(store.materialise(snapshot).folder)
    assert {path.name: path.read_bytes() for path in tree.iterdir()} == {
        name: os.fsencode(name) for name in names
    }


@pytest.mark.parametrize(("name", "depth"), [("d", 5_000), ("n" * 200, 40)])
def test_what_is_too_deep_is_told(project: Path, store: Store, name: str, depth: int) -> None:
    fill(project, "a")
    place = os.open(project, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=place)
        inner = os.open(name, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(os.open("deepest", os.O_CREAT | os.O_WRONLY, dir_fd=place))
    os.close(place)
    try:
        snapshot = store.take(project)
        assert set(snapshot.entries) == {"a"}
        assert snapshot.skipped_count == 1
        (reason,) = reasons(snapshot).values()
        assert reason in ("more than 256 folders deep", "its path is too long")
    finally:
        subprocess.run(["rm", "-rf", str(project / name)], check=True)


def test_too_many_files_are_refused(
    project: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "MOST_ENTRIES", 3)
    fill(project, "a", "b", "c", "d")
    with pytest.raises(StoreError, match="more than 3 files"):
        store.take(project)


class Meddler:
    """Changes a project between the moment it is listed and the moment it is read."""

    def __init__(self, project: Path, store: Store) -> None:
        self._folder = os.open(project, os.O_RDONLY)
        self._reading = Reading(project, store._objects, {}, 0)
        with store._locked(0x1):
            self._found = {entry.name: entry.stat() for entry in os.scandir(project)}

    def read(self, name: str) -> object:
        return self._reading._read(self._folder, name, name, self._found[name])


def test_a_file_that_becomes_a_link_is_not_followed(project: Path, store: Store) -> None:
    fill(project, "a", "b", "c", "d")
    meddler = Meddler(project, store)
    for name in "abcd":
        (project / name).unlink()
    (project / "a").symlink_to("/etc/passwd")
    os.mkfifo(project / "b")
    (project / "c").mkdir()
    assert meddler.read("a") == ("a", Entry("link", "/etc/passwd"), None)
    assert "a named pipe" in str(meddler.read("b"))
    assert "of no known kind" in str(meddler.read("c"))
    assert meddler.read("d") is None


def test_a_file_that_never_holds_still_is_skipped(
    project: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(project, "a")
    meddler = Meddler(project, store)
    keep, written = store._objects.keep, []

    def keep_while_it_grows(source: int, size: int, *, executable: bool) -> tuple[str, int]:
        kept = keep(source, size, executable=executable)
        with (project / "a").open("a", encoding="utf-8") as file:
            written.append(file.write("more"))
        return kept

    monkeypatch.setattr(store._objects, "keep", keep_while_it_grows)
    assert "changes while it is read" in str(meddler.read("a"))
    assert len(written) == 3


def test_what_cannot_be_read_is_told(project: Path) -> None:
    fill(project, "a", "secret", "closed/b")
    (project / "secret").chmod(0)
    (project / "closed").chmod(0)
    child = os.fork()
    if not child:
        code = 1
        try:
            code = _take_as_nobody(project)
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    (project / "closed").chmod(0o755)


def _take_as_nobody(project: Path) -> int:
    for folder in (project, *project.parents):
        if folder.stat().st_uid == os.getuid() and os.getuid() == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    if os.getuid() == 0:
        os.setresuid(65534, 65534, 65534)
    os.environ["HOME"] = "/"
    store = Path("/tmp") / f"snapshots-of-nobody-{os.getpid()}"  # noqa: S108 - removed below
    try:
        snapshot = Store(store).take(project)
    finally:
        subprocess.run(["rm", "-rf", str(store)], check=True)
    told = reasons(snapshot)
    assert set(snapshot.entries) == {"a"}, snapshot.entries
    assert set(told) == {"secret", "closed"}, told
    return 0
