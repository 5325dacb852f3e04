"""The process that reads relations: whoever ends it costs no file."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from workbench.knowledge.graph.process import Extractor
from workbench.knowledge.reading.values import Ask


async def test_a_process_that_was_killed_costs_no_file(tmp_path: Path) -> None:
    (tmp_path / "cart.py").write_text("import os\n\n\ndef total():\n    return os.getpid()\n")
    extractor = Extractor()
    try:
        before = await extractor.read(Ask(str(tmp_path), "cart.py"), "cart.py", "s")
        assert before.defined
        os.kill(extractor.pid, signal.SIGKILL)
        assert await extractor.read(Ask(str(tmp_path), "cart.py"), "cart.py", "s") == before
    finally:
        await extractor.close()
