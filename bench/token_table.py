"""Writes data/python-tokens.tsv: which tokens follow which in the standard library.

`python -m bench.token_table` counts runs of up to three tokens, names and literals by their kind.
"""

from __future__ import annotations

import sysconfig
from collections import Counter
from pathlib import Path

from workbench.healing.ranking.natural import grams, shape
from workbench.healing.ranking.tokens import tokens

_OUT = Path(__file__).resolve().parent.parent / "data" / "python-tokens.tsv"
_LEFT_OUT = frozenset({"test", "idlelib", "lib2to3", "turtledemo", "site-packages", "encodings"})
_LEAST = 15


def main() -> None:
    """Count, and write what occurs often enough to say something."""
    root = Path(sysconfig.get_paths()["stdlib"])
    counts: Counter[tuple[str, ...]] = Counter()
    for path in sorted(root.rglob("*.py")):
        if not _LEFT_OUT & set(path.relative_to(root).parts):
            text = path.read_text(encoding="utf-8", errors="replace")
            counts += grams([shape(token) for token in tokens(text)])
    frequent = sorted(run for run, count in counts.items() if count >= _LEAST)
    lines = ("\t".join([*map(_shown, run), str(counts[run])]) for run in frequent)
    _OUT.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(f"{len(frequent)} runs, {_OUT.stat().st_size} bytes")


def _shown(token: str) -> str:
    return token.replace("\n", "\\n")


if __name__ == "__main__":
    main()
