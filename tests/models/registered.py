"""What is told of models on their way into a registry."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path


class Told:
    """What progress was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.steps.append((done, total))


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
