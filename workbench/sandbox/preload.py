"""What a runner imports before its first job: packages that the tests import, not the project."""

from __future__ import annotations

from workbench.sandbox.interpreter import imported_packages
from workbench.sandbox.snapshot import Snapshot, Store

_Tests = dict[str, str]
"""The content of each test file, by path."""


class Preload:
    """Finds it out anew only when a test has changed, since a box must go for every change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: tuple[_Tests, tuple[str, ...]] = ({}, ())

    def of(self, snapshot: Snapshot) -> tuple[str, ...]:
        tests = {
            path: entry.content
            for path, entry in snapshot.entries.items()
            if entry.kind != "link" and _is_test(path)
        }
        if tests != self._known[0]:
            self._known = (tests, self._imported(snapshot, tests))
        return self._known[1]

    def _imported(self, snapshot: Snapshot, tests: _Tests) -> tuple[str, ...]:
        contents = {path: self._store.read(snapshot, path) for path in tests}
        return imported_packages(contents, snapshot.entries)


def _is_test(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name == "conftest.py" or (
        name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))
    )
