"""What somebody reviews elsewhere: each repair as a patch, and what speaks for and against it."""

from __future__ import annotations

import json

from workbench.batch.reports.envelope import proposal
from workbench.batch.reports.patches import named, patch
from workbench.batch.result import Repair


def exported(repairs: tuple[Repair, ...]) -> dict[str, bytes]:
    """Return two files for each repair."""
    files = {}
    for number, one in enumerate(repairs, start=1):
        files[named(number, one)] = patch(one.changes)
        told = json.dumps(proposal(one), indent=1) + "\n"
        files[named(number, one, ".json")] = told.encode("ascii")
    return files
