"""A patch that is exported is what real git applies, for any part of any change of bytes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.api.deciding import Accept, Select
from workbench.review.exporting import accepted_patch, patch_of, proposed_patch
from workbench.review.reducer import Reviewing
from workbench.review.state import Acted, opened

Content = bytes | None


def git_apply(folder: Path, patch: bytes, *options: str) -> None:
    """Apply with stock git, in a folder that is no repository."""
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", *options, "-"],
        cwd=folder,
        input=patch,
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CEILING_DIRECTORIES": "/"},
    )
    assert done.returncode == 0, done.stderr.decode() + patch.decode("utf-8", "replace")


def comes_about(
    folder: Path, name: str, before: Content, after: Content, mode: int = 0o644
) -> None:
    """Check that the patch makes of the file before the one after, and the other way round."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    if before is not None:
        file.write_bytes(before)
        file.chmod(mode)
    patch = patch_of({name: before}, {name: after}, {name: mode})
    if before == after:
        assert patch == b""
        return
    git_apply(folder, patch)
    assert (file.read_bytes() if file.exists() else None) == after
    if before is not None and after is not None:
        assert file.stat().st_mode & 0o777 == mode
    git_apply(folder, patch, "--reverse")
    assert (file.read_bytes() if file.exists() else None) == before


CASES: dict[str, tuple[Content, Content]] = {
    "a line": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "no end before": (b"a\nb", b"a\nb\n"),
    "no end after": (b"a\nb\n", b"a\nb"),
    "no end in both": (b"a\nb", b"a\nc"),
    "a context without end": (b"a\nb\nc", b"x\nb\nc"),
    "carriage returns": (b"a\r\nb\r\n", b"a\r\nc\r\n"),
    "line ends change": (b"a\nb\n", b"a\r\nb\r\n"),
    "NUL and no UTF-8": (b"a\0b\n\xff\n", b"a\0c\n\xfe\n"),
    "a mark": (b"\xef\xbb\xbfa\n", b"\xef\xbb\xbfb\n"),
    "new": (None, b"a\nb\n"),
    "new without end": (None, b"a"),
    "new and empty": (None, b""),
    "gone": (b"a\nb\n", None),
    "gone without end": (b"a", None),
    "gone and empty": (b"", None),
    "emptied": (b"a\n", b""),
    "filled": (b"", b"a\n"),
    "filled without end": (b"", b"a"),
    "two places": (b"a\n" + b"-\n" * 20 + b"b\n", b"A\n" + b"-\n" * 20 + b"B\n"),
    "two places close by": (b"a\n" + b"-\n" * 6 + b"b\n", b"A\n" + b"-\n" * 6 + b"B\n"),
    "lines that look like a patch": (b"--- a\n+++ b\n@@ -1 +1 @@\n", b"-- a\n++ b\n\\ No\n"),
    "at the end": (b"a\nb\nc\nd\ne\n", b"a\nb\nc\nd\ne\nf\n"),
    "at the beginning": (b"a\nb\nc\nd\ne\n", b"0\na\nb\nc\nd\ne\n"),
    "the same": (b"a\n", b"a\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_file_becomes_is_what_git_makes_of_it(case: str, tmp_path: Path) -> None:
    comes_about(tmp_path, "file.py", *CASES[case])


@pytest.mark.parametrize(
    "name",
    [
        "a b.py",
        " a",
        "ü/ñ.py",
        'q"uo\\te.py',
        "tab\tand\nline",
        "\udcff.py",
        "-dash",
        "deep/er/a.py",
    ],
)
@pytest.mark.parametrize("both", [(b"a\n", b"b\n"), (None, b"a\n"), (b"a\n", None), (None, b"")])
def test_any_name_that_a_file_can_have(
    name: str, both: tuple[Content, Content], tmp_path: Path
) -> None:
    comes_about(tmp_path, name, *both)


def test_the_mode_of_a_program_survives(tmp_path: Path) -> None:
    comes_about(tmp_path, "run.sh", b"a\n", b"b\n", 0o755)
    patch = patch_of({"run.sh": b"a\n"}, {"run.sh": None}, {"run.sh": 0o755})
    assert b"deleted file mode 100755\n" in patch
    patch = patch_of({"new.sh": None}, {"new.sh": b"a\n"}, {"new.sh": 0o755})
    git_apply(tmp_path, patch)
    assert (tmp_path / "new.sh").stat().st_mode & 0o111


def test_a_patch_says_the_lines_as_git_does() -> None:
    assert patch_of({"a": None}, {"a": b"x\n"}) == (
        b"diff --git a/a b/a\nnew file mode 100644\n--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+x\n"
    )
    assert b"\n@@ -1,2 +0,0 @@\n-x\n-y\n" in patch_of({"a": b"x\ny\n"}, {"a": None})
    longer = b"".join(b"%d\n" % at for at in range(1, 21))
    assert b"\n@@ -7,7 +7,6 @@\n" in patch_of(
        {"a": longer}, {"a": longer.replace(b"\n10\n", b"\n")}
    )


LINES = st.lists(
    st.sampled_from([b"a\n", b"b\n", b"c\r\n", b"\n", b"\0\n", b"\xff\n"]), max_size=12
)
CONTENTS = st.none() | st.builds(
    lambda lines, last: b"".join(lines) + last, LINES, st.sampled_from([b"", b"end", b"\r"])
)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=CONTENTS, after=CONTENTS)
def test_whatever_a_file_holds_git_makes_of_it_what_was_meant(
    before: Content, after: Content, tmp_path: Path
) -> None:
    comes_about(tmp_path, "file", before, after)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(before=CONTENTS, after=CONTENTS, data=st.data())
def test_any_part_that_is_accepted_can_be_applied(
    before: Content, after: Content, data: st.DataObject, tmp_path: Path
) -> None:
    state = opened([("file", before, after)])
    if not state.hunks:
        return
    reviewing = Reviewing(state, lambda _: None)
    hunk = data.draw(st.sampled_from(state.hunks))
    places = tuple(data.draw(st.sets(st.sampled_from(hunk.places))))
    if places and len(places) < len(hunk.places):
        state = reviewing.reduce(state, Acted(Select(hunk.id, places)))
    chosen = data.draw(st.sampled_from(state.hunks))
    state = reviewing.reduce(state, Acted(Accept((chosen.id,))))
    file = tmp_path / "file"
    file.unlink(missing_ok=True)
    if before is not None:
        file.write_bytes(before)
    patch = accepted_patch(state)
    if patch:
        git_apply(tmp_path, patch)
    assert (file.read_bytes() if file.exists() else None) == state.result["file"]


def test_a_proposal_whole_leaves_out_the_tests_that_are_offered() -> None:
    state = opened([("a.py", b"a\n", b"b\n")], {"tests/test_a.py": "def test_a(): ...\n"})
    assert b"test_a" not in proposed_patch(state)
    assert accepted_patch(state) == b""
    tests = [one.id for one in state.hunks if one.path != "a.py"]
    state = Reviewing(state, lambda _: None).reduce(state, Acted(Accept(tuple(tests))))
    assert b"+++ b/tests/test_a.py\n" in accepted_patch(state)
