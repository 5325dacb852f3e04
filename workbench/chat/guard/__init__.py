"""What stands between a model and all else: secrets out, data marked, acts decided by code."""

from __future__ import annotations

from workbench.chat.guard.marking import RULE, as_data
from workbench.chat.guard.policy import Decision, Edit, Fetch, Policy, Read, Run, Search, decide
from workbench.chat.guard.redacting import holds_secrets, redact
from workbench.healing.crashes.site.workbench_hook.redacting import REDACTED

__all__ = [
    "REDACTED",
    "RULE",
    "Decision",
    "Edit",
    "Fetch",
    "Policy",
    "Read",
    "Run",
    "Search",
    "as_data",
    "decide",
    "holds_secrets",
    "redact",
]
