"""Policy files: what each mistake is told as, and that a project's only ever narrows what ships."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import cast

import msgspec
import pytest

from workbench import trust
from workbench.commands.checks import Place, State, check_signing
from workbench.errors import ConfigurationError
from workbench.review.approval import signing
from workbench.review.approval.changes import CHANGES
from workbench.review.approval.policy import FILE, Large, Policy, Rule
from workbench.review.approval.reading import in_force, joined, read
from workbench.review.approval.statement import read_statement
from workbench.workspace import Workspace

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti"
ANN = f"[approvers.ann]\nkeys = ['{KEY} ann@home']\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def write(workspace: Workspace, text: str) -> None:
    (workspace.project / FILE).write_text(text, encoding="utf-8")


def refusal(workspace: Workspace, text: str) -> ConfigurationError:
    write(workspace, text)
    with pytest.raises(ConfigurationError) as caught:
        in_force(workspace)
    assert str(workspace.project / FILE) in caught.value.sentence
    assert caught.value.hint
    return caught.value


def test_what_ships_holds_where_a_project_says_nothing(workspace: Workspace) -> None:
    found = in_force(workspace)
    assert (found.origin, found.is_trusted, found.policy.approvers) == ("", True, {})
    assert "*.pem" in found.policy.never


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("nver = []", "nver: Object contains unknown field", "docs/policy.md"),
        ("version = 2", "version: Invalid enum value 2", ""),
        ("never = 'a'", "never: Expected `array`, got `str`", ""),
        ("never = [\n1]", "never[0]: Expected `str`", ""),
        ("never = ['!a']", "never: a pattern with ! would take something away", "paths only"),
        ("never = ['']", "never: nothing is no pattern of paths", ""),
        ("never = ['#a']", "never: #a matches nothing", "\\#"),
        ("never = ['[a']", "never: [a matches nothing", ".gitignore"),
        ('never = ["a\\nb"]', "is no pattern of paths", ""),
        ("a = = 1", "this is not TOML", ""),
        ("[large]\nlines = 1", "large: Object missing required field `files`", ""),
        ("[large]\nlines = 0\nfiles = 1", "large.lines: Expected `int` >= 1", ""),
        ("[[rules]]\nneeded = 1", "Object missing required field `name`", ""),
        ("[[rules]]\nname = ' '", "rules[0].name: a rule needs a name of one line", ""),
        ("[[rules]]\nname = 'r'\nneeded = 0", "Expected `int` >= 1", ""),
        ("[[rules]]\nname = 'r'\nchanges = ['cl']", "Invalid enum value 'cl'", "test, ci,"),
        ("[[rules]]\nname = 'r'\napprovers = ['bob']", "bob is none of the approvers", "NAME"),
        (
            "[[rules]]\nname = 'r'\nneeded = 2",
            "rules[0].needed: 2 must approve, and 0 may",
            "fewer",
        ),
        ("[[rules]]\nname = 'r'\nsigned = true", "1 must approve, and 0 have a key", ""),
        (ANN + "[[rules]]\nname = 'r'\nneeded = 2", "2 must approve, and 1 may approve", ""),
        ("[[rules]]\nname = 'r'\npaths = [\"a\\u0000\"]", "rules[0].paths", ""),
        ("[approvers.'a b']\nlogins = ['a']", "letters, digits and . _ @ + - only", ""),
        ("[approvers.'*']\nlogins = ['a']", "letters, digits", ""),
        ("[approvers.ann]\n", "approvers.ann: neither logins nor keys", ""),
        ("[approvers.ann]\nlogins = ['a/b']", "approvers.ann.logins", ""),
        ("[approvers.ann]\nkeys = ['ssh-ed25519 AAAA']", "this is no public key", "id_ed25519.pub"),
        ("[approvers.ann]\nkeys = ['nothing']", "line 2: approvers.ann.keys", ""),
        (f"[approvers.ann]\nkeys = ['{KEY.replace('ed25519', 'rsa')}']", "no public key", ""),
        (f"[approvers.ann]\nkeys = ['cert-authority {KEY}']", "no public key", ""),
        ("revoked = ['x']", "revoked: this is no public key", ""),
        (ANN + f"[approvers.bob]\nkeys = ['{KEY}']", "named twice among the keys", "once"),
        (
            "[approvers.a]\nlogins = ['x']\n[approvers.b]\nlogins = ['x']",
            "x is named twice among the logins",
            "told apart",
        ),
        (f"[approvers.a]\nkeys = [{{ key = '{KEY}', until = 'soon' }}]", "Invalid RFC3339", ""),
        ("x = " + "[\n" * 2000 + "]" * 900 + "\n" + "]" * 900, "nested too deeply", ""),
        ("never = [" + "'a',\n" * 1001 + "]", "there are more than 1,000", ""),
    ],
)
def test_a_mistake_is_told_with_file_key_and_hint(
    workspace: Workspace, text: str, told: str, hint: str
) -> None:
    error = refusal(workspace, text)
    assert told in error.sentence, error.sentence
    assert hint in error.hint


def test_a_mistake_is_told_with_its_line(workspace: Workspace) -> None:
    assert (
        f"{FILE}, line 3: large.lines"
        in refusal(workspace, "never = []\n[large]\nlines = 'x'\nfiles = 1").sentence
    )


def test_what_is_no_file_or_no_text_is_refused(workspace: Workspace) -> None:
    path = workspace.project / FILE
    (workspace.project / "elsewhere.toml").write_text("never = []\n")
    path.symlink_to("elsewhere.toml")
    with pytest.raises(ConfigurationError, match="is a link"):
        in_force(workspace)
    path.unlink()
    path.mkdir()
    with pytest.raises(ConfigurationError):
        in_force(workspace)
    path.rmdir()
    path.write_bytes(b"never = ['\xff']")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        in_force(workspace)


def test_a_project_adds_and_never_takes_away() -> None:
    shipped = Policy(
        large=Large(lines=100, files=5), never=("*.pem",), rules=(Rule("s"),), revoked=(OTHER,)
    )
    project = read("never = ['a']\n[large]\nlines = 1000\nfiles = 2\n[[rules]]\nname = 'p'", "f")
    policy = joined(shipped, project)
    assert policy.never == ("*.pem", "a")
    assert [one.name for one in policy.rules] == ["s", "p"]
    assert policy.large == Large(lines=100, files=2)
    assert joined(shipped, read(f"revoked = ['{KEY}']", "f")).revoked == (OTHER, KEY)


def test_the_digest_is_that_of_what_is_said_not_of_how(workspace: Workspace) -> None:
    write(workspace, "# one\n[approvers.ann]\nlogins = ['a', 'b']\n")
    first = in_force(workspace)
    write(workspace, "approvers = { ann = { logins = [ 'a', 'b' ] } }")
    second = in_force(workspace)
    assert first.sha256 != second.sha256
    assert first.policy.digest == second.policy.digest
    write(workspace, "approvers = { ann = { logins = [ 'a' ] } }")
    assert in_force(workspace).policy.digest != first.policy.digest


def test_the_comment_of_a_key_says_nothing_that_counts(workspace: Workspace) -> None:
    write(workspace, ANN)
    first = in_force(workspace).policy
    write(workspace, ANN.replace("ann@home", "ann@work"))
    assert in_force(workspace).policy == first
    write(workspace, ANN.replace(f"'{KEY} ann@home'", f"{{ key = '{KEY}' }}"))
    assert in_force(workspace).policy == first


def test_keys_need_trust_and_names_do_not(workspace: Workspace) -> None:
    write(workspace, "[approvers.ann]\nlogins = ['ann']\n")
    assert in_force(workspace).is_trusted
    write(workspace, ANN)
    found = in_force(workspace)
    assert not found.is_trusted
    trust.grant(workspace.project, "", found.sha256)
    assert in_force(workspace).is_trusted
    write(workspace, ANN + "\n")
    assert not in_force(workspace).is_trusted


def test_days_are_whole_and_of_utc(workspace: Workspace) -> None:
    write(
        workspace,
        f"[approvers.ann]\nkeys = [{{ key = '{KEY}', since = 2026-01-01, until = 2026-12-31 }}]\n",
    )
    (key,) = in_force(workspace).policy.approvers["ann"].keys
    assert key.begins is not None
    assert key.ends is not None
    assert (key.begins.isoformat(), key.ends.isoformat()) == (
        "2026-01-01T00:00:00+00:00",
        "2027-01-01T00:00:00+00:00",
    )
    assert msgspec.json.decode(in_force(workspace).policy.text, type=Policy).approvers["ann"].keys


def test_doctor_says_whether_signatures_can_be_checked(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(workspace, (), {})
    assert check_signing(place)[0] is State.OK
    write(workspace, ANN)
    assert "do not count yet" in check_signing(place)[1]
    monkeypatch.setattr(signing, "find_program", partial(signing.find_program, ()))
    state, sentence, hint = cast("tuple[State, str, str]", check_signing(place))
    assert (state, hint.partition(".")[0]) == (
        State.WARN,
        "On Debian: apt-get install openssh-client",
    )
    assert "not installed" in sentence
    (workspace.project / FILE).unlink()
    assert check_signing(place)[0] is State.INFO


def test_the_examples_of_the_page_are_true() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    document = read(example, "docs/policy.md")
    assert list(document.approvers) == ["ann", "bob"]
    assert [one.name for one in document.rules] == ["money", "what runs elsewhere"]
    (statement,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert list(read_statement(statement).files) == ["src/ages.py"]
    told = re.findall(r"^\| ((?:`\w+` ?)+)\|", page, re.MULTILINE)
    named = {name for cell in told for name in re.findall(r"`(\w+)`", cell)}
    assert named >= set(CHANGES)
