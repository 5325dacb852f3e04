"""What a server is asked, as JSON; and what its tokens are estimated to be."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from local_models.staff.servers.problems import ServerError
from local_models.worker.protocol import Chat, Generate, Message, Prompt, Sampling, Text

_BYTES_A_TOKEN = 3
_AROUND_A_TURN, _AROUND_ALL = 4, 3


def turns(prompt: Prompt) -> Chat:
    """Return a prompt as turns, which is all that this API knows."""
    match prompt:
        case Chat():
            return prompt
        case Text(text):
            return Chat((Message("user", text),))
    raise ServerError(
        "unsuitable", "A server cannot be asked by token ids.", "Ask with text, or a local model."
    )


def written(chat: Chat) -> str:
    """Return turns as they are sent; which template they meet is the server's affair."""
    return json.dumps([_turn(one) for one in chat.messages], ensure_ascii=False)


def digest(chat: Chat) -> str:
    return sha256(written(chat).encode("utf-8", "surrogatepass")).hexdigest()


def body(model: str, asked: Generate, *, plain: bool) -> dict[str, Any]:
    """Return the request; `plain` leaves out what not every server knows."""
    sampling = asked.sampling
    basic: dict[str, Any] = {
        "model": model,
        "messages": [_turn(one) for one in turns(asked.prompt).messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": asked.most,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": sampling.seed,
    }
    stop = {"stop": list(asked.stop)} if asked.stop else {}
    return basic | stop | ({} if plain else extras(asked, sampling))


def extras(asked: Generate, sampling: Sampling) -> dict[str, Any]:
    """Return what many servers know beside the API, and others pass over or refuse."""
    more: dict[str, Any] = {"top_k": sampling.top_k, "min_p": sampling.min_p}
    if asked.schema:  # llama-server takes one of the two, the others know only this one.
        form = {"name": "answer", "strict": True, "schema": json.loads(asked.schema)}
        return more | {"response_format": {"type": "json_schema", "json_schema": form}}
    return more | ({"grammar": asked.grammar} if asked.grammar else {})


def estimated(text: str) -> int:
    """Return about how many tokens a text has, rather too many than too few."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN)


def weighed(chat: Chat) -> int:
    each = (estimated(one.content) + _AROUND_A_TURN for one in chat.messages)
    return sum(each) + _AROUND_ALL


def _turn(message: Message) -> dict[str, str]:
    return {"role": message.role, "content": message.content}
