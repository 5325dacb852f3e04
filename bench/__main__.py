"""`python -m bench [NAME]`: measure, print, and with all of them write docs/benchmarks.md.

`python -m bench heal [SET ...]` repairs the bugs of a corpus, which takes hours.
"""

from __future__ import annotations

import argparse
import compileall
import sys
import sysconfig
from collections.abc import Iterable

from bench import (
    applying,
    batch,
    boxes,
    chatting,
    demo,
    embedding,
    finding,
    generating,
    headers,
    keys,
    library,
    million,
    paint,
    reading,
    reviewing,
    saving,
    screening,
    snapshots,
    staffing,
    start,
    transcript,
    watching,
    writers,
)
from bench.harness import Bench, Row
from bench.healing import main as healing
from bench.home import Unmeasured, clean_environment
from bench.machine import machine
from bench.page import PAGE, page, renewed, table

BENCHES: dict[str, tuple[str, Bench]] = {
    "start": ("The command line starts", start.measure),
    "paint": ("The interface paints", paint.measure),
    "keys": ("Keys and the wire", keys.measure),
    "writers": ("Four clients write", writers.measure),
    "million": ("A million events", million.measure),
    "boxes": ("Candidates in the sandbox", boxes.measure),
    "screening": ("Candidates in the screening lane", screening.measure),
    "transcript": ("An answer is written on the Chat screen", transcript.measure),
    "reading": ("An installed environment is read", reading.measure),
    "library": ("A person searches on the Knowledge screen", library.measure),
    "reviewing": ("A person reviews", reviewing.measure),
    "batch": ("Headless use", batch.measure),
    "saving": ("A crash is saved", saving.measure),
    "demo": ("The demo opens", demo.measure),
    "watching": ("Following a large project, reading a log", watching.measure),
    "applying": ("What was accepted is written and undone", applying.measure),
    "headers": ("Model headers", headers.measure),
    "generating": ("A local model generates", generating.measure),
    "chatting": ("Conversations", chatting.measure),
    "staffing": ("An answer streams through the host", staffing.measure),
    "embedding": ("Embedding", embedding.measure),
    "finding": ("What was read is found", finding.measure),
    "snapshots": ("Snapshots of a large project", snapshots.measure),
}
_OURS = ("workbench", "screens", "widgets", "local_models")


def main() -> int:
    """Run what was asked for; whatever the figures, only what could not be measured fails."""
    if sys.argv[1:2] == ["heal"]:
        return healing.main(sys.argv[2:])
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHES, help="one bench, printed only")
    parser.add_argument("--write", action="store_true", help="renew its section of the page")
    parser.add_argument("--large", action="store_true", help="a million passages too")
    parser.add_argument("--list", action="store_true", help="name the benches")
    args = parser.parse_args()
    finding.large = args.large
    if args.list:
        print("\n".join(f"{name:9} {title}" for name, (title, _) in BENCHES.items()))
        return 0
    return _run([args.name] if args.name else list(BENCHES), write=args.write or not args.name)


def _run(names: list[str], *, write: bool) -> int:
    where = machine()
    _compile()
    with clean_environment():
        sections = [(BENCHES[name][0], _measure(name)) for name in names]
    print(table(sections))
    if write and len(names) == 1:
        command = f"python -m bench {names[0]}" + " --large" * finding.large
        text = renewed(PAGE.read_text(encoding="utf-8"), sections[0], command, where[0])
        PAGE.write_text(text, encoding="utf-8")
    elif write:
        PAGE.write_text(page(sections, where), encoding="utf-8")
    return int(any(row.missing for _, rows in sections for row in rows))


def _measure(name: str) -> list[Row]:
    print(f"measuring {name}", file=sys.stderr)
    title, bench = BENCHES[name]
    try:
        return bench()
    except Unmeasured as problem:
        return [Row(title, str(problem), missing=True)]


def _compile(packages: Iterable[str] = _OURS) -> None:
    for folder in (*packages, sysconfig.get_path("purelib")):
        compileall.compile_dir(folder, quiet=2)


if __name__ == "__main__":
    sys.exit(main())
