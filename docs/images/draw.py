"""Draws workbench.svg: the demo with its repair under review, in a real interface with a host.

`python -m docs.images.draw`, from the checkout.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import cast

from screens.interface import Host, Interface
from screens.keymap import make_keymap
from tests.snapshot.svg import picture
from workbench import settings
from workbench.api import owner
from workbench.api.client import Client
from workbench.api.commands import Terms
from workbench.shipped import data_file
from workbench.workspace import Workspace, name_workspace

_SIZE = (100, 30)
_PATIENCE = 60.0
_OUT = Path(__file__).with_name("workbench.svg")


async def draw(workspace: Workspace) -> str:
    """Open the project, wait for the repair, and accept its hunk."""
    terms = Terms.of(settings.load(workspace, (), os.environ).sandbox, os.environ)
    interface = Interface(
        "rooms",
        lambda line: cast("Host", Client(workspace, "interface", patience=None, on_line=line)),
        make_keymap(),
        terms=lambda: terms,
        follows=True,
        first="evolution",
    )
    async with interface.run_test(size=_SIZE) as pilot:
        for shown, key in (("▸ proposal", "enter"), ("undecided", "y"), ("[x]", "")):
            await _see(interface, shown)
            await asyncio.sleep(1.0)
            if key:
                await pilot.press(key)
        return picture(interface)


async def _see(interface: Interface, text: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while text not in _text(interface):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{text} did not come on the screen:\n{_text(interface)}")
        await asyncio.sleep(0.1)


def _text(interface: Interface) -> str:
    strips = interface.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        workspace = name_workspace(Path(shutil.copytree(data_file("demo"), Path(folder) / "rooms")))
        try:
            _OUT.write_text(asyncio.run(draw(workspace)), encoding="utf-8")
        finally:
            owner.stop(workspace)


if __name__ == "__main__":
    main()
