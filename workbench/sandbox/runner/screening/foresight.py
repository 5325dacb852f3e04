"""What libraries of tests find out at their first use, found out once before the forks."""

from __future__ import annotations

import sys
from typing import Any


def foresee(session: Any) -> None:
    """Have hypothesis count the characters that there are: it takes it a second in each process."""
    strategies: Any = sys.modules.get("hypothesis.strategies")
    if strategies is not None and any(map(_is_hypothesis_test, session.items)):
        strategies.text().validate()


def _is_hypothesis_test(item: Any) -> bool:
    return bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))
