"""`python -m bench heal [SET ...]`: repair bugs that have a known repair, and judge what comes."""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import groupby
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path

from bench.harness import Row
from bench.healing.bug import Bug, corpus_folder, load, set_names
from bench.healing.figures import rows
from bench.healing.frozen import source
from bench.healing.layout import lay_out
from bench.healing.outcome import Outcome, append, done, measure, read
from bench.machine import machine
from bench.page import HEALING, renewed, table

Task = tuple[str, Bug]


def main(arguments: Sequence[str]) -> int:
    """Do what was asked for; whatever the figures, the exit status is 0."""
    args = _parser().parse_args(arguments)
    tasks = list(_tasks(args))
    if args.lay_out:
        for _, bug in tasks:
            lay_out(bug, args.corpus, args.lay_out / bug.name)
        return 0
    file = args.to or args.corpus / "outcomes" / f"{'-'.join(args.set) or 'all'}.jsonl"
    if not args.resume:
        file.unlink(missing_ok=True)
    left = [one for one in tasks if (one[0], one[1].name) not in done(read(file))]
    with source(args.at) as code:
        _measure(left, args, code, file)
    sections = _sections(read(file))
    print(table(sections))
    if args.page:
        _write(sections)
    return 0


def _write(sections: Sequence[tuple[str, Sequence[Row]]]) -> None:
    """Renew what was measured on the page; what is known of other sets stays."""
    text = HEALING.read_text(encoding="utf-8")
    for section in sections:
        text = renewed(text, section, f"python -m bench heal {section[0]} --page", machine()[0])
    HEALING.write_text(text, encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("bench heal", description=__doc__)
    parser.add_argument("set", nargs="*", help="sets of the corpus; all, if none is named")
    parser.add_argument("--corpus", type=Path, default=corpus_folder(), help="where they lie")
    parser.add_argument("--jobs", type=int, default=1, help="how many at once, a core each")
    parser.add_argument("--budget", type=float, default=60.0, help="seconds a bug")
    parser.add_argument("--limit", type=int, help="so many of each set, picked at random")
    parser.add_argument("--seed", type=int, default=0, help="of the order in which they come")
    parser.add_argument("--only", action="append", default=[], help="bugs with this in the name")
    parser.add_argument("--to", type=Path, help="where outcomes go, a JSON line each")
    parser.add_argument("--resume", action="store_true", help="skip what has an outcome there")
    parser.add_argument("--page", action="store_true", help="renew docs/benchmarks-healing.md")
    parser.add_argument("--at", metavar="COMMIT", help="measure this; else the working tree")
    parser.add_argument("--lay-out", type=Path, help="only make the projects, in this folder")
    return parser


def _tasks(args: argparse.Namespace) -> Iterator[Task]:
    for name in args.set or set_names(args.corpus):
        bugs = [bug for bug in load(args.corpus, name) if _is_wanted(bug, args.only)]
        random.Random(args.seed).shuffle(bugs)  # noqa: S311 a sample, no secret
        yield from ((name, bug) for bug in bugs[: args.limit])


def _is_wanted(bug: Bug, only: Sequence[str]) -> bool:
    return not only or any(part in bug.name for part in only)


def _measure(tasks: Sequence[Task], args: argparse.Namespace, code: Path, file: Path) -> None:
    context = get_context("spawn")
    cores: Queue[int] = context.Queue()
    for core in sorted(os.sched_getaffinity(0), reverse=True)[: args.jobs]:
        cores.put(core)
    with ProcessPoolExecutor(args.jobs, context, _take_core, (cores,)) as pool:
        running = [pool.submit(measure, *task, args.corpus, args.budget, code) for task in tasks]
        for number, future in enumerate(as_completed(running), 1):
            outcome = future.result()
            append(file, outcome)
            print(f"{number}/{len(tasks)} {_line(outcome)}", file=sys.stderr)


def _take_core(cores: Queue[int]) -> None:
    """Keep this process, and all it starts, on one core of its own."""
    os.sched_setaffinity(0, {cores.get()})


def _line(outcome: Outcome) -> str:
    rank = f"right at {outcome.rank}" if outcome.rank else "missed"
    first = "" if outcome.first is None else f", first after {outcome.first:.1f} s"
    why = f": {outcome.why}" if outcome.why else ""
    return f"{outcome.set}/{outcome.bug} {rank}{first}{why}"


def _sections(outcomes: list[Outcome]) -> list[tuple[str, list[Row]]]:
    ordered = sorted(outcomes, key=lambda one: one.set)
    groups = [(name, list(found)) for name, found in groupby(ordered, lambda one: one.set)]
    return [(name, rows(name, found)) for name, found in groups]
