"""Servers that embed: vectors in order and of length one, or a sentence on what is wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from local_models.staff.servers.address import read_address
from local_models.staff.servers.embedding import Served, open_served
from local_models.staff.servers.problems import ServerError
from local_models.staff.servers.seat import Server, ServerSeat
from local_models.staff.servers.secrets import Secret
from local_models.staff.servers.talking import Patience
from local_models.worker.protocol import Kind
from tests.models.embedders import PATH, Embeds, inputs, rows, vector
from tests.models.refused import Writer
from tests.models.servers import Request, Respond, begin, reply, seated, serving
from workbench.errors import ConfigurationError, ModelError

KEY = "sk-very-secret-0123456789"
WIDTH = 8


def unit(texts: list[str], width: int = WIDTH) -> NDArray[np.float32]:
    made = np.array([vector(one, width) for one in texts])
    divided: NDArray[np.float32] = made / np.linalg.norm(made, axis=1, keepdims=True)
    return divided


async def opened(seat: ServerSeat) -> Served:
    return await open_served(
        seat, "It was asked for.", lambda text: text.replace(KEY, "[redacted]")
    )


async def test_vectors_come_in_batches_in_order_and_of_length_one() -> None:
    def backwards(answer: dict[str, Any]) -> object:
        return answer | {"data": answer["data"][::-1]}

    texts = [f"text {'x' * number}" for number in range(70)]
    with serving(Embeds(bent=backwards)) as server:
        async with seated(server.address, secret=KEY) as seat:
            served = await opened(seat)
            made = await served.embed(texts)
            assert (await served.embed([])).shape == (0, WIDTH)
            assert (await served.count(["xyz"]), served.limit) == ((1,), 512)
        asked = server.asked(PATH)
    np.testing.assert_allclose(made, unit(texts), atol=1e-6)
    assert made.dtype == np.float32
    assert [len(one) for one in inputs(server)] == [1, 32, 32, 6]
    assert {one.body["encoding_format"] for one in asked} == {"float"}
    assert {one.body["model"] for one in asked} == {"some-model"}
    assert {one.headers["authorization"] for one in asked} == {f"Bearer {KEY}"}


async def test_it_says_whose_vectors_they_are() -> None:
    with serving(Embeds()) as server:
        async with seated(server.address) as seat, seated(server.address, context=256) as short:
            identity = (await opened(seat)).identity
            assert (identity.model, identity.dimensions) == ("test: some-model", WIDTH)
            with pytest.raises(ModelError, match="tokenizer"):
                identity.refuse_other((await opened(short)).identity)


async def test_what_is_secret_is_not_sent() -> None:
    with serving(Embeds(longest=60)) as server:
        async with seated(server.address, context=10) as seat:
            await (await opened(seat)).embed([f"key {KEY}", "y" * 20 + KEY + "z" * 60])
    assert inputs(server)[-1][0].startswith("y" * 20 + "[reda")
    assert not [text for texts in inputs(server) for text in texts if KEY[:9] in text]


@pytest.mark.parametrize("text", ["", " \n", "half a surrogate \ud83d", "\0", "кошка 猫 🙂"])
async def test_any_text_can_be_sent(text: str) -> None:
    with serving(Embeds()) as server:
        async with seated(server.address) as seat:
            assert (await (await opened(seat)).embed([text, text])).shape == (2, WIDTH)
    assert all(one.strip() for one in inputs(server)[-1])


@pytest.mark.parametrize(
    "too_long",
    [
        ("400 Bad Request", "This model's maximum context length is 512 tokens"),
        ("413 Payload Too Large", "`inputs` must have less than 512 tokens. Given: 600"),
        ("500 Internal Server Error", "input is too large to process. increase the batch size"),
        ("400 Bad Request", "输入过长"),
    ],
)
async def test_a_text_that_is_too_long_is_cut_alone_and_told_of(
    too_long: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    texts = ["short", "x" * 90_000, "also short", "y" * 99]
    with serving(Embeds(longest=100, too_long=too_long)) as server:
        async with seated(server.address, context=100) as seat:
            served = await opened(seat)
            with caplog.at_level(logging.WARNING):
                made = await served.embed(texts)
                again = await served.embed(texts[1:2])
            assert (seat.cut, seat.health.failures) == (2, 0)
    np.testing.assert_allclose(made, unit(["short", "x" * 75, *texts[2:]]), atol=1e-6)
    np.testing.assert_allclose(again[0], made[1])
    assert caplog.text.count("its first 75 characters count") == 1
    assert "xxx" not in caplog.text


async def test_a_server_that_only_embeds_may_have_no_list_of_models() -> None:
    good = Embeds()

    async def respond(request: Request, writer: Writer) -> None:
        if request.method == "GET":
            await reply(writer, "<html>Not found</html>", status="404 Not Found", kind="text/html")
        else:
            await good(request, writer)

    with serving(respond) as server:
        async with seated(server.address) as seat:
            with pytest.raises(ServerError, match="does not know this request"):
                await opened(seat)
        async with seated(server.address, asks="bge-m3") as seat:
            assert (await opened(seat)).identity.model == "test: bge-m3"
    assert [one.body["model"] for one in server.asked(PATH)] == ["bge-m3"]


async def test_a_server_for_which_everything_is_too_long_is_an_error() -> None:
    with serving(Embeds(longest=5)) as server:
        async with seated(server.address) as seat:
            served = await opened(seat)
            with pytest.raises(ServerError, match="no room") as failed:
                await served.embed(["x" * 1000])
    assert failed.value.kind == "too-long"
    assert len(inputs(server)) < 12


async def test_more_texts_than_a_server_takes_at_once_are_given_to_it_in_parts() -> None:
    good = Embeds()

    async def few(request: Request, writer: Writer) -> None:
        if request.body and len(request.body["input"]) > 10:
            message = {"error": "batch size 32 > maximum allowed batch size 10"}
            await reply(writer, message, status="422 Unprocessable Entity")
        else:
            await good(request, writer)

    texts = [f"text {'x' * number}" for number in range(20)]
    with serving(few) as server:
        async with seated(server.address) as seat:
            made = await (await opened(seat)).embed(texts)
    np.testing.assert_allclose(made, unit(texts), atol=1e-6)


def changed(**more: object) -> Callable[[dict[str, Any]], object]:
    return lambda answer: answer | more


def changed_row(at: int, **more: object) -> Callable[[dict[str, Any]], object]:
    def change(answer: dict[str, Any]) -> object:
        data = answer["data"]
        return answer | {"data": [*data[:at], data[at] | more, *data[at + 1 :]]}

    return change


WRONG: dict[str, Callable[[dict[str, Any]], object]] = {
    "too few vectors": lambda answer: answer | {"data": answer["data"][:-1]},
    "too many vectors": lambda answer: rows([[1.0] * WIDTH] * (len(answer["data"]) + 1)),
    "none": changed(data=[]),
    "the same place twice": changed_row(0, index=1),
    "a place that is not there": changed_row(0, index=-1),
    "no place": changed_row(0, index=None),
    "NaN": lambda answer: json.dumps(changed_row(0, embedding=[float("nan")] * WIDTH)(answer)),
    "infinity": lambda answer: json.dumps(answer).replace("0.5", "1e999"),
    "more than a number holds": changed_row(0, embedding=[1e300] * WIDTH),
    "nothing but zeros": changed_row(0, embedding=[0] * WIDTH),
    "rows of two widths": changed_row(0, embedding=[1.0] * (WIDTH + 1)),
    "no numbers": changed_row(0, embedding=[]),
    "base64": changed_row(0, embedding="AACAPwAAgD8="),
    "words": changed_row(0, embedding=["one"] * WIDTH),
    "a row for each token": changed_row(0, embedding=[[1.0] * WIDTH] * 3),
    "an error that is called a success": lambda _: {"error": {"message": "no such model"}},
    "no object": lambda _: [],
    "no JSON": lambda _: "{oh no",
    "deep JSON": lambda _: '{"more": ' + "[" * 100_000,
    "too wide": lambda answer: rows([[1.0] * 20_000] * len(answer["data"])),
}


@pytest.mark.parametrize("bent", WRONG.values(), ids=WRONG)
async def test_what_are_no_vectors_is_refused(bent: Callable[[dict[str, Any]], object]) -> None:
    server_with = Embeds()
    with serving(server_with) as server:
        async with seated(server.address, secret=KEY) as seat:
            served = await opened(seat)
            server_with.bent = bent
            with pytest.raises(ServerError) as failed:
                await served.embed(["one", "two"])
            assert seat.idle
            server_with.bent = changed()
            assert (await served.embed(["one", "two"])).shape == (2, WIDTH)
    assert failed.value.kind in ("garbled", "failed")
    assert failed.value.sentence.endswith(".")
    assert failed.value.hint


async def test_another_width_or_model_is_another_maker() -> None:
    server_with = Embeds()
    with serving(server_with) as server:
        async with seated(server.address) as seat:
            served = await opened(seat)
            server_with.width = 12
            with pytest.raises(ModelError, match="another maker: dimensions 12 instead of 8"):
                await served.embed(["text"])
            server_with.width, server_with.model = WIDTH, "another\x1b[31m"
            seat.reset()
            with pytest.raises(ModelError, match="another maker: model test: another") as failed:
                await served.embed(["text"])
            assert "\x1b" not in failed.value.sentence


def answering(respond: Respond) -> Respond:
    """Return a server that is honest about its models only."""
    good = Embeds()

    async def answer(request: Request, writer: Writer) -> None:
        await (good if request.method == "GET" else respond)(request, writer)

    return answer


async def _endless(_: Request, writer: Writer) -> None:
    await begin(writer, "application/json")
    writer.write(b'{"data": [{"index": 0, "embedding": [')
    while True:
        writer.write(b"0.25, " * 100_000)
        await writer.drain()


async def _slow(_: Request, writer: Writer) -> None:
    await begin(writer, "application/json")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _cut_off(_: Request, writer: Writer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"
    writer.write(head + b'{"data"')
    await writer.drain()


async def _stream(_: Request, writer: Writer) -> None:
    await begin(writer)


async def _packed(_: Request, writer: Writer) -> None:
    await reply(writer, b"\x1f\x8b bomb", more=["Content-Encoding: gzip"])


async def _chat_only(_: Request, writer: Writer) -> None:
    message = {"error": {"message": "This server does not support embeddings."}}
    await reply(writer, message, status="501 Not Implemented")


async def _denied(_: Request, writer: Writer) -> None:
    await reply(writer, {"error": f"wrong key {KEY}"}, status="401 Unauthorized")


@pytest.mark.parametrize(
    ("respond", "kind"),
    [
        (_endless, "garbled"),
        (_slow, "slow"),
        (_cut_off, "cut"),
        (_stream, "garbled"),
        (_packed, "garbled"),
        (_chat_only, "failed"),
        (_denied, "denied"),
    ],
)
async def test_a_server_that_does_not_embed_is_a_sentence(respond: Respond, kind: Kind) -> None:
    with serving(answering(respond)) as server:
        async with seated(server.address, secret=KEY) as seat:
            with pytest.raises(ServerError) as failed:
                await opened(seat)
            assert (seat.idle, seat.health.failures) == (True, 1)
    assert failed.value.kind == kind
    assert KEY not in failed.value.sentence + failed.value.hint


async def test_it_is_sent_nowhere_else() -> None:
    with serving(Embeds()) as elsewhere:

        async def away(_: Request, writer: Writer) -> None:
            where = f"Location: {elsewhere.address}{PATH}"
            await reply(writer, "", status="307 Temporary Redirect", more=[where])

        with serving(answering(away)) as server:
            async with seated(server.address, secret=KEY) as seat:
                with pytest.raises(ServerError, match="sends us elsewhere"):
                    await opened(seat)
        assert not elsewhere.requests


@pytest.mark.parametrize(
    "status", ["500 Internal Server Error", "503 Service Unavailable", "429 Too Many Requests"]
)
async def test_what_fails_once_is_asked_again(status: str) -> None:
    good, failing = Embeds(), count()

    async def respond(request: Request, writer: Writer) -> None:
        if request.method == "POST" and next(failing) < 2:
            await reply(writer, {"error": "busy"}, status=status, more=["Retry-After: 0"])
        else:
            await good(request, writer)

    with serving(respond) as server:
        async with seated(server.address) as seat:
            assert (await opened(seat)).identity.dimensions == WIDTH
            assert seat.health.failures == 0
    assert len(inputs(server)) == 3


async def test_a_server_that_goes_down_is_left_alone_after_two_failures() -> None:
    with serving(Embeds()) as server:
        async with seated(server.address) as seat:
            served = await opened(seat)
            server_is_gone = server
    for _ in range(2):
        with pytest.raises(ServerError, match="cannot be reached") as failed:
            await served.embed(["text"])
        assert failed.value.kind == "down"
    with pytest.raises(ServerError, match="left alone for a minute"):
        await served.embed(["text"])
    assert seat.health.condition == "broken"
    assert len(inputs(server_is_gone)) == 1
    await seat.close()


async def test_a_key_that_is_gone_is_a_failure_like_others() -> None:
    keys = iter([Secret(KEY)])

    def secret() -> Secret:
        if found := next(keys, None):
            return found
        raise ConfigurationError("The key cannot be read.", "Set it.")

    with serving(Embeds()) as server:
        address = read_address("test", server.address)
        seat = ServerSeat(Server("test", address, patience=Patience()), secret, iter("q"))
        served = await opened(seat)
        await seat.put_away()
        with pytest.raises(ServerError, match="key cannot be read") as failed:
            await served.embed(["text"])
        assert failed.value.kind == "denied"


async def test_a_question_does_not_wait_for_passages() -> None:
    good, released = Embeds(), threading.Event()

    async def respond(request: Request, writer: Writer) -> None:
        while request.body and len(request.body["input"]) > 1 and not released.is_set():
            await asyncio.sleep(0.01)
        await good(request, writer)

    with serving(respond) as server:
        async with seated(server.address, places=2) as seat:
            served = await opened(seat)
            passages = [asyncio.create_task(served.embed(["a", "b"])) for _ in range(3)]
            assert (await served.embed(["question"])).shape == (1, WIDTH)
            assert not any(one.done() for one in passages)
            assert not seat.idle
            released.set()
            await asyncio.gather(*passages)
            assert seat.idle
