"""Whether an index agrees with itself."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from workbench.api.passages import Checked
from workbench.knowledge.finding import sealing
from workbench.knowledge.finding.stock import Stock
from workbench.visible import visible_line

_MOST_PROBLEMS = 5


async def checked(stock: Stock, *, has_vectors: bool, is_filling: bool) -> Checked:
    """Look at all of it; vectors that are being made are waited for and no damage."""
    problems = await _look_at_rows(stock)
    problems += await asyncio.to_thread(_look_at_words, stock)
    missing = len(stock.without_vectors()) if has_vectors else 0
    if missing and not is_filling:
        problems.append(f"{missing} passages have no vector.")
    told, living = tuple(problems[:_MOST_PROBLEMS]), stock.catalogue.living
    return Checked(not problems, living, told, missing if is_filling else 0)


async def _look_at_rows(stock: Stock) -> list[str]:
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


def _look_at_words(stock: Stock) -> list[str]:
    problems = []
    for sheaf in stock.wording.sheaves:
        try:
            sealing.check(Path(sheaf.folder))
        except (sealing.Damaged, OSError) as damage:
            problems.append(f"Words are damaged: {visible_line(str(damage))}.")
    return problems
