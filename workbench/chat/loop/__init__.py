"""Think before acting: tasks are analysed, planned, done step by step, and looked back on."""

from __future__ import annotations

from workbench.chat.loop.task import Task

__all__ = ["Task"]
