"""Git itself is the judge of how ignore rules are read."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.sandbox.ignore import Placed, is_ignored, parse
from workbench.sandbox.wildmatch import NOTHING, translate

FILES = tuple(
    os.fsencode(path)
    for path in (
        "a", "b/a", "b/c", "b/foo/bar", "b/d/foo/bar", "foo/bar", "foo/x/bar", "foo/x/y/bar",
        "fooz/bar", "foobar", ".a", "b/.a", "a.py", "b/a.py", "a.pyc", "é", "b/é.py", "x y",
        "x ", "#x", "!x", "[x]", "a-b", "a]b", "B", "Ab", "b/x\\y", "z\x7f", "new\nline", "d/[a",
        "d/*", "d/?", "d/1", "d/_", "d/ ", "d/\udcff",
    )
)  # fmt: skip
LINES = (
    "a", "/a", "a/", "b/a", "b/", "/b", "*", "*.py", "!a.py", "*.py[co]", "**", "**/bar", "foo/**",
    "foo/**/bar", "foo**/bar", "/foo**", "b/**/a", "**/foo/**/bar", "b/*", "!b/c", "/*", "!/b",
    "?", "??", "[ab]", "[!a]", "[^a]", "[a-c]", "[]a]", "[!]a]", "[a", "[[:alpha:]]", "[[:nope:]]",
    "[[:]", "[[::]", "[]-a]", "[a-]", "a\\", "\\a", "\\#x", "#x", "\\!x", "!x", "x ", "x\\ ",
    "x\\  ", "x y", "\\[x\\]", "\\[x]", "é", "?.py", "??.py", "[é].py", "[é][é].py", "foo/",
    "foo/*/bar", "foo/*", "*/bar", "*/*/bar", "*o*/b*r", "**/", "***", "a**", "**a", "b/**",
    "**\\/bar", "foo\\/bar", "b/x\\\\y", "/", "//", "!", "!/", "\r", "a\r", "a.py\r",
    "[[:digit:]a]", "[[:space:]]", "x[[:space:]]", "[[:cntrl:]]", "z[[:cntrl:]]", "[[:punct:]]",
    "[[:upper:]]", "[!-~]", "d/[\\[]a", "d/[[]a", "d/\\*", "d/[^/]", "*[a-c]*", "b/*/**/bar",
    "d/\udcff", "a*a", "*a*", "f*o*b*r", "[\\]]", "a[]]b", "a[\\]]b",
)  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "-q")
    for path in FILES:
        target = folder / os.fsdecode(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    return folder


def git(folder: Path, *args: str, text: bytes = b"") -> bytes:
    """Run the real git, with no settings but its own."""
    environ = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(folder), *args]
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, env=environ, check=False)
    assert done.returncode in (0, 1), args
    return done.stdout


def ignored_by_git(repository: Path, rules: bytes) -> set[bytes]:
    (repository / ".gitignore").write_bytes(rules)
    asked = b"\0".join(FILES)
    found = git(repository, "check-ignore", "--no-index", "-z", "--stdin", text=asked)
    return set(found.split(b"\0")) - {b""}


def ignored_by_us(rules: bytes) -> set[bytes]:
    chain = (Placed(parse(rules), 0),)
    return {path for path in FILES if _is_hidden(chain, path)}


def _is_hidden(chain: tuple[Placed, ...], path: bytes) -> bool:
    """Say whether `path` is hidden by itself or with one of the folders that it lies in."""
    folders = [path[:at] for at, byte in enumerate(path) if byte == ord("/")]
    return is_ignored(chain, path, folder=False) or any(
        is_ignored(chain, folder, folder=True) for folder in folders
    )


def text_of(lines: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(line) + b"\n" for line in lines)


@pytest.mark.parametrize("line", LINES)
def test_each_kind_of_line(repository: Path, line: str) -> None:
    rules = text_of([line])
    assert ignored_by_us(rules) == ignored_by_git(repository, rules)


@pytest.mark.parametrize("line", LINES)
def test_each_kind_of_line_shown_again(repository: Path, line: str) -> None:
    rules = text_of(["*", "!*/", "!" + line])
    assert ignored_by_us(rules) == ignored_by_git(repository, rules)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(["", "!"]), st.sampled_from(LINES)), max_size=6))
def test_lines_together(repository: Path, lines: list[tuple[str, str]]) -> None:
    rules = text_of([mark + line for mark, line in lines])
    assert ignored_by_us(rules) == ignored_by_git(repository, rules)


@settings(deadline=None, max_examples=500)
@given(st.text(alphabet="ab/*?[]!-^\\: xofr.", min_size=1, max_size=12))
@example("**/**/a")
@example("a/**b/../c")
@example("[a-\\b]")
@example("[--b]")
@example("[a-b-d]")
def test_any_line(repository: Path, line: str) -> None:
    rules = text_of([line])
    assert ignored_by_us(rules) == ignored_by_git(repository, rules)


@pytest.mark.parametrize(
    "rules",
    [
        b"\xef\xbb\xbfa.py\n*.pyc",
        b"a.py\r\nb\r\n",
        b"a\0hidden\n",
        b"",
        b"\n\n#\n",
        b"a.py   \n",
        b"a.py\t\n",
        b"a.py",
    ],
)
def test_how_a_file_is_cut_into_lines(repository: Path, rules: bytes) -> None:
    assert ignored_by_us(rules) == ignored_by_git(repository, rules)


@pytest.mark.parametrize(
    "pattern",
    [b"*a" * 40 + b"b", b"**/a/" * 40 + b"b", b"[" * 900, b"*" * 900 + b"x", b"/*a*" * 90 + b"b"],
)
def test_a_hostile_pattern_is_answered(pattern: bytes) -> None:
    rules = parse(pattern)
    for path in (b"a" * 3000, b"a/" * 1500 + b"a", b"[" * 900):
        assert rules.hides(path, folder=False) in (None, True)


def test_a_malformed_pattern_is_no_rule() -> None:
    assert translate(b"[a") == NOTHING
    assert parse(b"[a\n!a\\\n").rules == ()


def test_a_rule_counts_from_its_own_folder() -> None:
    chain = (Placed(parse(b"/x"), len(b"deep/")), Placed(parse(b"/x"), 0))
    assert is_ignored(chain, b"deep/x", folder=False)
    assert not is_ignored(chain[1:], b"deep/x", folder=False)


def test_the_deeper_file_decides() -> None:
    chain = (Placed(parse(b"!*.log"), len(b"deep/")), Placed(parse(b"*.log"), 0))
    assert not is_ignored(chain, b"deep/a.log", folder=False)
    assert is_ignored(chain[1:], b"deep/a.log", folder=False)
