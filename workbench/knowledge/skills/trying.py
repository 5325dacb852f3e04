"""The tests of a skill, run in the sandbox: nothing of it is ever run anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from workbench.api.commands import Terms
from workbench.api.remembering import Trial
from workbench.errors import Interrupted, SandboxError
from workbench.sandbox import telling, terms
from workbench.sandbox.job import File, Job, Pytest, Result
from workbench.sandbox.plan import Level
from workbench.sandbox.proving import Workshop
from workbench.sandbox.running import Abandoned, Running
from workbench.sandbox.service import Asker, Service

_FOLDER = "skill"
_PASSED = frozenset({"passed", "xfailed"})
_FAILED = frozenset({"failed", "error", "xpassed"})


async def try_skill(
    sandbox: Service, asker: Asker, asked: Terms, skill: str, files: Mapping[str, bytes]
) -> Trial:
    """Return what the tests among some files do; where nothing can be run, that is said."""
    job = sandbox.jobs.begin("skill", skill, asker.actor)
    try:
        shop = await sandbox.workshop(job, asked, asker)
        result = await sandbox.jobs.work(job, partial(_run, shop, job, files))
        return await sandbox.jobs.beside(partial(_trial, shop, job.name, files, result))
    except Abandoned:
        raise Interrupted("The tests of the skill were cancelled.") from None
    except SandboxError as error:
        return Trial(0, 0, "", "none", job.name, error.sentence)
    finally:
        sandbox.jobs.end(job)


def _run(shop: Workshop, job: Running, files: Mapping[str, bytes]) -> Result:
    return shop.pool.run(shop.plan, _job(files), shop.policy, handle=job.handle)


def _job(files: Mapping[str, bytes]) -> Job:
    """Return a run of pytest over the files of the skill and nothing else."""
    edits = {path: File(content) for path, content in files.items()}
    return Job(Pytest(), edits=edits, folder=_FOLDER)


def _trial(shop: Workshop, job: str, files: Mapping[str, bytes], result: Result) -> Trial:
    tested = telling.tested(_job(files), result)
    passed = sum(case.outcome in _PASSED for case in tested.cases)
    failing = [case for case in tested.cases if case.outcome in _FAILED]
    problem = tested.doubt or ("" if tested.counts is not None else _why(result))
    if failing and not problem:
        problem = f"{failing[0].id}: {failing[0].message}".splitlines()[0]
    level = terms.name_of(Level(shop.level))
    return Trial(passed, len(failing), shop.pool.engine, level, job, problem)


def _why(result: Result) -> str:
    return result.reason or f"The tests ended as {result.status}."
