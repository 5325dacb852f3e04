"""A process that owns boxes, to be killed.

`python -m tests.sandbox.owner ENGINE MOMENT MARK PLACE` prints `ready` when the moment has come:
its boxes are `idle`, or a job is `busy` in one.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from tests.sandbox.cases import PRELUDE, ROOMY
from tests.sandbox.course import furnished
from tests.sandbox.remains import bearers
from workbench.sandbox.job import Job, Snippet
from workbench.sandbox.pool import Pool

_BUSY = """
import signal, time
MARK = sys.argv[1]
mark()
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        break
while True:
    time.sleep(0.01)
    print("output", flush=True)
"""
_MARKED = 6


def own(engine: str, moment: str, mark: str, place: Path) -> None:
    with furnished(place) as (plan, tree), Pool(engine, 2) as pool:
        pool.warm(plan)
        if moment == "once":
            return
        if moment == "busy":
            job = Job(Snippet(PRELUDE + _BUSY, "busy.py", (mark,)), tree=tree)
            threading.Thread(target=pool.run, args=(plan, job, ROOMY), daemon=True).start()
            while len(bearers(mark)) < _MARKED:
                time.sleep(0.01)
        print("ready", flush=True)
        time.sleep(60)


if __name__ == "__main__":
    own(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
