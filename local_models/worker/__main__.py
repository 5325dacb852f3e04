"""`python -m local_models.worker`, started by `local_models.worker.client` alone."""

from __future__ import annotations

import sys

from local_models.worker.process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
