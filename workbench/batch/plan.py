"""What a plan can say: limits, outputs, and steps in order. Values alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

Seconds = Annotated[float, Meta(ge=1, le=86_400)]
Names = tuple[str, ...]


class Limits(msgspec.Struct, frozen=True):
    """What all steps together may use."""

    seconds: Seconds | None = None
    """For the whole plan; none is no limit."""
    job_seconds: Seconds | None = None
    """For one job in the sandbox, such as a run of all tests; else the setting counts."""
    candidates: Annotated[int, Meta(ge=1, le=100_000_000)] | None = None
    """For each search, which then looks at no clock."""
    seed: Annotated[int, Meta(ge=0, le=2**53)] | None = None


class Outputs(msgspec.Struct, frozen=True):
    """Where reports go, by paths from the project; empty for those that nobody wants."""

    json: str = ""
    junit: str = ""
    sarif: str = ""
    markdown: str = ""
    patches: str = ""
    """A folder, which is replaced whole."""


SUFFIXES = {
    "json": (".json",),
    "junit": (".xml",),
    "sarif": (".sarif", ".json"),
    "markdown": (".md",),
}
"""How each report's name ends, so that no other kind of file is overwritten by a slip."""


class Step(msgspec.Struct, frozen=True):
    """Something to do."""

    do: ClassVar[str]


class Test(Step, frozen=True):
    """Run the project's tests in the sandbox."""

    __test__: ClassVar[bool] = False
    do = "test"
    tests: Names = ()
    """Files, folders or ids of tests; none means all."""
    arguments: Names = ()
    """For pytest."""


class Heal(Step, frozen=True):
    """Search for repairs of what fails."""

    do = "heal"
    tests: Names = ()
    seconds: Seconds | None = None


class Quality(Step, frozen=True):
    """Measure how complicated code is and what ruff finds in it, before and after."""

    do = "quality"
    scope: Literal["changed", "project"] = "project"
    rules: Names = ("F", "S")
    """Prefixes of ruff's rules."""
    complexity: Annotated[int, Meta(ge=1)] | None = None
    """No function may have more ways through it."""
    maintainability: Annotated[float, Meta(ge=0, le=100)] | None = None
    """No file may be harder to maintain."""
    findings: Annotated[int, Meta(ge=0)] | None = None
    """Ruff may not find more."""
    worse: bool = True
    """Whether what changes may be worse after it than before."""


class ReviewExport(Step, frozen=True):
    """Write what waits for a person as patches with their evidence."""

    do = "review-export"
    to: str = ""


class ApplyApproved(Step, frozen=True):
    """Import approvals that were given elsewhere, and apply what the policy then allows."""

    do = "apply-approved"
    approvals: Names = ()
    """Files, or folders of them."""
    branch: str = ""
    """Commit it on a new branch of this name as well."""


AnyStep = Test | Heal | Quality | ReviewExport | ApplyApproved
STEPS: dict[str, type[AnyStep]] = {
    kind.do: kind for kind in (Test, Heal, Quality, ReviewExport, ApplyApproved)
}
LATER = ("ask", "index", "learn")
"""Steps of which it is known that they come, and that are not there yet."""


@dataclass(frozen=True)
class Plan:
    """What is to be done, and where it is reported."""

    name: str
    """The file's, without its folder."""
    limits: Limits
    outputs: Outputs
    steps: tuple[AnyStep, ...]

    @property
    def is_counted(self) -> bool:
        """Whether searches are limited by candidates, so that the same is found again."""
        return self.limits.candidates is not None

    @property
    def places(self) -> Iterator[tuple[str, str]]:
        """Yield all that is written, by the key that says so."""
        for key, path in msgspec.structs.asdict(self.outputs).items():
            if path:
                yield f"outputs.{key}", path
        for number, step in enumerate(self.steps, start=1):
            if isinstance(step, ReviewExport) and step.to:
                yield f"step {number}.to", step.to
