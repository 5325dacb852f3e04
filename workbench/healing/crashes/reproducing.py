"""From a crash to something that crashes again in the sandbox: a program to run, or a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec

from workbench.healing.crashes.site.workbench_hook.redacting import REDACTED
from workbench.healing.crashes.values import Crash, Level, Thrown
from workbench.sandbox.job import Script

_CUT = "…"
_TAKE_ONE = ("-W", "-X", "--check-hash-based-pycs")
"""Options of Python that are followed by a value."""
_WAYS = {"": "{}", "generator": "list({})", "coroutine": "asyncio.run({})"}
"""How a call is carried out, by its kind."""
_WITH_INPUT = (
    "import os, sys; os.dup2(os.open(sys.argv[1], os.O_RDONLY), 0);"
    " os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)


class CrashTest(msgspec.Struct, frozen=True):
    """The text of a pytest test that fails as long as the crash is there."""

    name: str
    """The function that it calls, or the program that it runs."""
    text: str


def reproduction(crash: Crash) -> Script | None:
    """Return the program to run in `crash.folder` of the sandbox; None if it cannot be repeated.

    Its input is the file of the project that it was, or else empty.
    """
    arguments = _arguments(crash)
    if arguments is None:
        return None
    if crash.input:
        return Script(("python", "-c", _WITH_INPUT, crash.input, *arguments))
    return Script(("python", *arguments))


def as_tests(crash: Crash) -> Iterator[CrashTest]:
    """Yield tests, smallest first: the innermost call that can be repeated, then the program.

    Whether one fails must be seen in the sandbox: an argument may have changed since the call.
    They are to be run in the project's own folder.
    """
    if not crash.raised:
        return
    first, *led_to_it = crash.raised
    yield from _calls(crash, first)
    if text := _test_of_program(crash):
        yield CrashTest(_title(crash), text)
    for thrown in led_to_it:
        yield from _calls(crash, thrown)


def _calls(crash: Crash, thrown: Thrown) -> Iterator[CrashTest]:
    seen = set[str]()
    for level in reversed(thrown.frames):
        text = _test_of_call(crash, thrown, level)
        if text and text not in seen:
            seen.add(text)
            yield CrashTest(level.function, text)


def _test_of_call(crash: Crash, thrown: Thrown, level: Level) -> str | None:
    """Call a function of a module with the arguments that it had."""
    found, call = _module_of(crash, level), level.call
    if not (found and call and call.kind in _WAYS and _is_reachable(level.function)):
        return None
    (module, root), way = found, _WAYS[call.kind]
    values = [*call.positional, *call.named.values()]
    if not all(map(_is_source, values)):
        return None
    arguments = [*call.positional, *(f"{name}={value}" for name, value in call.named.items())]
    body = [
        _on_path(root),
        f"import {module}",
        "",
        way.format(f"{module}.{level.function}({', '.join(arguments)})"),
    ]
    imports = [*(["import asyncio"] * ("asyncio" in way)), "import os"]
    return _text(thrown, level.function, imports, body)


def _test_of_program(crash: Crash) -> str | None:
    """Run the program again within the test, with its arguments, folder and input."""
    arguments = _arguments(crash)
    how = _run(crash, arguments) if arguments else None
    if how is None:
        return None
    root, argv, call = how
    body = [
        *([f"monkeypatch.chdir({crash.folder!r})"] * (crash.folder != ".")),
        _on_path(root),
        f"monkeypatch.setattr(sys, 'argv', {list(argv)!r})",
        *_input(crash),
        "with contextlib.suppress(SystemExit):",
        f"    {call}",
    ]
    imports = [*("contextlib", "importlib", "io", "os", "runpy", "sys")]
    used = [name for name in imports if re.search(rf"\b{name}\b", "\n".join(body))]
    return _text(crash.raised[0], _title(crash), [f"import {name}" for name in used], body)


def _run(crash: Crash, arguments: tuple[str, ...]) -> tuple[str, tuple[str, ...], str] | None:
    """Return what is on the path, what the program sees as its arguments, and how it is run."""
    script = arguments[0]
    if script == "-m":
        call = f"runpy.run_module({arguments[1]!r}, run_name='__main__', alter_sys=True)"
        return ".", arguments[1:], call
    if not script.startswith("/") and script.endswith(".py"):
        root = str(PurePosixPath(script).parent)
        return root, arguments, f"runpy.run_path({script!r}, run_name='__main__')"
    return _entry_point(crash, arguments)


def _entry_point(
    crash: Crash, arguments: tuple[str, ...]
) -> tuple[str, tuple[str, ...], str] | None:
    """Return the call that a console script makes: the first function in a module."""
    for level in crash.frames:
        found = _module_of(crash, level)
        if found and _is_reachable(level.function):
            name = PurePosixPath(arguments[0]).name
            call = f"importlib.import_module({found[0]!r}).{level.function}()"
            return found[1], (name, *arguments[1:]), call
    return None


def _input(crash: Crash) -> list[str]:
    if crash.input:
        return [f"monkeypatch.setattr(sys, 'stdin', open({crash.input!r}))"]
    return ["monkeypatch.setattr(sys, 'stdin', io.StringIO())"]


def _on_path(root: str) -> str:
    return f"monkeypatch.syspath_prepend(os.path.abspath({root!r}))"


def _text(thrown: Thrown, what: str, imports: list[str], body: list[str]) -> str:
    kind = thrown.kind.rpartition(".")[2]
    about = re.sub(r'[\\"]', "'", thrown.summary)[:80].encode("ascii", "replace").decode()
    lines = [
        *imports,
        "",
        "",
        f"def test_{_word(what)}_does_not_raise_{_word(kind)}(monkeypatch):",
        f'    """It raised {_one_line(about)}."""',
        *(f"    {line}" if line else "" for line in body),
        "",
    ]
    return "\n".join(lines)


def _arguments(crash: Crash) -> tuple[str, ...] | None:
    """Return what came after the interpreter and its options: a script or -m, and what follows."""
    if not crash.command or not _is_python(crash.command[0]):
        return None
    given = list(crash.command[1:])
    while given and given[0].startswith("-") and given[0] not in ("-m", "-c", "-"):
        given = given[2 if given[0] in _TAKE_ONE else 1 :]
    hidden = any(REDACTED in argument for argument in given)
    if not given or hidden or given[0] in ("-c", "-") or given == ["-m"]:
        return None
    return tuple(given)


def _is_python(program: str) -> bool:
    return re.fullmatch(r"(?:pypy|python)[\d.]*", PurePosixPath(program).name) is not None


def _module_of(crash: Crash, level: Level) -> tuple[str, str] | None:
    """Return the name of a level's module, and the folder that it is imported from."""
    if not level.ours:
        return None
    name = level.module
    if not name or name == "__main__":
        arguments = _arguments(crash) or ("",)
        name = arguments[1] if arguments[0] == "-m" else PurePosixPath(level.file).stem
    path = PurePosixPath(level.file).with_suffix("")
    parts = path.parts[:-1] if path.name == "__init__" else path.parts
    tail = tuple(name.split("."))
    if not all(part.isidentifier() for part in tail):
        return None
    if path.name == "__main__" and parts[-len(tail) - 1 : -1] == tail:
        return f"{name}.__main__", str(PurePosixPath(*parts[: -len(tail) - 1]))
    return (name, str(PurePosixPath(*parts[: -len(tail)]))) if parts[-len(tail) :] == tail else None


def _is_reachable(function: str) -> bool:
    """Say whether a function can be called by its name: it is no method and in no other one."""
    return function.isidentifier()


def _is_source(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return REDACTED not in text and _CUT not in text


def _title(crash: Crash) -> str:
    arguments = _arguments(crash) or ("program",)
    return arguments[1] if arguments[0] == "-m" else PurePosixPath(arguments[0]).stem


def _word(text: str) -> str:
    return re.sub(r"\W+|_{2,}", "_", text, flags=re.ASCII).strip("_").lower() or "it"


def _one_line(text: str) -> str:
    return " ".join(text.split())
