"""What a job does once it is shut in: run a program, a snippet, pytest, or test functions."""

from __future__ import annotations

import atexit
import gc
import importlib
import inspect
import os
import random
import sys
import tempfile
import traceback
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec
from typing import Any

HARNESS_FAILED = 97
NO_MEMORY = 98
_LONGEST = 2000


def have(environment: dict[str, str]) -> None:
    """Have this environment; what is there already is not written to."""
    for name in [name for name in os.environ if name not in environment]:
        del os.environ[name]
    for name, value in environment.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def open_streams() -> None:
    """Let Python print to descriptors 1 and 2, whatever they are when a job begins."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        mode = "w" if number else "r"
        file = open(  # noqa: SIM115 - it stays open
            number, mode, encoding="utf-8", errors="backslashreplace", closefd=False
        )
        setattr(sys, name, file)
        setattr(sys, f"__{name}__", file)


def forget() -> None:
    """Make the forked interpreter one that has just begun, as far as its job does not matter.

    It touches as little as it can: each page of memory that is written to is copied.
    """
    atexit._clear()  # noqa: SLF001 - nothing else forgets what the runner registered
    os.umask(0o022)
    tempfile.tempdir = None
    tempfile._name_sequence = None  # type: ignore[attr-defined]  # noqa: SLF001 - or names repeat


def settle(job: dict[str, Any], project: str, in_place: InPlace) -> None:
    """Begin where the job is to begin."""
    os.chdir(os.path.normpath(f"{project}/{job['cwd']}"))
    random.seed(job["seed"])
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed((job["seed"] or 0) & 0xFFFFFFFF)
    in_place.find_in(project)
    gc.enable()


class InPlace:
    """What is installed from the live project's own folder, which is not there in a box."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._paths = [path[len(origin) :] for path in _named_by_pth() if self._is_in(path)]
        finders = [sys.modules[name] for name in sys.modules if name.startswith("__editable__")]
        self._mappings = [getattr(finder, "MAPPING", {}) for finder in finders]

    def _is_in(self, path: str) -> bool:
        return bool(self._origin) and (path + "/").startswith(self._origin + "/")

    def find_in(self, project: str) -> None:
        """Let it be found in the snapshot instead."""
        sys.path += [project + path for path in self._paths]
        for mapping in self._mappings:
            for name, path in mapping.items():
                if self._is_in(path):
                    mapping[name] = project + path[len(self._origin) :]


def _named_by_pth() -> list[str]:
    """Return the folders that are named in the path files of the interpreter."""
    folders = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    files = [f"{one}/{name}" for one in folders for name in _listed(one) if name.endswith(".pth")]
    found = []
    for path in files:
        with open(path, encoding="utf-8", errors="replace") as file:
            found += [line.strip() for line in file if line.startswith("/")]
    return found


def _listed(folder: str) -> list[str]:
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def run(job: dict[str, Any], project: str, records: int, peer: int | None) -> int:
    """Do the job; return the exit status."""
    code = _do(job, project, records, peer)
    if "source" in job["work"]:
        _end_as_python_does()
    return code


def _do(job: dict[str, Any], project: str, records: int, peer: int | None) -> int:
    try:
        return _KINDS[job["kind"]](job["work"], job, project, records, peer)
    except SystemExit as end:
        return _exit_code(end)
    except MemoryError:
        return NO_MEMORY
    except BaseException:
        traceback.print_exc()
        return 1


def _end_as_python_does() -> None:
    """Wait for the threads of a script, and then do what it wanted done at its end."""
    if "threading" in sys.modules:
        sys.modules["threading"]._shutdown()  # noqa: SLF001 - Python's own end calls both
    atexit._run_exitfuncs()  # noqa: SLF001 - as above


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return (end.code or 0) & 0xFF
    print(end.code, file=sys.stderr)
    return 1


def _script(
    work: dict[str, Any], _job: dict[str, Any], project: str, _records: int, _peer: int | None
) -> int:
    if "argv" in work:
        argv = list(work["argv"])
        if argv[0] == "python":
            argv[0] = sys.executable
        try:
            os.execvp(argv[0], argv)
        except OSError as error:
            print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
            return 127
    name = work["name"]
    sys.argv = [name, *work["arguments"]]
    sys.path.insert(0, project)
    module = type(sys)("__main__")
    module.__dict__.update(__file__=f"{project}/{name}", __builtins__=__builtins__)
    sys.modules["__main__"] = module
    exec(compile(work["source"], name, "exec", dont_inherit=True), module.__dict__)
    return 0


_HARNESS = frozenset({"_pytest", "pluggy", "pytest"})


def put_own_first(project: str) -> None:
    """Have the project's own packages imported, not what is installed under the same name.

    They come behind the standard library. What a plug-in brought with it when it was imported
    ahead is forgotten.
    """
    roots = [path for path in (project, f"{project}/src") if os.path.isdir(path)]
    places = (at for at, path in enumerate(sys.path) if path.endswith("-packages"))
    at = next(places, len(sys.path))
    sys.path[at:at] = roots
    own = {_package(entry) for root in roots for entry in os.scandir(root)} - _HARNESS
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if name.partition(".")[0] in own and "-packages/" in file:
            del sys.modules[name]


