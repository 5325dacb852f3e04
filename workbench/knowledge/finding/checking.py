"""Whether an index agrees with itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

from workbench.knowledge.finding import sealing
from workbench.knowledge.finding.stock import Stock
from workbench.visible import visible_line


async def look_at_rows(stock: Stock) -> list[str]:
    """Hold each row against the catalogue and its text against its digest."""
    catalogue, problems, seen = stock.catalogue, [], 0
    async for rows in stock.table.batches():
        for number, piece in rows:
            if number >= catalogue.next or not catalogue.alive[number]:
                problems.append(f"A row is of no file: {visible_line(piece.path)}.")
            elif hashlib.sha256(piece.text.encode()).hexdigest() != piece.digest:
                problems.append(f"A text is damaged: {visible_line(piece.path)}.")
            else:
                seen += 1
    if seen != catalogue.living:
        problems.append(f"{catalogue.living - seen} passages are missing.")
    return problems


def look_beside(stock: Stock, *, with_vectors: bool) -> list[str]:
    """Look at the words, and whether each passage has the vector that it should have."""
    problems = []
    for sheaf in stock.wording.sheaves:
        try:
            sealing.check(Path(sheaf.folder))
        except (sealing.Damaged, OSError) as damage:
            problems.append(f"Words are damaged: {visible_line(str(damage))}.")
    missing = len(stock.without_vectors()) if with_vectors else 0
    return [*problems, f"{missing} passages have no vector."] if missing else problems
