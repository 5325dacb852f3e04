"""`workbench sandbox`: where code that workbench did not write runs, and a way to run some."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.commands.shared import Group, Invocation
from workbench.errors import ExitCode, SandboxError, UsageError
from workbench.output import Answer, ReaderLeft
from workbench.visible import visible, visible_line

if TYPE_CHECKING:
    from workbench.api import views
    from workbench.api.commands import Pytest, Script, Snippet, Terms
    from workbench.api.events import EngineFinding, JobRan, Printed, RepairProved

_ENGINES = ("docker", "namespaces", "bubblewrap", "landlock")
_LARGEST_SNIPPET = 1024 * 1024
_LONG = 86_400.0
_CANCELLED = "it was cancelled"


@click.group("sandbox", cls=Group)
def command() -> None:
    """Show where tests and repairs run, let it prove itself, and run something in it.

    What runs there sees a snapshot of the project. It cannot change the project, reach the network
    or read what is yours, and all that it writes is thrown away.
    """


@command.command()
@click.pass_obj
def status(invocation: Invocation) -> Answer:
    """Show what boxes are made of, why, and which jobs run. It ends with 5 if nothing will do."""
    from workbench.api.commands import ReadSandbox
    from workbench.commands.calling import ask

    return _described(ask(invocation, ReadSandbox(invocation.load_terms())))


@command.command()
@click.argument("engine", type=click.Choice(_ENGINES), required=False)
@click.pass_obj
def test(invocation: Invocation, engine: str | None) -> Answer:
    """Let every ENGINE, or the one that is named, prove itself from inside."""
    from workbench.api.commands import ExamineSandbox
    from workbench.commands.calling import ask

    sandbox = ask(invocation, ExamineSandbox(invocation.load_terms(), engine or ""))
    wanted = engine or sandbox.engine
    held = any(found.holds for found in sandbox.findings if found.engine == wanted)
    answer = _described(sandbox)
    return answer._replace(exit_code=ExitCode.OK if held else ExitCode.FINDINGS)


@command.command()
@click.option("--save", metavar="FILE", default="", help="Write Docker's image for elsewhere.")
@click.option("--load", metavar="FILE", default="", help="Take in an image that was saved.")
@click.pass_obj
def prepare(invocation: Invocation, save: str, load: str) -> Answer:
    """Have a box ready, and the images that Docker needs for it; none is ever fetched.

    A Docker daemon that does not see this machine's files needs the image that --save writes.
    """
    from workbench.api.commands import PrepareSandbox
    from workbench.commands.calling import ask

    wanted = PrepareSandbox(invocation.load_terms(), _absolute(save), _absolute(load))
    prepared = ask(invocation, wanted)
    fields = {"engine": prepared.engine, "done": prepared.done}
    return Answer(prepared.done[-1], fields, "\n".join(map(visible_line, prepared.done)))


@command.command()
@click.option("--pytest", "way", flag_value="pytest", help="ARGS are those of pytest.")
@click.option("--python", "way", flag_value="python", help="ARGS begin with a Python file, or -.")
@click.option("--wall", metavar="SECONDS", type=click.FloatRange(0.1, _LONG), help="How long.")
@click.option("--no-network", is_flag=True, help="Without even a loopback of its own.")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def run(
    invocation: Invocation,
    way: str | None,
    wall: float | None,
    no_network: bool,
    args: tuple[str, ...],
) -> Answer:
    """Run a program over a snapshot of the project: workbench sandbox run -- make test.

    It ends with 0 if the program did, with 1 if not, with 8 where it met a limit, and with 5 if
    it could not be run.
    """
    from workbench.api.commands import RunInSandbox
    from workbench.commands.calling import ask

    terms = _changed(invocation.load_terms(), wall, no_network=no_network)
    result = ask(invocation, RunInSandbox(_work(way, args), terms, _folder(invocation)))
    return _told(invocation, result)


@command.command()
@click.option("--failing", metavar="TEST", multiple=True, help="A test that it must make pass.")
@click.argument("folder")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def prove(
    invocation: Invocation, failing: tuple[str, ...], folder: str, args: tuple[str, ...]
) -> Answer:
    """Prove a repair: FOLDER is a copy of the project with the repair made. ARGS are pytest's.

    Without --failing it must make every test pass that the project fails. It ends with 0 if the
    repair holds and with 1 if anything speaks against it; nothing is written to the project.
    """
    from workbench.api.commands import ProveRepair
    from workbench.commands.calling import ask

    wanted = ProveRepair(_absolute(folder), invocation.load_terms(), failing, args)
    return _proof(ask(invocation, wanted).proved)


@command.command()
@click.argument("job")
@click.pass_obj
def cancel(invocation: Invocation, job: str) -> Answer:
    """End the JOB that `workbench sandbox status` lists, whoever began it."""
    from workbench.api.commands import CancelJob
    from workbench.commands.calling import ask

    cancelled = ask(invocation, CancelJob(job))
    return Answer(f"Job {cancelled.job} was told to end.", {"job": cancelled.job})


def _proof(proved: RepairProved) -> Answer:
    import msgspec

    summary = "The repair holds." if proved.accepted else "The repair does not hold."
    against = [visible_line(f"{code}: {sentence}") for code, sentence in proved.reasons]
    guards = [visible_line(f"  {test}: {guard}") for test, guard in proved.guards.items()]
    lines = [*against, "Guarded by:", *guards] if guards else against
    lines += [f"Verdict {proved.verdict[:16]}, by {proved.engine} ({proved.level}). {summary}"]
    code = ExitCode.OK if proved.accepted else ExitCode.FINDINGS
    return Answer(summary, msgspec.to_builtins(proved), "\n".join(lines), code)


def _changed(terms: Terms, wall: float | None, *, no_network: bool) -> Terms:
    """Return the terms as the options of this call change them."""
    from msgspec.structs import replace

    terms = replace(terms, wall_seconds=wall) if wall else terms
    return replace(terms, network="none") if no_network else terms


def _work(way: str | None, args: tuple[str, ...]) -> Script | Snippet | Pytest:
    from workbench.api.commands import Pytest, Script, Snippet

    if way == "pytest":
        return Pytest(args)
    if not args:
        raise UsageError("There is nothing to run.", "See `workbench sandbox run --help`.")
    if way == "python":
        name = "stdin.py" if args[0] == "-" else Path(args[0]).name
        return Snippet(_source(args[0]), name, args[1:])
    return Script(args)


def _source(file: str) -> str:
    """Read the snippet here: it need not be a part of the project."""
    try:
        with click.open_file(file, "rb") as opened:
            data: bytes = opened.read(_LARGEST_SNIPPET + 1)
        if len(data) > _LARGEST_SNIPPET:
            raise UsageError(f"{file} is larger than a MiB.", "Run it as a part of the project.")
        return data.decode()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", "Name a file.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text.", "Python source is.") from error


def _folder(invocation: Invocation) -> str:
    """Return where in the project this call is made."""
    try:
        project, here = invocation.workspace.project, Path.cwd()
    except FileNotFoundError:
        return "."
    return str(here.relative_to(project)) if here.is_relative_to(project) else "."


def _absolute(file: str) -> str:
    """Return the path as seen from here: the host stands elsewhere."""
    return os.path.abspath(Path(file).expanduser()) if file else ""  # noqa: PTH100 - links stay


def _described(sandbox: views.Sandbox) -> Answer:
    import msgspec

    name = f"{sandbox.engine} ({sandbox.level})" if sandbox.engine else "none is strong enough"
    interpreter = sandbox.interpreter
    rows = {
        "engine": name,
        "least level": sandbox.minimum,
        "interpreter": f"{interpreter.executable} ({interpreter.version}), {interpreter.origin}",
        "boxes": f"up to {sandbox.boxes}",
        **sandbox.versions,
    }
    lines = [f"{name:<12} {visible_line(value)}" for name, value in rows.items()]
    lines += [visible_line(sentence) for sentence in interpreter.passed_over]
    lines += ["", "What each engine shows:", *map(_finding, sandbox.findings)]
    lines += [f"  {name:<11} was not tried" for name in _ENGINES if name not in _tried(sandbox)]
    lines += ["", "Jobs:"] * bool(sandbox.jobs)
    lines += [_job(job) for job in sandbox.jobs]
    code = ExitCode.OK if sandbox.engine else ExitCode.SANDBOX
    return Answer(f"Engine: {name}.", msgspec.to_builtins(sandbox), "\n".join(lines), code)


def _tried(sandbox: views.Sandbox) -> set[str]:
    return {found.engine for found in sandbox.findings}


def _finding(found: EngineFinding) -> str:
    mark = click.style("holds", fg="green") if found.holds else click.style("fails", fg="red")
    return f"  {found.engine:<11} {mark}  {found.level:<8} {visible_line(found.sentence)}"


def _job(job: views.RunningJob) -> str:
    return f"  {job.id}  {job.stage:<8}  {visible_line(f'{job.actor}: {job.title}')}"


def _told(invocation: Invocation, result: views.JobResult) -> Answer:
    """Print what the job printed, made visible, and after it how the job ended."""
    import msgspec

    ran, printed = result.ran, msgspec.to_builtins(result.output)
    if ran.status == "refused":
        raise SandboxError(ran.reason, "`workbench sandbox status` tells more.")
    summary = _summary(result)
    if invocation.output.as_json:
        fields = {"seq": result.seq, **msgspec.to_builtins(ran), "output": printed}
        return Answer(summary, fields, exit_code=_code(ran))
    with suppress(ReaderLeft):  # The code still tells how it ended.
        if text := visible(_text(result.output)).removesuffix("\n"):
            invocation.output.line(text)
    invocation.output.note(visible_line(summary))
    return Answer(exit_code=_code(ran))


def _text(printed: Printed) -> str:
    from workbench.sandbox.job import Output

    return Output(printed.head, printed.tail, printed.total).text


def _summary(result: views.JobResult) -> str:
    """Say in a line how a job ended, and where."""
    ran = result.ran
    code = f" ({ran.exit})" if ran.exit else ""
    reason = f": {ran.reason}" if ran.reason else ""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in (ran.tests or {}).items())
    tests = f"; {counts}" if counts else f"; tests not counted: {ran.doubt}" if ran.doubt else ""
    place = f"{ran.engine} ({ran.level})" if ran.engine else "nowhere"
    spent = f"{ran.wall:.2f} s, {ran.peak_memory / 1e6:.0f} MB"
    return f"{ran.status}{code}{reason}{tests}; {spent}, {place}, job {ran.job}."


def _code(ran: JobRan) -> ExitCode:
    if ran.reason == _CANCELLED:
        return ExitCode.TERMINATED
    if ran.status == "error" and ran.exit is None:
        return ExitCode.SANDBOX
    return _CODES[ran.status]


_CODES = {
    "ok": ExitCode.OK,
    "failed": ExitCode.FINDINGS,
    "crash": ExitCode.FINDINGS,
    "error": ExitCode.FINDINGS,
    "timeout": ExitCode.BUDGET,
    "memory": ExitCode.BUDGET,
    "output-limit": ExitCode.BUDGET,
    "killed": ExitCode.BUDGET,
}
