"""All reports, by the key of the plan that asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workbench.batch.reports.envelope import envelope
from workbench.batch.reports.junit import junit
from workbench.batch.reports.markdown import markdown
from workbench.batch.reports.sarif import sarif
from workbench.batch.result import Result

REPORTS: Mapping[str, Callable[[Result], bytes]] = {
    "json": envelope,
    "junit": junit,
    "sarif": sarif,
    "markdown": markdown,
}
