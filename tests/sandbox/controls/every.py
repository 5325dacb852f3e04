"""All controls, by family."""

from __future__ import annotations

from tests.sandbox.cases import Control

CONTROLS: tuple[Control, ...] = (Control("nothing", "print('fine')"),)