def _package(entry: os.DirEntry[str]) -> str:
    """Return what an entry of a folder can be imported as."""
    if entry.name.endswith(".py"):
        return entry.name[: -len(".py")]
    return entry.name if os.path.exists(f"{entry.path}/__init__.py") else ""


def pass_for_pytest() -> None:
    """Be what `python -m pytest` is to code that looks: programs differ from prompts by a file."""
    spec = find_spec("pytest.__main__")
    if spec is None or spec.origin is None:
        return
    module = module_from_spec(spec)
    module.__name__ = "__main__"
    sys.modules["__main__"] = module
    sys.argv = [spec.origin]


def _pytest(
    work: dict[str, Any], job: dict[str, Any], project: str, records: int, peer: int | None
) -> int:
    put_own_first(project)
    pass_for_pytest()
    import pytest

    from .endless import Endless
    from .plugin import Recorder

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    strays = None
    if peer is not None:
        from .split import import_from

        modules = work["split"].items()
        paths = {name: path and f"{project}/{path}" for name, path in modules}
        strays = import_from(peer, paths)
    recorder = Recorder(records, job["nonce"], work["shuffle"], strays)
    endless = Endless(frozenset(work["endless"]))
    plugins = {name: sys.modules[name] for name in work["plugins"] if name in sys.modules}
    arguments = ["-pno:cacheprovider", "--continue-on-collection-errors", *work["arguments"]]
    brief = ["--tb=native"] if work["brief"] else []
    alone = ["-n0"] if "xdist.plugin" in plugins else []
    code = int(
        pytest.main(arguments + brief + alone, plugins=[endless, recorder, *plugins.values()])
    )
    recorder.finish(code)
    return code


def _serve(
    work: dict[str, Any], _job: dict[str, Any], project: str, _records: int, peer: int | None
) -> int:
    from .split import serve

    if peer is None:
        raise ValueError("there is no other half")
    return serve(peer, [os.path.normpath(f"{project}/{root}") for root in work["roots"]])


def _screen(
    work: dict[str, Any], _job: dict[str, Any], project: str, _records: int, peer: int | None
) -> int:
    from .screening.hub import screen

    if peer is None:
        raise ValueError("nobody hands in candidates")
    return screen(work, project, peer)


def _direct(
    work: dict[str, Any], job: dict[str, Any], project: str, records: int, _peer: int | None
) -> int:
    """Call test functions that need nothing of pytest; what needs more is told, not run."""
    sys.path[:0] = [path for path in (project, f"{project}/src") if os.path.isdir(path)]
    failed = 0
    for test in work["ids"]:
        outcome, text = _call(test, project)
        failed += outcome != "passed"
        _tell(records, {"n": job["nonce"], "id": test, "outcome": outcome, "text": text})
        if failed and work["stop_at_first"]:
            break
    return 1 if failed else 0


def _call(test: str, project: str) -> tuple[str, str]:
    try:
        function = _find(test, project)
    except BaseException as error:
        return "error", _last_line(error)
    if function is None:
        return "unsupported", "it needs pytest"
    try:
        function()
    except MemoryError:
        os._exit(NO_MEMORY)
    except BaseException as error:
        if type(error).__name__ == "Skipped":
            return "skipped", _last_line(error)
        return "failed", _last_line(error)
    return "passed", ""


def _find(test: str, project: str) -> Callable[[], Any] | None:
    path, *names = test.split("::")
    target: Any = _import_file(path, project)
    for name in names[:-1]:
        target = getattr(target, name)
    if isinstance(target, type) and _is_test_case(target):
        return lambda: target(names[-1]).debug()
    function = getattr(target() if isinstance(target, type) else target, names[-1], None)
    return function if function is not None and _is_plain(function) else None


def _is_test_case(kind: type) -> bool:
    return any(base.__module__ == "unittest.case" for base in kind.__mro__)


def _is_plain(function: Any) -> bool:
    marked = getattr(function, "pytestmark", None)
    return not marked and not inspect.signature(function).parameters


def _import_file(path: str, project: str) -> Any:
    """Import a test file as pytest's `prepend` does."""
    folder, parts = os.path.dirname(path), [os.path.basename(path)[: -len(".py")]]
    while os.path.exists(f"{project}/{folder}/__init__.py") and folder:
        folder, _, name = folder.rpartition("/")
        parts.insert(0, name)
    root = os.path.normpath(f"{project}/{folder}")
    if root not in sys.path:
        sys.path.insert(0, root)
    return importlib.import_module(".".join(parts))


def _tell(descriptor: int, record: dict[str, Any]) -> None:
    import json

    data = memoryview(json.dumps(record).encode() + b"\n")
    while data:
        data = data[os.write(descriptor, data) :]


def _last_line(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(type(error), error)).strip()[-_LONGEST:]


_KINDS = {
    "script": _script,
    "pytest": _pytest,
    "direct": _direct,
    "serve": _serve,
    "screen": _screen,
}
