"""Approvals that are signed: what counts, what is refused, and how a key is reached."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.approving import (
    APPROVAL,
    allowed,
    make_key,
    make_keys,
    missing,
    named_policy,
    propose,
    propose_here,
    public,
    refused,
    signed_by,
    trusted,
    write_policy,
)
from tests.e2e.command_line import WORKBENCH, ask, call, read_all
from workbench.errors import ExitCode
from workbench.workspace import Workspace


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    return make_keys(tmp_path)


@pytest.fixture
def name(workspace: Workspace) -> str:
    return propose_here(workspace)


def test_a_signature_is_asked_for_where_the_policy_says(
    workspace: Workspace, name: str, keys: dict[str, Path]
) -> None:
    rules = "[[rules]]\nname = 'money'\npaths = ['/a.py']\nsigned = true\napprovers = ['ann']\n"
    trusted(workspace, named_policy(keys, rules))
    ask(workspace, "review", "accept", name)
    assert missing(workspace, name) == ["money: a.py needs a signed approval of ann."]
    ask(workspace, "review", "approve", name)
    assert len(missing(workspace, name)) == 1
    told = ask(workspace, "review", "approve", name, "--sign", str(keys["ann"]))
    assert told["is_allowed"]


def test_stock_ssh_keygen_signs_a_statement_that_was_written_out(
    workspace: Workspace, name: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    trusted(workspace, named_policy(keys, "[[rules]]\nname = 'r'\nsigned = true\n"))
    ask(workspace, "review", "accept", name)
    file = tmp_path / "statement"
    call(workspace, "review", "approve", name, "--to", str(file))
    assert "holds no signature" in refused(workspace, file)
    told = ["ssh-keygen", "-q", "-Y", "sign", "-n", "workbench", "-f", str(keys["bob"]), str(file)]
    subprocess.run(told, check=True, capture_output=True)
    (answer,) = ask(workspace, "review", "import", str(file))["approvals"]
    assert answer["is_allowed"]
    assert answer["approvals"] == ["ann", "bob"]
    again = ask(workspace, "review", "import", str(file))["approvals"][0]
    assert again["approvals"] == ["ann", "bob"]
    trail = ask(workspace, "audit", "show", name)["trail"]
    assert [one["what"] for one in trail].count("approve") == 1
    exists = ask(workspace, "review", "approve", name, "--to", str(file), code=ExitCode.STORE)
    assert "cannot be written" in exists["message"]


def test_a_signature_over_the_whole_accepts_what_nobody_decided_about(
    workspace: Workspace, name: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    """So an approval given on one machine lets a batch on another apply the same change."""
    trusted(workspace, named_policy(keys))
    ask(workspace, "review", "accept", name)
    file = signed_by(workspace, name, keys["bob"], tmp_path / "approval")
    ask(workspace, "host", "stop")
    shutil.rmtree(workspace.folder)
    propose(workspace)
    policy = workspace.project / "workbench-policy.toml"
    kept = policy.read_text()
    trusted(workspace, kept + "[[rules]]\nname = 'more'\n")
    assert "stale" in refused(workspace, file)
    waits = ask(workspace, "review", "show", name)["review"]["stands"]
    assert waits["standing"] == "waiting"
    trusted(workspace, kept)
    (answer,) = ask(workspace, "review", "import", str(file))["approvals"]
    assert answer["is_allowed"]
    assert answer["approvals"] == ["bob"]
    stands = ask(workspace, "review", "show", name)["review"]["stands"]
    assert stands["standing"] == "accepted"
    assert {one["by"] for one in stands["hunks"]} == {"bob/signed"}
    assert ask(workspace, "audit", "verify")["holds"]


Forge = Callable[[str, dict[str, Path], Path], str]


def resigned(namespace: str, who: str) -> Forge:
    def forge(text: str, keys: dict[str, Path], folder: Path) -> str:
        statement = text[: text.index("-----BEGIN")]
        file = folder / "forged"
        file.write_text(statement)
        file.with_name("forged.sig").unlink(missing_ok=True)
        told = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(keys[who]), str(file)]
        subprocess.run(told, check=True, capture_output=True)
        return statement + (folder / "forged.sig").read_text()

    return forge


def other_signature(text: str, keys: dict[str, Path], folder: Path) -> str:
    """Put the signature over another statement of the same person under this one."""
    other = resigned("workbench", "bob")(text.replace("policy", "policy "), keys, folder)
    return text[: text.index("-----BEGIN")] + other[other.index("-----BEGIN") :]


FORGERIES: dict[str, tuple[Forge, str]] = {
    "an unknown key": (resigned("workbench", "eve"), "is nobody's whom the policy names"),
    "another namespace": (resigned("file", "bob"), "was made for file, not for workbench"),
    "another statement's": (other_signature, "is not over this statement"),
    "cut off": (lambda text, *_: text[:-60], "cannot be read"),
    "no base64": (lambda text, *_: text.replace("U1NIU0lH", "!!!!!!!!"), "cannot be read"),
    "no SSHSIG": (lambda text, *_: text.replace("U1NIU0lH", "AAAAAAAA"), "cannot be read"),
    "another version": (
        lambda text, *_: text.replace("U1NIU0lHAAAAAQ", "U1NIU0lHAAAAAg"),
        "cannot",
    ),
    "something behind": (lambda text, *_: text + "more\n", "cannot be read"),
    "two of them": (lambda text, *_: text + text[text.index("-----BEGIN") :], "cannot be read"),
    "huge": (lambda text, *_: text + "A" * 3_000_000, "holds no approval"),
    "long": (lambda text, *_: text + "A" * 100_000, "cannot be read"),
    "no text": (lambda text, *_: "\u00fc" + text, "holds no approval"),
    "nothing": (lambda *_: "", "holds no approval"),
    "another field": (lambda text, *_: text.replace("end\n", "by bob\nend\n"), "not a statement"),
    "another digest": (lambda text, *_: text.replace('"a.py"', '"b.py"'), "not a statement"),
}


def test_what_is_not_a_signed_approval_is_refused(
    workspace: Workspace, name: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    trusted(workspace, named_policy(keys))
    ask(workspace, "review", "accept", name)
    text = signed_by(workspace, name, keys["bob"], tmp_path / "true").read_text()
    for forgery, (forge, told) in FORGERIES.items():
        file = tmp_path / f"{forgery}.approval"
        file.write_text(forge(text, keys, tmp_path), encoding="utf-8")
        said = refused(workspace, file)
        assert told in said, (forgery, said)
    other = tmp_path / "other"
    other.write_text(text.replace("proposal 3f2a0", "proposal 0f2a0"))
    unknown = ask(workspace, "review", "import", str(other), code=ExitCode.USAGE)
    assert "There is no proposal" in unknown["message"]
    trail = ask(workspace, "audit", "show", name)["trail"]
    assert not [one for one in trail if one["what"] == "approve"]


def test_keys_count_only_in_a_policy_that_is_trusted(
    workspace: Workspace, name: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    write_policy(workspace, named_policy(keys, "[[rules]]\nname = 'two'\nneeded = 2\n"))
    ask(workspace, "review", "accept", name)
    file = signed_by(workspace, name, keys["bob"], tmp_path / "approval")
    assert "do not count yet" in refused(workspace, file)
    assert any("workbench trust" in one for one in missing(workspace, name))
    said = call(workspace, "trust", code=APPROVAL)
    assert "Signatures with these keys" in said.stderr
    assert "bob SHA256:" in said.stderr
    call(workspace, "trust", "--yes")
    ask(workspace, "review", "import", str(file))
    assert allowed(workspace, name)["approvals"] == ["ann", "bob"]
    call(workspace, "trust", "--revoke")
    found = ask(workspace, "review", "allowed", name, code=APPROVAL)
    assert found["ignored"] == ["The keys of this project's policy do not count yet."]


def test_a_key_counts_on_its_days(
    workspace: Workspace, name: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    def on_days(days: str) -> Path:
        key = f"{{ key = '{public(keys['bob'])}', {days} }}"
        trusted(workspace, named_policy(keys).replace(f"'{public(keys['bob'])}'", key))
        return signed_by(workspace, name, keys["bob"], tmp_path / days)

    ask(workspace, "review", "accept", name)
    assert "counted until 2020-01-01" in refused(workspace, on_days("until = 2020-01-01"))
    assert "counts from 2999-01-01 on" in refused(workspace, on_days("since = 2999-01-01"))
    file = on_days("since = 2020-01-01, until = 2999-01-01")
    ask(workspace, "review", "import", str(file))
    assert allowed(workspace, name)["approvals"] == ["ann", "bob"]


def test_a_revoked_key_counts_no_more(
    workspace: Workspace, name: str, keys: dict[str, Path], tmp_path: Path
) -> None:
    trusted(workspace, named_policy(keys, "", f"revoked = ['{public(keys['bob'])}']"))
    ask(workspace, "review", "accept", name)
    file = signed_by(workspace, name, keys["bob"], tmp_path / "approval")
    assert "The key of bob is revoked." in refused(workspace, file)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    socket = tmp_path / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL) as one:
        while not socket.exists():
            assert one.poll() is None
        yield str(socket)
        one.terminate()


def test_an_agent_signs_with_a_key_that_only_it_holds(
    workspace: Workspace, name: str, keys: dict[str, Path], agent: str
) -> None:
    trusted(workspace, named_policy(keys))
    ask(workspace, "review", "accept", name)
    environ = {**os.environ, "SSH_AUTH_SOCK": agent}
    subprocess.run(["ssh-add", "-q", str(keys["bob"])], env=environ, check=True)
    keys["bob"].unlink()
    pub = str(keys["bob"].with_name("bob.pub"))
    without = call(workspace, "review", "approve", name, "--sign", pub, code=APPROVAL)
    assert "ssh-keygen did not sign" in without.stderr
    call(workspace, "review", "approve", name, "--sign", pub, environ={"SSH_AUTH_SOCK": agent})
    assert allowed(workspace, name)["approvals"] == ["ann", "bob"]


def test_a_passphrase_is_asked_for_on_the_terminal(
    workspace: Workspace, name: str, tmp_path: Path
) -> None:
    locked = make_key(tmp_path, "locked", "sesame")
    trusted(workspace, f"[approvers.cid]\nkeys = ['{public(locked)}']\n")
    ask(workspace, "review", "accept", name)
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(workspace.project)
        told = [*WORKBENCH, "review", "approve", name, "--sign", str(locked)]
        os.execv(told[0], told)  # noqa: S606 - the child of a terminal
    said = b""
    while b"passphrase" not in said:
        said += os.read(terminal, 4096)
    os.write(terminal, b"sesame\n")
    shown = read_all(terminal)
    assert os.waitpid(pid, 0)[1] == 0, shown
    assert "sesame" not in shown
    assert allowed(workspace, name)["approvals"] == ["cid"]


def test_nothing_that_the_persons_ssh_names_is_run(
    workspace: Workspace, name: str, keys: dict[str, Path], home: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\n")
    program.chmod(0o755)
    (home / ".ssh").mkdir()
    (home / ".ssh" / "config").write_text(f'Match exec "{program}"\nProxyCommand {program}\n')
    evil = tmp_path / "bin"
    evil.mkdir()
    shutil.copy(program, evil / "ssh-keygen")
    names = ("SSH_ASKPASS", "SSH_SK_PROVIDER", "SSH_SK_HELPER", "SSH_PKCS11_HELPER")
    environ = dict.fromkeys(names, str(program)) | {
        "PATH": f"{evil}:{os.environ['PATH']}",
        "SSH_ASKPASS_REQUIRE": "force",
        "DISPLAY": ":0",
    }
    trusted(workspace, named_policy(keys))
    call(workspace, "host", "stop")
    call(workspace, "review", "accept", name, environ=environ)
    call(workspace, "review", "approve", name, "--sign", str(keys["bob"]), environ=environ)
    locked = make_key(tmp_path, "locked", "sesame")
    call(
        workspace, "review", "approve", name, "--sign", str(locked), environ=environ, code=APPROVAL
    )
    assert allowed(workspace, name)["approvals"] == ["ann", "bob"]
    assert not ran.exists()
