"""An error that crossed a wire is the kind that it was, whatever other modules define."""

from __future__ import annotations

import pytest

from workbench import errors
from workbench.errors import ExitCode, WorkbenchError
from workbench.healing.watching.kernel import NoMoreWatches


@pytest.mark.parametrize(
    "kind",
    [one for one in WorkbenchError.__subclasses__() if one.__module__ == errors.__name__],
    ids=lambda kind: kind.__name__,
)
def test_a_kind_of_error_is_known_again_by_its_exit_code(kind: type[WorkbenchError]) -> None:
    assert errors.by_exit_code(kind.exit_code) is kind


def test_what_a_module_defines_for_itself_is_not_mistaken_for_a_defect() -> None:
    assert NoMoreWatches.exit_code == ExitCode.DEFECT
    assert errors.by_exit_code(ExitCode.DEFECT) is errors.Defect
    assert errors.by_exit_code(99) is errors.Defect
