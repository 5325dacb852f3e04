"""Two lines in a service: `from workbench.healing.crashes.hook import install` and `install()`."""

from __future__ import annotations

from workbench.healing.crashes.site.workbench_hook import install

__all__ = ["install"]
