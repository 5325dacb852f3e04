"""What is applied as a commit on a new branch, in repositories as stock git makes them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.pure.applying import TERMS, Shop, Who, opened
from workbench.api.commands import Apply, ReadTransactions
from workbench.api.deciding import Accept
from workbench.api.reviews import Written
from workbench.errors import Findings, StoreError
from workbench.review.applying import committing
from workbench.review.applying.gitdata import open_repository, refuse_bad_name
from workbench.review.applying.values import Ready

OLD, NEW = b"one\ntwo\nthree\nfour\nfive\n", b"one\n2\nthree\nfour\nfive\n"
BAIT = "touch owned"


def git(folder: Path, *words: str, **more: str) -> str:
    environ = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        **{f"GIT_{who}_NAME": "Ann" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "ann@example.org" for who in ("AUTHOR", "COMMITTER")},
        **more,
    }
    done = subprocess.run(
        ["git", *words], cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.py").write_bytes(OLD)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "kept.py").write_bytes(b"kept\n")
    (tmp_path / ".gitignore").write_text(".workbench\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    async with opened(tmp_path) as shop:
        await shop.propose("p", {"a.py": NEW, "sub/new.py": b"new\n"})
        await shop.do("p", Accept())
        yield shop


async def apply(shop: Shop, branch: str) -> Written:
    return await shop.applying.apply(Apply(("p",), TERMS, branch), Who())


def administration(root: Path) -> dict[str, bytes]:
    """Return git's own files, without the objects: those may lie there unused."""
    found = (path for path in (root / ".git").rglob("*") if path.is_file())
    return {str(p): p.read_bytes() for p in found if "objects" not in p.parts}


async def test_it_is_committed_and_nothing_else_is_touched(shop: Shop) -> None:
    root = shop.root
    git(root, "config", "user.name", "Ann Lee")
    git(root, "config", "user.email", "ann@lee.example")
    before, head = administration(root), git(root, "rev-parse", "HEAD")
    written = await apply(shop, "repair/ages")
    assert written.branch == "repair/ages"
    ref = str(root / ".git" / "refs" / "heads" / "repair" / "ages")
    after = administration(root)
    assert after.pop(ref).decode().strip() == written.commit
    assert after == before
    assert git(root, "rev-parse", "repair/ages^") == head
    assert git(root, "diff", "--name-status", "main", "repair/ages").split() == [
        *("M", "a.py"),
        *("A", "sub/new.py"),
    ]
    assert git(root, "show", "repair/ages:a.py") == NEW.decode().strip()
    shown = git(root, "log", "-1", "--format=%an <%ae>%n%B", "repair/ages").splitlines()
    assert shown[:3] == ["Ann Lee <ann@lee.example>", "because", ""]
    assert f"Workbench-Transaction: {written.transaction}" in shown
    trailers = git(root, "log", "-1", "--format=%(trailers:only)", "repair/ages").splitlines()
    assert [one.partition(":")[0] for one in trailers if one] == [
        "Workbench-Proposal",
        "Workbench-Proof",
        "Workbench-Transaction",
        "Approved-by",
    ]
    git(root, "fsck", "--strict")


async def test_nothing_of_the_project_s_configuration_is_run(shop: Shop) -> None:
    """Hooks, filters, signing, monitors and helpers all are bait."""
    root = shop.root
    for key in ("core.fsmonitor", "gpg.program", "core.editor", "filter.bait.clean", "core.pager"):
        git(root, "config", key, BAIT)
    git(root, "config", "commit.gpgsign", "true")
    git(root, "config", "core.hooksPath", str(root / "hooks"))
    (root / "hooks").mkdir()
    for name in ("pre-commit", "post-commit", "reference-transaction", "post-index-change"):
        (root / "hooks" / name).write_text(f"#!/bin/sh\ntouch {root}/owned\n")
        (root / "hooks" / name).chmod(0o755)
    (root / ".gitattributes").write_text("* filter=bait\n")
    written = await apply(shop, "b")
    assert written.commit
    assert not list(root.rglob("owned"))


async def test_what_is_not_committed_yet_stays_out_of_it(shop: Shop) -> None:
    (shop.root / "a.py").write_bytes(OLD + b"mine\n")
    (shop.root / "sub" / "kept.py").write_bytes(b"mine as well\n")
    await apply(shop, "b")
    assert (shop.root / "a.py").read_bytes() == NEW + b"mine\n"
    assert git(shop.root, "show", "b:a.py") == NEW.decode().strip()
    assert git(shop.root, "show", "b:sub/kept.py") == "kept"


async def test_what_the_last_commit_has_otherwise_is_refused(shop: Shop) -> None:
    (shop.root / "a.py").write_bytes(OLD.replace(b"two", b"deux"))
    git(shop.root, "commit", "-aqm", "other")
    (shop.root / "a.py").write_bytes(OLD)
    await refused(shop, "b", "is another in the last commit")


