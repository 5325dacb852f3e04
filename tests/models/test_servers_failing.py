"""Servers that are slow, silent, down or cut off: what is asked again, and when not any more."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from local_models.staff.servers.problems import ServerError
from tests.models.refused import HELLO, Writer, failing
from tests.models.servers import (
    HASTY,
    Good,
    Request,
    begin,
    event,
    lying,
    piece,
    reply,
    seated,
    serving,
)


async def test_what_passes_is_asked_again_and_later_each_time() -> None:
    times: list[float] = []

    async def busy(request: Request, writer: Writer) -> None:
        times.append(time.monotonic())
        if len(times) < 3:
            status = ("429 Too Many Requests", "503 Service Unavailable")[len(times) - 1]
            await reply(writer, {"error": "busy"}, status=status, more=["Retry-After: 1"])
        else:
            await Good()(request, writer)

    with serving(lying(busy)) as server:
        async with seated(server.address) as seat:
            answer = (await seat.open("")).ask(HELLO, urgent=True, what="a question")
            assert await answer.text() == "Hello, world"
    assert min(b - a for a, b in pairwise(times)) >= 0.99


async def test_a_server_that_wants_us_to_wait_for_long_is_not_waited_for() -> None:
    asked: list[Request] = []

    async def busy(request: Request, writer: Writer) -> None:
        asked.append(request)
        status = "429 Too Many Requests"
        await reply(writer, {"error": "later"}, status=status, more=["Retry-After: 3600"])

    assert (await failing(lying(busy))).kind == "limited"
    assert len(asked) == 1


async def test_a_line_that_breaks_before_anything_came_is_tried_again() -> None:
    tried: list[Request] = []

    async def breaks(request: Request, writer: Writer) -> None:
        tried.append(request)
        if len(tried) == 3:
            await Good()(request, writer)

    with serving(lying(breaks)) as server:
        async with seated(server.address) as seat:
            answer = (await seat.open("")).ask(HELLO, urgent=True, what="a question")
            assert await answer.text() == "Hello, world"
    assert len(tried) == 3


async def test_a_line_that_breaks_in_the_middle_is_an_error_and_asked_once() -> None:
    tried: list[Request] = []

    async def breaks(request: Request, writer: Writer) -> None:
        tried.append(request)
        await begin(writer)
        await event(writer, piece("It begins well, "))

    error = await failing(lying(breaks))
    assert (error.kind, len(tried)) == ("cut", 1)


async def test_silence_ends_after_a_while_whatever_keeps_the_line_open() -> None:
    async def silent(_: Request, __: Writer) -> None:
        await asyncio.sleep(30)

    async def pings(_: Request, writer: Writer) -> None:
        await begin(writer)
        while True:
            writer.write(b": still here\n\n")
            await event(writer, piece(""))
            await asyncio.sleep(0.05)

    async def stops(_: Request, writer: Writer) -> None:
        await begin(writer)
        await event(writer, piece("a"))
        await asyncio.sleep(30)

    for answer in (silent, pings, stops):
        assert (await failing(lying(answer))).kind == "slow"


async def test_a_server_that_is_not_there_is_named_with_its_address() -> None:
    with serving(Good()) as server:
        address = server.address
    async with seated(address) as seat:
        with pytest.raises(ServerError) as failed:
            await seat.open("")
    assert failed.value.kind == "down"
    assert address.removeprefix("http://") in failed.value.sentence


async def test_after_two_failures_it_is_left_alone_until_somebody_resets_it() -> None:
    asked: list[Request] = []

    async def fails(request: Request, writer: Writer) -> None:
        asked.append(request)
        if len(asked) > 2:
            await Good()(request, writer)
        else:
            await reply(writer, {"error": "oops"}, status="500 Internal Server Error")

    with serving(lying(fails)) as server:
        async with seated(server.address) as seat:
            speaker = await seat.open("")
            for kind in ("failed", "failed", "breaker"):
                with pytest.raises(ServerError) as failed:
                    await speaker.ask(HELLO, urgent=True, what="a question").text()
                assert failed.value.kind == kind
            assert (seat.health.condition, seat.health.failures, len(asked)) == ("broken", 2, 2)
            assert "oops" in seat.health.why
            with pytest.raises(ServerError, match="left alone"):
                await seat.open("")
            seat.reset()
            speaker = await seat.open("")
            assert await speaker.ask(HELLO, urgent=True, what="again").text() == "Hello, world"
            assert seat.health.condition == "ready"


async def test_the_first_word_has_its_own_patience() -> None:
    async def slow_start(_: Request, writer: Writer) -> None:
        await asyncio.sleep(HASTY.between * 1.3)
        await Good()(_, writer)

    with serving(lying(slow_start)) as server:
        async with seated(server.address) as seat:
            answer = (await seat.open("")).ask(HELLO, urgent=True, what="a question")
            assert await answer.text() == "Hello, world"
