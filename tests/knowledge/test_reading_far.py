"""A domain on another machine is asked over ssh, with a time limit, and only by its own name."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from workbench.api import knowing, owner
from workbench.api.client import Client
from workbench.api.passages import Domain
from workbench.errors import BudgetSpent, StoreError, UsageError
from workbench.knowledge.far import Far, refuse_destination
from workbench.workspace import Workspace, name_workspace


@pytest.fixture
async def elsewhere(tmp_path: Path, runtime: Path) -> AsyncIterator[Workspace]:
    """Return a project that has read something."""
    project = tmp_path / "else where's"
    project.mkdir()
    (project / "owls.md").write_text("# Owls\n\nOwls hunt at night.\n")
    made = name_workspace(project)
    async with Client(made, "test", patience=60) as client:
        await client.call(knowing.AddSource(str(project)))
        base = await client.call(knowing.ReadKnowledge())
        while base.sources[0].state != "read":
            base = await client.call(knowing.NextKnowledge(base.mark))
    yield made
    owner.stop(made, force=True)
    assert runtime.is_dir()


@pytest.fixture
def ssh(tmp_path: Path) -> Path:
    """Return what does as ssh does, on this machine, and keeps its arguments."""
    program = tmp_path / "ssh"
    names = ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "PATH")
    beside = f"{Path(sys.executable).parent}:"
    known = {name: os.environ.get(name, "") for name in names}
    known["PATH"] = beside + known["PATH"]
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in known.items())
    program.write_text(
        f"#!/bin/sh\n{exports}"
        f'printf "%s\\n" "$@" >{shlex.quote(str(tmp_path / "arguments"))}\n'
        'while [ "$1" != "--" ]; do shift; done\n'
        'echo "Welcome to $2"\n'
        'exec sh -c "$3"\n'
    )
    program.chmod(0o700)
    return program


async def test_it_is_searched_and_read(elsewhere: Workspace, ssh: Path, tmp_path: Path) -> None:
    far = Far(str(ssh), seconds=60)
    domain = Domain("there", (), "me@build", str(elsewhere.project))
    try:
        hits = await far.search(domain, knowing.Search("owls hunt", domains=("there",)))
        (hit,) = hits.hits
        assert (hit.domain, hit.passage.path) == ("there", "me@build:owls.md")
        found = await far.passage(domain, hit.passage.id, 1)
        assert found.passage.text.startswith("# Owls")
        assert found.passage.id == hit.passage.id
        with pytest.raises(StoreError, match="There is no passage"):
            await far.passage(domain, "there/0000", 1)
    finally:
        await far.close()
    arguments = (tmp_path / "arguments").read_text().splitlines()
    assert arguments[-3:-1] == ["--", "me@build"]
    assert "BatchMode=yes" in arguments


async def test_who_does_not_answer_in_time_is_told(tmp_path: Path) -> None:
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o700)
    far = Far(str(program), seconds=0.3)
    domain = Domain("there", (), "build")
    with pytest.raises(BudgetSpent, match="there did not answer in time"):
        await far.search(domain, knowing.Search("owls"))
    await far.close()


@pytest.mark.parametrize(
    "says",
    [
        "echo nothing; exit 1",
        "yes",
        "head -c 9000000 /dev/zero",
        'echo \'{"workbench":"knowledge","protocol":1}\'; echo \'{"id":1,"hits":3}\'; cat',
        'echo \'{"workbench":"knowledge","protocol":1}\'; echo \'{"id":7}\'; cat',
    ],
)
async def test_what_answers_nonsense_is_told(tmp_path: Path, says: str) -> None:
    program = tmp_path / "ssh"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o700)
    far = Far(str(program), seconds=10)
    with pytest.raises(StoreError, match="there cannot be asked"):
        await far.search(Domain("there", (), "build"), knowing.Search("owls"))
    await far.close()


@pytest.mark.parametrize(
    "host",
    [
        "-oProxyCommand=id",
        "a b",
        "a;id",
        "$(id)",
        "a\nb",
        "@a",
        "a@",
        "a@-b",
        "",
        "a@b@c",
        "x" * 300,
    ],
)
def test_a_destination_that_could_be_something_else_is_refused(host: str) -> None:
    with pytest.raises(UsageError):
        refuse_destination(Domain("there", (), host))


def test_a_folder_that_could_be_an_option_is_refused() -> None:
    with pytest.raises(UsageError):
        refuse_destination(Domain("there", (), "build", "--set=x"))
    refuse_destination(Domain("there", (), "me@build.example.org", "my project's notes"))


def test_serving_changes_nothing(elsewhere: Workspace) -> None:
    asked = (
        b'{"id":1,"command":{"command":"addsource","what":"/etc"}}\n'
        b'{"id":2,"command":{"command":"removesource","source":"x"}}\n'
        b"nonsense\n"
        b'{"id":3,"command":{"command":"readpassage","passage":"third/abc"}}\n'
        b'{"id":4,"command":{"command":"search","text":"owls","domains":["x"],"limit":9999999}}\n'
    )
    ended = subprocess.run(
        [sys.executable, "-m", "workbench", "knowledge", "serve", "--stdio"],
        cwd=elsewhere.project,
        input=asked,
        capture_output=True,
        check=True,
    )
    greeting, *answers = ended.stdout.splitlines()
    assert greeting == b'{"workbench":"knowledge","protocol":1}'
    assert [b"not understood" in one for one in answers] == [True, True, True, False, False]
    assert b"third machine" in answers[3]
    assert b"owls.md" in answers[4]
