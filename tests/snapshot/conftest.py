"""Pictures of the interface: an SVG to look at, and its text to read in a diff."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from screens.interface import Interface
from tests.pilot.conftest import noon as noon  # noqa: PLC0414 - a fixture for this ring as well
from tests.pilot.conftest import screen_text
from tests.snapshot.svg import picture

COLOURS = {"true": "dark", "16": "16-colour", "none": "no-colour"}


class Svg(SingleFileSnapshotExtension):
    """A picture."""

    _file_extension = "svg"
    _write_mode = WriteMode.TEXT


class Text(SingleFileSnapshotExtension):
    """What can be read on it."""

    _file_extension = "txt"
    _write_mode = WriteMode.TEXT


Compare = Callable[[Interface], None]


@pytest.fixture
def compare(snapshot: SnapshotAssertion) -> Compare:
    """Return what compares the screen with what was accepted before."""

    def compare_it(interface: Interface) -> None:
        text = snapshot.use_extension(cast("type", Text))
        svg = snapshot.use_extension(cast("type", Svg))
        assert screen_text(interface) == text
        assert picture(interface) == svg

    return compare_it