async def refused(shop: Shop, branch: str, said: str) -> None:
    before, admin = shop.tree(), administration(shop.root)
    with pytest.raises((Findings, StoreError), match=said):
        await apply(shop, branch)
    now = {p: one for p, one in shop.tree().items() if "objects" not in p}
    assert now == {p: one for p, one in before.items() if "objects" not in p}
    assert administration(shop.root) == admin


def _packed(root: Path) -> None:
    git(root, "branch", "taken")
    git(root, "pack-refs", "--all")


def _linked(root: Path) -> None:
    (root / ".git").rename(root.parent / "git")
    (root / ".git").symlink_to(root.parent / "git")


def _no_commit(root: Path) -> None:
    (root / ".git" / "HEAD").write_text("ref: refs/heads/unborn\n")


def _worktree(root: Path) -> None:
    (root / ".git").rename(root.parent / "real.git")
    (root / ".git").write_text(f"gitdir: {root.parent}/real.git\n")


TROUBLES: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "taken": (lambda root: git(root, "branch", "taken"), "taken", "There is a branch"),
    "packed": (_packed, "taken", "There is a branch"),
    "below another": (_packed, "taken/inner", "There is a branch"),
    "above another": (lambda root: git(root, "branch", "b/c"), "b", "There is a branch"),
    "reftable": (
        lambda root: git(root, "config", "extensions.refStorage", "reftable"),
        "b",
        "another format",
    ),
    "no commit": (_no_commit, "b", "no commit yet"),
    "a link": (_linked, "b", "is not a folder of your own"),
    "a worktree": (_worktree, "b", "is a worktree"),
    "no repository": (lambda root: (root / ".git").rename(root / "git"), "b", "no git repository"),
    "a bad name": (lambda _: None, "a..b", "cannot be the name of a branch"),
}


@pytest.mark.parametrize(("spoil", "branch", "said"), TROUBLES.values(), ids=TROUBLES)
async def test_where_no_branch_can_be_made_nothing_is_written(
    spoil: Callable[[Path], object], branch: str, said: str, shop: Shop
) -> None:
    spoil(shop.root)
    await refused(shop, branch, said)


NAMES = [
    *(
        "ok",
        "a/b",
        "@",
        "HEAD",
        "-x",
        "a b",
        "a..b",
        ".a",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a/",
        "/a",
    ),
    *("a//b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a@{b", "a.", "é", "a\x7f", "", "@/a"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_taken_exactly_where_git_takes_it(name: str, tmp_path: Path) -> None:
    asked = ["git", "check-ref-format", "--branch", name]
    taken = subprocess.run(asked, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    try:
        refuse_bad_name(name)
    except Findings:
        assert not taken or name == "@"
    else:
        assert taken


async def test_a_project_that_is_a_part_of_a_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256")
    inner = tmp_path / "part"
    inner.mkdir()
    (inner / "a.py").write_bytes(OLD)
    (inner / "tool").write_bytes(b"x\n")
    (inner / "tool").chmod(0o755)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    git(tmp_path, "gc", "-q")
    async with opened(inner) as shop:
        await shop.propose("p", {"a.py": NEW, "tool": b"y\n"})
        await shop.do("p", Accept())
        written = await apply(shop, "b")
    assert len(written.commit) == 64
    assert git(tmp_path, "show", "b:part/a.py") == NEW.decode().strip()
    assert git(tmp_path, "ls-tree", "b", "part/tool").startswith("100755")
    assert open_repository(inner).prefix == "part/"


class Killed(BaseException):
    """The process is gone."""


def _killed_at(name: str) -> Callable[[str], None]:
    over: list[str] = []

    def step(one: str) -> None:
        if over or one == name:
            over.append(one)
            raise Killed

    return step


@pytest.mark.parametrize(("at", "is_there"), [("branch", True), ("exchange", False)])
async def test_a_host_killed_before_the_branch_is_made(at: str, is_there: bool, shop: Shop) -> None:
    """What was written is committed by the next host; what was not leaves no branch."""
    dying = Shop(shop.workspace, shop.journal, step=_killed_at(at))
    with pytest.raises(Killed):
        await apply(dying, "b")
    await shop.applying.recover()
    assert ((shop.root / "a.py").read_bytes() == NEW) == is_there
    assert bool(git(shop.root, "branch", "--list", "b")) == is_there
    (one,) = (await shop.applying.read(ReadTransactions(), Who())).transactions
    assert (one.state, one.branch) == (("standing", "b") if is_there else ("refused", ""))


async def test_a_branch_is_made_once_and_taken_away_only_as_it_was_made(shop: Shop) -> None:
    written = await apply(shop, "b")
    ready = Ready("b", written.commit)
    committing.create(shop.root, ready)
    committing.withdraw(shop.root, Ready("b", "0" * 40))
    assert git(shop.root, "rev-parse", "b") == written.commit
    committing.withdraw(shop.root, ready)
    assert git(shop.root, "branch", "--list", "b") == ""
