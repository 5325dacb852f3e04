"""How a conversation looks: small and wide, in colour, in 16, and without."""

from __future__ import annotations

import pytest

from tests.pilot.conftest import Hands, hands_on
from tests.pilot.in_chat import STEPS, ask, open_first, talked
from tests.pilot.talks import ABSENT, FakeTalks
from tests.snapshot.conftest import COLOURS, Compare
from widgets import colours

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
RICH = """\
The parser **never ends** on an empty file, since `next` gives nothing [1]:

```python
def parse(lines):
    while True:  # for ever
        line = next(lines, "")
        yield line.split()
```

1. *Stop* where there is no line [2].
2. Test it with an empty file.

| file | lines |
|------|------:|
| src/parse.py | 9 |
"""


async def rest(hands: Hands) -> None:
    """Wait until the bar says what a prompt takes, and code has its colours."""
    await hands.until(lambda: hands.interface.screen.talks._weigh_due is None)  # type: ignore[attr-defined]
    await hands.pilot.pause()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", COLOURS)
async def test_a_conversation(compare: Compare, size: str, theme: str) -> None:
    colours.load(["code.py"])
    options = {"theme": COLOURS[theme], "talks": talked(RICH)}
    async with hands_on(SIZES[size], **options) as hands:
        await open_first(hands, "[2] README.md")
        await hands.press("enter")
        await hands.type("does @src/parse.py do so?")
        await hands.see("1,628 of 8,192")
        await rest(hands)
        compare(hands.interface)


@pytest.mark.parametrize("theme", COLOURS)
async def test_an_answer_that_is_being_written(compare: Compare, theme: str) -> None:
    colours.load(["code.py"])
    async with hands_on((80, 24), theme=COLOURS[theme]) as hands:
        await ask(hands, "why does it loop?")
        await hands.host.talks.come(RICH[:190], tokens=40, rate=23.4, left=41.0)
        await hands.see("│ def parse", "41 s left")
        compare(hands.interface)


async def test_a_conversation_in_light(compare: Compare) -> None:
    colours.load(["code.py"])
    async with hands_on((120, 40), theme="light", talks=talked(RICH)) as hands:
        await open_first(hands, "[2] README.md")
        await hands.press("{")
        await hands.see("▸")
        compare(hands.interface)


async def test_a_task_with_its_plan(compare: Compare) -> None:
    talks = talked("I will change one line.", state="waiting", steps=STEPS, kind="plan")
    async with hands_on((80, 24), talks=talks) as hands:
        await open_first(hands, "waits for you")
        compare(hands.interface)


async def test_the_list_of_conversations(compare: Compare) -> None:
    async with hands_on((80, 24), theme="no-colour", talks=talked()) as hands:
        await hands.see("attached to host")
        await hands.press("l", "/")
        await hands.type("loop")
        await hands.see("with “loop”", "▸   loops")
        compare(hands.interface)


async def test_paths_that_are_offered(compare: Compare) -> None:
    async with hands_on((80, 24), theme="16-colour") as hands:
        await hands.see("attached to host")
        await hands.press("enter")
        await hands.type("see @src")
        await hands.see("▸ src/", "src/a b.py")
        await hands.until(lambda: "tests/" not in hands.text and "of 8,192" in hands.text)
        await hands.press("down")
        await rest(hands)
        compare(hands.interface)


async def test_a_receipt(compare: Compare) -> None:
    async with hands_on((80, 24), theme="16-colour", talks=talked()) as hands:
        await open_first(hands)
        await hands.press("v")
        await hands.see("Receipt")
        compare(hands.interface)


async def test_models_and_what_waits(compare: Compare) -> None:
    async with hands_on((80, 24)) as hands:
        await hands.see("main: small-coder")
        await hands.press("m")
        await hands.see("big-coder")
        compare(hands.interface)


async def test_no_model(compare: Compare) -> None:
    async with hands_on((80, 24), theme="no-colour", talks=FakeTalks(post=ABSENT)) as hands:
        await hands.see("No language model serves here")
        compare(hands.interface)
