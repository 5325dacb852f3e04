"""Servers among the staff: assigned, down, refused, and their keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.models.servers import Good, serving
from tests.models.staffed import SETTINGS, ask, said, staffed
from workbench.errors import ConfigurationError, ModelError


async def test_a_server_can_be_assigned_and_serves_where_there_is_no_model(tmp_path: Path) -> None:
    with serving(Good()) as server:
        named = msgspec.structs.replace(SETTINGS, servers={"here": server.address})
        async with staffed(tmp_path, named) as (staff, around):
            speaker = await staff.speaker("main")
            assert (speaker.name, speaker.place) == ("some-model", server.address)
            assert "no language model" in speaker.why
            assert (await said(speaker)).reason == "end"
            around.model("tiny")
            assert (await staff.speaker("main")).name == "tiny"
            await staff.assign("main", "here")
            assert (await staff.speaker("main")).place == server.address
            post = staff.posts()[0]
            assert (post.name, post.place, post.condition) == ("here", server.address, "ready")
            assert post.context == 6000
            assert (await staff.speaker("heavy")).name == "tiny"
            assert (await staff.speaker("heavy", "some-model")).place == server.address
            assert "here" in staff.candidates["main"]
            assert "here" not in staff.candidates["embed"]


async def test_a_server_that_is_down_is_stood_in_for(tmp_path: Path) -> None:
    with serving(Good()) as server:
        named = msgspec.structs.replace(SETTINGS, servers={"here": server.address})
    async with staffed(tmp_path, named) as (staff, around):
        around.model("tiny")
        await staff.assign("main", "here")
        speaker = await staff.speaker("main")
        assert speaker.name == "tiny"
        assert "cannot be reached" in speaker.why


async def test_a_server_on_another_machine_serves_only_where_it_is_allowed_by_name(
    tmp_path: Path,
) -> None:
    far = msgspec.structs.replace(SETTINGS, servers={"far": "http://192.0.2.1:8000"})
    async with staffed(tmp_path, far) as (staff, around):
        with pytest.raises(ConfigurationError, match="not this machine") as refused:
            await staff.assign("main", "far")
        assert "models.allow" in refused.value.hint
        with pytest.raises(ModelError, match="no language model"):
            await staff.speaker("main")
        around.set(allow="192.0.2.1")
        await staff.assign("main", "far")
        assert staff.posts()[0].place == "http://192.0.2.1:8000"
        around.set(allow="")
        await staff.refresh()
        post = staff.posts()[0]
        assert post.condition == "broken"
        assert "not this machine" in post.problem


async def test_a_key_is_read_where_the_settings_say_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text("from-a-file-123\n")
    with serving(Good()) as server:
        keys = {"one": "env:SOME_KEY", "two": f"file:{file}", "three": "env:NOT_SET"}
        servers = dict.fromkeys(keys, server.address)
        monkeypatch.setenv("SOME_KEY", "from-a-variable-123")
        named = msgspec.structs.replace(SETTINGS, servers=servers, keys=keys)
        async with staffed(tmp_path, named) as (staff, _):
            for name in ("one", "two"):
                await said(await staff.speaker("main", name))
            with pytest.raises(ConfigurationError, match="NOT_SET is not set"):
                await staff.speaker("main", "three")
        sent = [one.headers.get("authorization") for one in server.asked()]
        assert sent == ["Bearer from-a-variable-123", "Bearer from-a-file-123"]


async def test_settings_that_change_take_effect_at_the_next_question(tmp_path: Path) -> None:
    with serving(Good(says=("one",))) as one, serving(Good(says=("two",))) as two:
        named = msgspec.structs.replace(SETTINGS, servers={"here": one.address})
        async with staffed(tmp_path, named) as (staff, around):
            for server, text in ((one, "one"), (two, "two")):
                around.set(servers={"here": server.address})
                speaker = await staff.speaker("main")
                answer = speaker.ask(ask(), urgent=True, what="a question")
                assert await answer.text() == text


def test_nothing_for_the_network_is_imported_before_a_server_is_spoken_to() -> None:
    check = (
        "import sys, workbench.models, local_models.staff.servers.seat as _\n"
        "heavy = {'httpx2', 'stamina', 'llama_cpp', 'numpy', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", check], check=True)
