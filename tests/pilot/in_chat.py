"""Hands on the Chat screen."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from screens.chat import ChatScreen
from tests.pilot.conftest import Hands
from tests.pilot.talks import RECEIPT, TEN, FakeTalks
from workbench.api import chats

ANSWER = """\
Because **nothing** ends it [1].

```python
while True:
    pass
```

Or, in the shell:

```sh
make test
```
"""
SOURCES = (
    chats.Source(1, "p1", "src/parse.py", 3, 9, "parse", "def parse(text):\n    ...", "d"),
    chats.Source(2, "p2", "README.md", 1, 4, "Demo › Parser", "It loops.", "d", stale=True),  # noqa: RUF001
)


def person(name: str, after: str, text: str) -> chats.Message:
    return chats.Message(name, after, "person", text, TEN)


def answer(name: str, after: str, text: str = ANSWER, **more: Any) -> chats.Message:  # noqa: ANN401
    kept: dict[str, Any] = {"receipt": RECEIPT, "kind": "model", "sources": SOURCES, **more}
    made = chats.Message(name, after, "assistant", text, TEN + 60_000_000)
    return msgspec.structs.replace(made, **kept)


def talked(text: str = ANSWER, **more: Any) -> FakeTalks:  # noqa: ANN401
    """Return a host on which something was asked and answered."""
    said = (person("q1", "", "why does it loop?"), answer("a1", "q1", text, **more))
    return FakeTalks(said, name="loops")


def chat(hands: Hands) -> ChatScreen:
    return cast("ChatScreen", hands.interface.screen)


async def open_first(hands: Hands, *texts: str) -> None:
    """Open the conversation on top of the list."""
    await hands.see("attached to host")
    await hands.until(lambda: chat(hands).talks.conversations)
    await hands.press("l", "enter")
    await hands.see(*(texts or ("why does it loop?",)))


async def ask(hands: Hands, text: str) -> None:
    await hands.press("enter")
    await hands.type(text)
    await hands.press("enter")
    await hands.see(text, "being written")


def transcript(text: str) -> str:
    """Return what stands on the screen, without the lines around the transcript."""
    return "\n".join(text.split("\n")[2:-5])


STEPS = (
    chats.Step("read src/parse.py", "done", "read file", "31 lines"),
    chats.Step("stop at an empty file", "waiting", "propose"),
    chats.Step("run the tests"),
)
