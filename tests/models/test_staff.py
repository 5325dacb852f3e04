"""Who speaks in a role: models that are really loaded, shared, put away, and stood in for."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from local_models.registry import Registry, Role
from local_models.registry.memory import needed
from local_models.staff import Staff
from local_models.staff.means import states_folder
from local_models.worker.problems import WorkerError
from local_models.worker.protocol import Chat, Generate, Message, Text
from tests.models.endless import write_endless
from tests.models.staffed import LARGE, PLENTY, SETTINGS, ask, said, staffed
from tests.models.tiny import BROKEN_TEMPLATE, Tiny, write_tiny
from workbench.errors import ModelError, UsageError

HELLO = Chat((Message("user", "hello"),))


async def test_a_model_speaks_and_counts_with_its_own_tokenizer(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        path = around.model("tiny")
        speaker = await staff.speaker("main")
        shelf = around.registry.read()
        assert (speaker.name, speaker.place, speaker.exact) == ("tiny", "worker", True)
        assert speaker.digest == shelf.models[0].sha256 != ""
        assert speaker.context == 1024
        assert "only one" in speaker.why
        written = await speaker.render(HELLO)
        assert written == "<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n"
        # One token for a byte, save "he" and "re": the special tokens are one each.
        assert await speaker.count(["", "xyz", "hello"]) == (0, 3, 4)
        assert await speaker.weigh(HELLO) == (await said(speaker)).prompt_tokens
        assert path.exists()


async def test_two_roles_with_one_model_share_one_worker_and_one_queue(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        around.model("tiny")
        main, fast = await staff.speaker("main"), await staff.speaker("fast")
        first = main.ask(ask(400), urgent=True, what="a question", actor="one face")
        second = fast.ask(ask(400), urgent=False, what="a summary", actor="another")
        posts = {post.role: post for post in staff.posts()}
        queue = posts["main"].queue
        assert [one.id for one in queue] == [one.id for one in posts["fast"].queue]
        assert [(one.id, one.what, one.actor, one.urgent, one.state) for one in queue] == [
            (first.id, "a question", "one face", True, "running"),
            (second.id, "a summary", "another", False, "waiting"),
        ]
        staff.cancel(second.id)
        assert await second.text() == ""
        assert second.ended is None
        await anext(aiter(first))
        staff.cancel(first.id)
        await first.text()
        assert first.ended
        assert first.ended.reason == "cancelled"
        with pytest.raises(UsageError, match="may have ended"):
            staff.cancel(first.id)
        assert posts["main"].condition == "ready"


async def test_a_model_that_nobody_wants_for_a_while_is_put_away_and_remembers(
    tmp_path: Path,
) -> None:
    long = "the rain in the reign on another road " * 10
    hasty = msgspec.structs.replace(SETTINGS, idle_seconds=0.4)
    async with staffed(tmp_path, hasty) as (staff, around):
        around.model("tiny")
        speaker = await staff.speaker("main")
        first = await said(speaker, text=long)
        assert first.reused_tokens == 0
        async with asyncio.timeout(20):
            while staff.posts()[0].condition != "resting":
                await asyncio.sleep(0.05)
        assert list(states_folder().iterdir())
        again = await said(speaker, text=long)
        assert again.reused_tokens == again.prompt_tokens - 1


async def test_what_was_read_outlives_the_process_that_owns_the_workspace(tmp_path: Path) -> None:
    long = "the rain in the reign on another road " * 10
    for again in (False, True):
        async with staffed(tmp_path) as (staff, around):
            if not again:
                around.model("tiny")
            ended = await said(await staff.speaker("main"), text=long)
            assert ended.reused_tokens == (ended.prompt_tokens - 1 if again else 0)


async def test_nothing_kept_on_disk_is_too_little_room_for_a_model_to_be_put_away(
    tmp_path: Path,
) -> None:
    hasty = msgspec.structs.replace(SETTINGS, idle_seconds=0.3, states_mb=0)
    async with staffed(tmp_path, hasty) as (staff, around):
        around.model("tiny")
        await said(await staff.speaker("main"), text="hello " * 40)
        async with asyncio.timeout(20):
            while staff.posts()[0].condition != "resting":
                await asyncio.sleep(0.05)


async def test_what_takes_the_memory_and_rests_is_put_away_for_another(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        around.model("large", LARGE)
        around.model("small")
        around.registry.use(_role("heavy"), "large")
        around.registry.use(_role("fast"), "small")
        await staff.speaker("heavy")
        small = around.registry.read().find("small")
        assert small
        need = needed(small.header, 1024).total
        around.free = iter([replace(PLENTY, available=size) for size in (need - 1, need)])
        await staff.speaker("main", "small")
        conditions = {post.role: post.condition for post in staff.posts()}
        assert (conditions["heavy"], conditions["fast"]) == ("resting", "ready")


async def test_a_loaded_model_serves_other_roles_though_the_memory_is_taken(
    tmp_path: Path,
) -> None:
    async with staffed(tmp_path) as (staff, around):
        around.model("tiny")
        await staff.speaker("main")
        around.room = replace(PLENTY, available=1 << 20)
        assert (await staff.speaker("heavy")).name == "tiny"
        assert staff.posts()[1].condition == "ready"
        around.model("other", LARGE)
        speaker = await staff.speaker("main")
        async with speaker.ask(ask(800), urgent=True, what="a question"):
            with pytest.raises(WorkerError) as refused:
                await staff.speaker("main", "other")
        assert refused.value.kind == "memory"


async def test_another_roles_model_stands_in_and_says_so(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        around.model("good")
        bad = around.model("bad", LARGE)
        around.registry.use(_role("fast"), "good")
        around.registry.use(_role("main"), "bad")
        await staff.speaker("fast")
        data = bytearray(bad.read_bytes())
        bad.write_bytes(data[: len(data) // 2])
        speaker = await staff.speaker("main")
        assert speaker.name == "good"
        assert "bad was asked for" in speaker.why


async def test_a_model_that_dies_twice_is_stood_in_for_until_somebody_resets_it(
    tmp_path: Path,
) -> None:
    async with staffed(tmp_path) as (staff, around):
        around.model("one")
        write_endless(around.registry.path_of("other"))
        around.set(context=8192)
        around.registry.use(_role("main"), "one")
        around.registry.use(_role("heavy"), "other")
        await staff.speaker("heavy")
        for _ in range(2):
            speaker = await staff.speaker("main")
            assert speaker.name == "one"
            await _kill_worker_of(staff, "one")
        speaker = await staff.speaker("main")
        assert speaker.name == "other"
        assert "one failed 2 times" in speaker.why
        post = staff.posts()[0]
        assert (post.name, post.condition, post.failures) == ("one", "broken", 2)
        assert post.meanwhile == "other"
        assert "SIGKILL" in post.problem
        answer = speaker.ask(ask(8_000), urgent=False, what="beside", actor="me")
        await staff.assign("heavy", "one")
        (beside,) = staff.beside()
        assert (beside.role, beside.name, beside.condition) == ("", "other", "ready")
        assert [one.id for one in beside.queue] == [answer.id]
        staff.cancel(answer.id)
        await answer.text()
        staff.reset("one")
        assert (await staff.speaker("main")).name == "one"
        with pytest.raises(UsageError, match="no model and no server nobody"):
            staff.reset("nobody")


async def test_nobody_says_what_is_missing_and_how_to_get_it(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        with pytest.raises(ModelError) as failed:
            await staff.speaker("main")
        assert "no language model" in failed.value.sentence
        assert "models pull" in failed.value.hint
        assert "models.servers" in failed.value.hint
        around.model("broken", Tiny(template=None))
        with pytest.raises(ModelError, match="can serve"):
            await staff.speaker("main")
        with pytest.raises(UsageError, match="no role cook"):
            await staff.speaker("cook")
        with pytest.raises(UsageError, match="does not speak"):
            await staff.speaker("embed")
        with pytest.raises(UsageError, match="no model and no server x"):
            await staff.speaker("main", "x")


async def test_a_failure_is_told_with_the_hint_of_the_first_choice(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        path = around.model("tiny")
        await staff.refresh()
        around.registry.use(_role("main"), "tiny")
        path.write_bytes(path.read_bytes()[:-2000])
        with pytest.raises(ModelError) as failed:
            await staff.speaker("main")
        assert "tiny" in failed.value.sentence
        assert failed.value.hint


async def test_a_role_can_be_assigned_and_left_to_the_workbench_again(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        around.model("small")
        around.model("large", LARGE)
        await staff.refresh()
        assert staff.posts()[2].name == "small"
        await staff.assign("fast", "large")
        assert staff.posts()[2].name == "large"
        assert Registry().read().asked == {"fast": "large"}
        await staff.assign("fast", "")
        assert staff.posts()[2].name == "small"
        assert set(staff.candidates["fast"]) == {"small", "large"}
        with pytest.raises(UsageError, match="cannot serve as embed") as refused:
            await staff.assign("embed", "small")
        assert refused.value.hint


async def test_a_worker_that_is_killed_in_the_middle_is_told_and_started_again(
    tmp_path: Path,
) -> None:
    async with staffed(tmp_path) as (staff, around):
        around.model("tiny")
        speaker = await staff.speaker("main")
        answer = speaker.ask(ask(900), urgent=True, what="a question")
        await anext(aiter(answer))
        await _kill_worker_of(staff, "tiny", wait=False)
        with pytest.raises(WorkerError) as failed:
            await answer.text()
        assert failed.value.kind == "killed"
        assert (await said(await staff.speaker("main"))).tokens


@pytest.mark.parametrize("damage", [b"", b"no model at all", b"GGUF\x03\x00\x00\x00"])
async def test_a_file_that_is_no_model_is_named_and_stood_in_for(
    tmp_path: Path, damage: bytes
) -> None:
    async with staffed(tmp_path) as (staff, around):
        path = around.model("bad")
        around.model("good", LARGE)
        await staff.assign("main", "bad")
        path.write_bytes(damage)
        speaker = await staff.speaker("main")
        assert speaker.name == "good"
        assert "bad.gguf" in speaker.why
        with pytest.raises(ModelError, match=r"bad\.gguf") as refused:
            await staff.speaker("main", "bad")
        assert refused.value.hint


async def test_two_who_ask_at_once_wait_for_one_worker(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        around.model("tiny")
        one, other = await asyncio.gather(staff.speaker("main"), staff.speaker("fast"))
        assert (await said(one)).tokens == (await said(other)).tokens
        assert len(list((tmp_path / "logs").iterdir())) == 1
        assert staff.posts()[0].failures == 0


async def test_a_file_that_is_replaced_is_not_used_any_further_but_loaded_anew(
    tmp_path: Path,
) -> None:
    async with staffed(tmp_path) as (staff, around):
        path = around.model("tiny")
        speaker = await staff.speaker("main")
        await said(speaker)
        other = write_tiny(tmp_path / "other.gguf", LARGE)
        other.replace(path)
        with pytest.raises(WorkerError) as refused:
            await said(speaker)
        assert refused.value.kind == "replaced"
        again = await staff.speaker("main")
        assert again.digest not in ("", speaker.digest)
        assert (await said(again)).tokens


async def test_a_template_that_is_broken_is_told_and_the_queue_goes_on(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        around.model("tiny", Tiny(template=BROKEN_TEMPLATE))
        speaker = await staff.speaker("main")
        with pytest.raises(WorkerError) as refused:
            await said(speaker)
        assert refused.value.kind == "template"
        assert refused.value.hint
        text = Generate(0, Text("hello"), most=4)
        assert await speaker.ask(text, urgent=True, what="plain").text()


async def test_a_persons_own_embedding_model_embeds_with_its_own_identity(tmp_path: Path) -> None:
    async with staffed(tmp_path) as (staff, around):
        with pytest.raises(ModelError, match="no embedder"):
            await staff.embedding()
        around.model("own", Tiny(more={"llama.pooling_type": 1}))
        await staff.assign("embed", "own")
        embedding = await staff.embedding()
        vectors = await embedding.embed(["hello", "", "the rain " * 400])
        assert vectors.shape == (3, 64)
        assert embedding.identity.model == "own"
        assert embedding.identity.weights == around.registry.read().models[0].sha256
        assert (embedding.identity.pooling, embedding.identity.dimensions) == ("mean", 64)
        assert embedding.limit == 1024
        assert embedding.place == "worker"
        assert await embedding.count(["xyz"]) == (3,)
        assert staff.posts()[3].condition == "ready"


def _role(name: str) -> Role:
    return Role(name)


async def _kill_worker_of(staff: Staff, name: str, *, wait: bool = True) -> None:
    async with staff._seats[name].worker() as worker:
        os.kill(worker.pid, signal.SIGKILL)
        while wait and not worker.lost:
            await asyncio.sleep(0.01)
