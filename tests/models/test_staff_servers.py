"""Servers among the staff: assigned, down, refused, and their keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.models.embedders import Embeds
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
            assert all("here" in names for names in staff.candidates.values())


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


async def test_a_server_embeds_where_it_is_asked_to_and_then_does_not_speak(tmp_path: Path) -> None:
    with serving(Embeds(longest=100)) as server:
        named = msgspec.structs.replace(SETTINGS, servers={"here": server.address})
        async with staffed(tmp_path, named) as (staff, _):
            with pytest.raises(ModelError, match="no embedder"):
                await staff.embedding()
            assert not await staff.has_own_embedder()
            seal = await staff.embedding_seal()
            await staff.assign("embed", "here")
            assert await staff.embedding_seal() != seal
            assert await staff.has_own_embedder()
            assert staff.posts()[3].condition == "resting"
            embedding = await staff.embedding()
            assert (embedding.name, embedding.place) == ("here", server.address)
            assert (await embedding.embed(["x" * 200, "y"])).shape == (2, 8)
            post = staff.posts()[3]
            assert (post.name, post.place, post.condition) == ("here", server.address, "ready")
            assert post.why.startswith("The server here was asked for. 1 text was too long")
            with pytest.raises(ModelError, match="no language model"):
                await staff.speaker("main")
            await staff.assign("main", "here")
            assert staff.posts()[0].name == "here"
            await staff.assign("embed", "")
            assert (staff.posts()[3].condition, staff.posts()[0].name) == ("absent", "here")


async def test_a_server_that_embeds_on_another_machine_must_be_allowed_by_name(
    tmp_path: Path,
) -> None:
    far = msgspec.structs.replace(SETTINGS, servers={"far": "http://192.0.2.1:8000"})
    async with staffed(tmp_path, far) as (staff, around):
        with pytest.raises(ConfigurationError, match="not this machine"):
            await staff.assign("embed", "far")
        around.set(allow="192.0.2.1")
        await staff.assign("embed", "far")
        seal = await staff.embedding_seal()
        around.set(allow="")
        assert await staff.embedding_seal() != seal
        with pytest.raises(ConfigurationError, match="not this machine"):
            await staff.embedding()
        assert staff.posts()[3].condition == "broken"


def test_nothing_for_the_network_is_imported_before_a_server_is_spoken_to() -> None:
    check = (
        "import sys, workbench.models, local_models.staff.servers.seat as _\n"
        "heavy = {'httpx2', 'stamina', 'llama_cpp', 'numpy', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", check], check=True)
