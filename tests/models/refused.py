"""What comes of asking a server that does not do as it should."""

from __future__ import annotations

import asyncio

import pytest

from local_models.staff.servers.problems import ServerError
from local_models.staff.servers.seat import ServerSeat
from local_models.worker.protocol import Chat, Generate, Message
from tests.models.servers import Respond, seated, serving

Writer = asyncio.StreamWriter
HELLO = Generate(0, Chat((Message("user", "hello"),)), most=50)


async def failing(respond: Respond, secret: str = "") -> ServerError:
    """Return what comes of asking; it must be an error, and told as one."""
    with serving(respond) as server:
        async with seated(server.address, secret=secret) as seat:
            with pytest.raises(ServerError) as failed:
                await asked(seat)
            assert seat.idle
    error = failed.value
    assert error.sentence.endswith(".")
    assert error.hint
    return error


async def asked(seat: ServerSeat) -> str:
    speaker = await seat.open("")
    return await speaker.ask(HELLO, urgent=True, what="a question").text()
