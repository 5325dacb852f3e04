"""A bare fork server: what the sandbox's runner would be with nothing that keeps a job apart.

It warms up as the runner does, forks for each candidate, runs it in a new folder and reads what it
prints; there is no isolation, no limit, no record and no watch. `python bare_fork.py FOLDER TEST`
answers each line on its input, `pytest` or `direct`, with a line.
"""

from __future__ import annotations

import gc
import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path


def main(project: str, test: str) -> None:
    """Serve until the input ends."""
    import pytest
    from _pytest.config import default_plugins

    for name in default_plugins:
        importlib.import_module(f"_pytest.{name}")
    sys.dont_write_bytecode = True
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    gc.collect()
    gc.freeze()
    gc.disable()
    jobs = {
        "pytest": lambda: pytest.main(["-pno:cacheprovider", "-q"]),
        "direct": lambda: _direct(test),
    }
    print("ready", flush=True)
    for line in sys.stdin:
        print(_run(jobs[line.strip()], project), flush=True)


def _run(job: object, project: str) -> int:
    folder = tempfile.mkdtemp(dir="/dev/shm")
    shutil.copytree(project, folder, dirs_exist_ok=True)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _be_the_job(job, folder, writing)
    os.close(writing)
    while os.read(reading, 1 << 16):
        pass
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    shutil.rmtree(folder)
    return os.waitstatus_to_exitcode(status)


def _be_the_job(job: object, folder: str, writing: int) -> None:
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    os.chdir(folder)
    sys.path.insert(0, folder)
    gc.enable()
    code = job()  # type: ignore[operator]
    sys.stdout.flush()
    os._exit(int(code or 0))


def _direct(test: str) -> None:
    path, name = test.split("::")
    getattr(importlib.import_module(Path(path).stem), name)()


if __name__ == "__main__":
    main(*sys.argv[1:])
