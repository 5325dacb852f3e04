"""The interface with a host that exists only in the test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import pytest
from textual.pilot import Pilot

from screens import wording
from screens.evolution import EvolutionScreen
from screens.interface import Host, Interface
from screens.keymap import make_keymap
from screens.knowledge import KnowledgeScreen
from screens.metrics import MetricsScreen
from tests.pilot.fake import FakeHost
from workbench.api.commands import Terms
from workbench.api.shapes import Command

Asked = TypeVar("Asked", bound=Command[Any])
PATIENCE = 20.0
TERMS = Terms("auto", "reduced", "", 60, 1024, 64, 256, "none", {})


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make it the same moment on every machine."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    monkeypatch.setattr(wording, "now", lambda: datetime(2026, 6, 1, 12, 30, tzinfo=UTC))


def make_interface(
    *,
    theme: str = "dark",
    keymap: Mapping[str, str] | None = None,
    follows: bool = False,
    **host: Any,  # noqa: ANN401
) -> Interface:
    """Make an interface that is attached to a fake host."""
    return Interface(
        "demo",
        lambda on_line: cast("Host", FakeHost(on_line, **host)),
        make_keymap(keymap),
        terms=lambda: TERMS,
        follows=follows,
        theme=theme,
        log=".workbench/interface.log",
    )


class Hands:
    """Presses keys and looks at the screen, waiting for what it expects."""

    def __init__(self, interface: Interface, pilot: Pilot[None]) -> None:
        self.interface, self.pilot = interface, pilot

    @property
    def host(self) -> FakeHost:
        return cast("FakeHost", self.interface.host)

    @property
    def metrics(self) -> MetricsScreen:
        return cast("MetricsScreen", self.interface.screen)

    @property
    def evolution(self) -> EvolutionScreen:
        return cast("EvolutionScreen", self.interface.screen)

    @property
    def knowledge(self) -> KnowledgeScreen:
        return cast("KnowledgeScreen", self.interface.screen)

    def asked(self, kind: type[Asked]) -> list[Asked]:
        """Return what the host was asked of one kind."""
        return [one for one in self.host.asked if isinstance(one, kind)]

    @property
    def text(self) -> str:
        return screen_text(self.interface)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        await self.pilot.press(*("space" if c == " " else c for c in text))

    async def see(self, *texts: str) -> None:
        await self.until(lambda: all(text in self.text for text in texts), texts)

    async def until(self, holds: Callable[[], object], what: object = "") -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, f"waited for {what}; the screen:\n{self.text}"
            await self.pilot.pause()
            await asyncio.sleep(0)


@asynccontextmanager
async def hands_on(size: tuple[int, int] = (100, 30), **options: Any) -> AsyncIterator[Hands]:  # noqa: ANN401
    """Run an interface."""
    interface = make_interface(**options)
    async with interface.run_test(size=size) as pilot:
        yield Hands(interface, pilot)


def screen_text(interface: Interface) -> str:
    """Return what stands on the screen as lines of text."""
    strips = interface.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"
