"""What tools may do is decided by the settings and the act, whatever anybody says."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.chat.guard import Edit, Fetch, Policy, Read, Run, Search, decide

ANY = Policy(programs=("*",), show=("*",))


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "~/.ssh/id_rsa",
        "../other/file.py",
        "a/../../b",
        "a//b",
        "./a",
        "a/.",
        "",
        ".git/config",
        "sub/.GIT/config",
        ".git./config",
        ".g\u200cit/config",
        ".workbench/journal.duckdb",
        "C:\\windows",
        "a\\..\\b",
        "a\nb",
        "a\x00b",
        "a\u202eb",
        "a" * 5000,
    ],
)
def test_no_policy_at_all_reaches_out(path: str) -> None:
    for act in (Read(path), Edit(path)):
        decision = decide(ANY, act)
        assert not decision.allowed
        assert decision.sentence.endswith(".")
        assert decision.sentence.isprintable()


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        "deploy/.env.production",
        "prod.env",
        "certs/server.pem",
        "SERVER.KEY",
        "home/.ssh/config",
        ".aws/credentials",
        "id_ed25519",
        ".npmrc",
        "secrets.yaml",
        "infra/main.tfstate",
        "my-credentials.json",
        ".docker/config.json",
    ],
)
def test_files_of_secrets_are_not_read(path: str) -> None:
    assert not decide(Policy(), Read(path)).allowed
    assert not decide(Policy(), Edit(path)).allowed


@pytest.mark.parametrize(
    "path",
    [
        "src/app.py",
        ".env.example",
        "id_rsa.pub",
        "secrets.py",
        ".gitignore",
        "docs/tökens.md",
        "a.py",
    ],
)
def test_files_of_work_are_read(path: str) -> None:
    assert decide(Policy(), Read(path)).allowed
    assert decide(Policy(), Edit(path)).allowed


def test_settings_hide_more_and_show_more() -> None:
    narrow = Policy(hide=("private/", "*.sql"))
    assert not decide(narrow, Read("a/private/x.py")).allowed
    assert not decide(narrow, Read("dump.SQL")).allowed
    assert decide(Policy(show=(".env.test",)), Read(".env.test")).allowed
    assert not decide(Policy(show=(".env.test",)), Read(".env")).allowed
    assert not decide(Policy(hide=("*.md",), show=("*.md",)), Read("a.md")).allowed
    assert not decide(Policy(hide=("!*.md",)), Read("a.md")).allowed


@pytest.mark.parametrize(
    ("argv", "allowed"),
    [
        (("pytest", "-q"), True),
        (("python", "-c", "1"), True),
        (("rm", "-rf", "/"), False),
        (("sh", "-c", "pytest"), False),
        (("/usr/bin/python", "x"), False),
        (("./pytest",), False),
        (("python", "-c", "a\0b"), False),
        (("",), False),
        ((), False),
    ],
)
def test_programs(argv: tuple[str, ...], allowed: bool) -> None:
    assert decide(Policy(), Run(argv)).allowed is allowed


def test_no_network_and_no_edits() -> None:
    assert not decide(ANY, Fetch("http://localhost/")).allowed
    assert not decide(Policy(edits=False), Edit("a.py")).allowed
    assert not decide(Policy(programs=()), Run(("python",))).allowed
    assert decide(Policy(), Search("password")).allowed


PATHS = st.text(max_size=30) | st.sampled_from(["a.py", ".env", "x/.git/y", "src/b.txt", "k.pem"])
ACTS = (
    PATHS.map(Read)
    | PATHS.map(Edit)
    | st.lists(st.text(max_size=8) | st.sampled_from(["python", "rm"])).map(tuple).map(Run)
    | st.text().map(Fetch)
)
PATTERNS = st.lists(st.sampled_from(["*.py", "src/", ".env", "a*", "!*", "k.*"])).map(tuple)


@given(ACTS, PATTERNS, PATTERNS)
def test_more_that_is_hidden_never_allows_more(
    act: Read, hide: tuple[str, ...], more: tuple[str, ...]
) -> None:
    if decide(Policy(hide=hide + more), act).allowed:
        assert decide(Policy(hide=hide), act).allowed


@given(ACTS, PATTERNS)
def test_more_that_is_shown_never_allows_less(act: Read, show: tuple[str, ...]) -> None:
    if decide(Policy(), act).allowed:
        assert decide(Policy(show=show), act).allowed


@given(ACTS)
def test_every_decision_has_one_plain_sentence(act: Read) -> None:
    sentence = decide(Policy(), act).sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


PARTS = st.sampled_from(
    ["..", ".", "", "~", ".git", ".GIT", ".git ", ".workbench", "a", "b.py", ".env", "k\u200bk"]
)
REACHING = st.lists(PARTS | st.text(max_size=4), max_size=6).map("/".join)


@given(REACHING, PATTERNS, PATTERNS)
def test_what_is_allowed_lies_in_the_project(
    path: str, hide: tuple[str, ...], show: tuple[str, ...]
) -> None:
    if not decide(Policy(hide=hide, show=(*show, "*")), Read(path)).allowed:
        return
    whole = posixpath.normpath(posixpath.join("/project", path))
    assert whole == f"/project/{path}"
    assert not {part.casefold().strip(". ") for part in path.split("/")} & {"git", "workbench"}
