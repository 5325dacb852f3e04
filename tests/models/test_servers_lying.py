"""Servers that are down, slow, or lie about their API: each is a sentence, a hint, and no hang."""

from __future__ import annotations

import asyncio
import logging

import pytest

from local_models.staff.servers import events
from local_models.staff.servers.problems import ServerError
from local_models.staff.servers.secrets import Secret
from local_models.worker.protocol import Kind
from tests.models.refused import HELLO, Writer, asked, failing
from tests.models.servers import (
    Good,
    Request,
    Respond,
    begin,
    event,
    lying,
    piece,
    reply,
    seated,
    serving,
)

KEY = "sk-very-secret-0123456789"


async def _html(_: Request, writer: Writer) -> None:
    await reply(writer, "<html>Welcome</html>", kind="text/html")


async def _html_missing(_: Request, writer: Writer) -> None:
    await reply(writer, "<html>Nothing here</html>", kind="text/html", status="404 Not Found")


async def _no_kind(_: Request, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    await writer.drain()


async def _no_json(_: Request, writer: Writer) -> None:
    await begin(writer)
    await event(writer, "{oh no")


async def _deep_json(_: Request, writer: Writer) -> None:
    await begin(writer)
    await event(writer, "[" * 100_000)


async def _wrong_json(_: Request, writer: Writer) -> None:
    await begin(writer)
    await event(writer, {"choices": "none"})


async def _wrong_content(_: Request, writer: Writer) -> None:
    await begin(writer)
    await event(writer, {"choices": [{"delta": {"content": 5}}]})


async def _wrong_usage(_: Request, writer: Writer) -> None:
    await begin(writer)
    await event(writer, piece("a"))
    await event(writer, {"choices": [], "usage": {"prompt_tokens": -1}})


async def _no_text(_: Request, writer: Writer) -> None:
    await begin(writer)
    writer.write(b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n')
    await writer.drain()


async def _long_line(_: Request, writer: Writer) -> None:
    await begin(writer)
    writer.write(b"data: " + b"x" * (events.LONGEST_LINE + 10))
    await writer.drain()
    await asyncio.sleep(5)


async def _long_event(_: Request, writer: Writer) -> None:
    await begin(writer)
    line = b"data: " + b"x" * 500_000 + b"\n"
    for _number in range(20):
        writer.write(line)
        await writer.drain()


async def _packed(_: Request, writer: Writer) -> None:
    await reply(writer, b"\x1f\x8b bomb", more=["Content-Encoding: gzip"])


async def _not_http(_: Request, writer: Writer) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await writer.drain()


async def _endless_head(_: Request, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        writer.write(b"X-More-%d: %s\r\n" % (number, b"y" * 100))
        await writer.drain()


async def _chunked_lie(_: Request, writer: Writer) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    writer.write(head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nwhat\r\n")
    await writer.drain()


@pytest.mark.parametrize(
    "answer",
    [
        _html,
        _html_missing,
        _no_kind,
        _no_json,
        _deep_json,
        _wrong_json,
        _wrong_content,
        _wrong_usage,
        _no_text,
        _long_line,
        _long_event,
        _packed,
        _not_http,
        _endless_head,
        _chunked_lie,
    ],
)
async def test_what_is_not_its_api_is_refused(answer: Respond) -> None:
    error = await failing(lying(answer))
    assert error.kind == "garbled"
    assert "<html>" not in error.sentence


async def test_a_list_of_models_that_is_none_is_refused() -> None:
    assert (await failing(Good(models={"data": "all of them"}))).kind == "garbled"
    assert (await failing(Good(models=["a", "b"]))).kind == "garbled"
    assert (await failing(Good(models={"data": []}))).kind == "missing"


async def test_an_error_that_is_called_a_success_is_an_error() -> None:
    async def body(_: Request, writer: Writer) -> None:
        await reply(writer, {"error": {"message": "out of \x1b[31mmemory", "code": 500}})

    async def in_the_stream(_: Request, writer: Writer) -> None:
        await begin(writer)
        await event(writer, piece("a"))
        await event(writer, {"error": "the slot is gone"})

    async def old(_: Request, writer: Writer) -> None:
        await begin(writer)
        writer.write(b'error: {"message": "context size exceeded", "error": "too much"}\n\n')
        await writer.drain()

    error = await failing(lying(body))
    assert error.kind == "failed"
    assert "memory" in error.sentence
    assert "\x1b" not in error.sentence
    error = await failing(lying(in_the_stream))
    assert (error.kind, "the slot is gone" in error.sentence) == ("failed", True)
    assert "too much" in (await failing(lying(old))).sentence


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        ("401 Unauthorized", "who are you", "denied"),
        ("403 Forbidden", "not you", "denied"),
        ("404 Not Found", "model `x` not found", "missing"),
        ("400 Bad Request", "prompt exceeds the context of 4096 tokens", "too-long"),
        ("400 Bad Request", "temperature is odd", "unsuitable"),
        ("500 Internal Server Error", "oops", "failed"),
        ("418 I'm a teapot", "", "unsuitable"),
    ],
)
async def test_a_status_is_told_in_words_and_asked_no_second_time(
    status: str, message: str, kind: Kind
) -> None:
    counted: list[bool] = []

    async def answer(request: Request, writer: Writer) -> None:
        counted.append("top_k" in request.body)
        await reply(writer, {"error": {"message": message}}, status=status)

    error = await failing(lying(answer))
    assert error.kind == kind
    assert message in error.sentence
    assert counted in ([True], [True, False]), "only without what not all servers know"


async def test_a_redirect_is_not_followed() -> None:
    with serving(Good()) as elsewhere:

        async def away(_: Request, writer: Writer) -> None:
            where = f"Location: {elsewhere.address}/v1/chat/completions"
            await reply(writer, "", status="307 Temporary Redirect", more=[where])

        error = await failing(lying(away), secret=KEY)
        assert error.kind == "redirect"
        assert str(elsewhere.port) in error.sentence
        assert elsewhere.requests == []


async def test_an_answer_without_end_is_ended() -> None:
    async def endless(_: Request, writer: Writer) -> None:
        await begin(writer)
        while True:
            await event(writer, piece("la "))

    with serving(lying(endless)) as server:
        async with seated(server.address) as seat:
            answer = (await seat.open("")).ask(HELLO, urgent=True, what="a question")
            text = await answer.text()
            assert await asyncio.to_thread(server.gone.wait, 5)
    assert answer.ended
    assert answer.ended.reason == "most"
    assert len(text) < 300


async def test_the_proxy_of_the_environment_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Good()) as proxy, serving(Good()) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        monkeypatch.setenv("no_proxy", "")
        async with seated(server.address) as seat:
            answer = (await seat.open("")).ask(HELLO, urgent=True, what="a question")
            assert await answer.text() == "Hello, world"
        assert proxy.requests == []


async def test_a_key_is_sent_and_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def echoes(request: Request, writer: Writer) -> None:
        message = f"bad key {request.headers['authorization']}"
        await reply(writer, {"error": message}, status="401 Unauthorized")

    async def echoes_later(request: Request, writer: Writer) -> None:
        await begin(writer)
        await event(writer, piece("a"))
        await event(writer, {"error": f"bad key {request.headers['authorization']}"})

    for answer in (echoes, echoes_later):
        with serving(lying(answer)) as server:
            async with seated(server.address, secret=KEY) as seat:
                speaker = await seat.open("")
                with pytest.raises(ServerError) as failed:
                    await speaker.ask(HELLO, urgent=True, what="a question").text()
                shown = f"{failed.value!r} {seat.health} {vars(seat)} {speaker!r}"
            sent = [one.headers.get("authorization") for one in server.requests]
        assert set(sent) == {f"Bearer {KEY}"}
        assert KEY not in shown
        assert '"bad key Bearer …".' in failed.value.sentence
    assert KEY not in caplog.text


async def test_a_key_that_was_exchanged_is_read_anew() -> None:
    async def strict(request: Request, writer: Writer) -> None:
        if request.headers.get("authorization") != "Bearer new-key":
            await reply(writer, {"error": "no"}, status="401 Unauthorized")
        else:
            await Good()(request, writer)

    keys = iter(["old-key", "new-key"])
    with serving(strict) as server:
        async with seated(server.address) as seat:
            seat.secret = lambda: Secret(next(keys))
            with pytest.raises(ServerError) as refused:
                await asked(seat)
            assert refused.value.kind == "denied"
            assert await asked(seat) == "Hello, world"
