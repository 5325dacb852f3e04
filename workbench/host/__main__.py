"""`python -m workbench.host PROJECT READY [SETTING…]`: become the host and report to READY."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Go into the background before anything heavy is imported, then be the host."""
    if os.fork():
        os._exit(0)
    from workbench.host.process import run

    run(sys.argv[1], int(sys.argv[2]), sys.argv[3:])


main()
