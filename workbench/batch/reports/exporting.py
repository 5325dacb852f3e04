"""What somebody reviews elsewhere: each repair as a patch, what speaks for it, what to sign."""

from __future__ import annotations

import json

from workbench.batch.reports.envelope import proposal
from workbench.batch.reports.patches import named, patch
from workbench.batch.result import Repair
from workbench.review.approval.statement import Statement, digest_of_evidence
from workbench.review.script import hash_of


def exported(repairs: tuple[Repair, ...], policy: str) -> dict[str, bytes]:
    """Return three files for each repair; `policy` is the digest of the one in force."""
    files = {}
    for number, one in enumerate(repairs, start=1):
        files[named(number, one)] = patch(one.changes)
        told = json.dumps(proposal(one), indent=1) + "\n"
        files[named(number, one, ".json")] = told.encode("ascii")
        files[named(number, one, ".statement")] = statement(one, policy).encode("ascii")
    return files


def statement(repair: Repair, policy: str) -> str:
    """Return what whoever takes the whole repair signs: ssh-keygen -Y sign -n workbench."""
    rows = {one.path: (hash_of(one.before), hash_of(one.after)) for one in repair.changes}
    return Statement(repair.name, rows, digest_of_evidence(repair.made.evidence), policy).text
