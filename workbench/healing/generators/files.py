"""Files, encodings and JSON: where a file is, how it is read, which of two functions reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import POSTFIX, Draft, Slot
from workbench.healing.drafting.crash import Crash, imported, told
from workbench.healing.generators.arguments import added, callee
from workbench.healing.ground import Ground
from workbench.splice import Edit

_OPENING = frozenset({"open", "read_text", "write_text", "fdopen", "TextIOWrapper"})
_SWAPPED = {"load": "loads", "loads": "load", "dump": "dumps", "dumps": "dump"}


def of_failure(ground: Ground) -> Iterator[Candidate]:
    rules = {"UnicodeError": _encoding, "FileNotFoundError": _missing, "FileExistsError": _there}
    more = {"TypeError": _json, "AttributeError": _json, "UnsupportedOperation": _mode}
    return told("files", ground, {**rules, **more, "IsADirectoryError": _folder})


def _calls(crash: Crash) -> Iterator[tuple[Slot, ast.Call]]:
    for slot in crash.slots(ast.Call):
        if isinstance(slot.node, ast.Call):
            yield slot, slot.node


def _encoding(crash: Crash) -> Iterator[Draft]:
    """Read and write as UTF-8, or pass over what is not."""
    around = crash.function or crash.module.tree
    for node in ast.walk(around):
        if isinstance(node, ast.Call) and callee(node) in _OPENING:
            yield from _opened(crash, node)
        if isinstance(node, ast.Call) and callee(node) in {"decode", "encode"}:
            yield from _coded(crash, node)


def _opened(crash: Crash, call: ast.Call) -> Iterator[Draft]:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    ways = (('encoding="utf-8"', 0.5), ('encoding="latin-1"', 0.12), ('encoding="utf-8-sig"', 0.08))
    if "encoding" in given:
        slot = Slot(given["encoding"], call, "keywords")
        for text, prior in (('"utf-8"', 0.5), ('"latin-1"', 0.15), ('"utf-8-sig"', 0.1)):
            yield crash.put(slot, text, prior, "encoding")
    else:
        for text, prior in ways:
            yield Draft(prior, "encoding", text, (added(crash.bench, call, text),))
    for text, prior in (('errors="replace"', 0.15), ('errors="ignore"', 0.12)):
        if "errors" not in given:
            yield Draft(prior, "errors", text, (added(crash.bench, call, text),))


def _coded(crash: Crash, call: ast.Call) -> Iterator[Draft]:
    name = callee(call)
    start, end = crash.module.end(call.func), crash.module.end(call)
    ways = (('("utf-8")', 0.5), ('("utf-8", errors="replace")', 0.3), ('("latin-1")', 0.2))
    for text, prior in (*ways, ('("utf-8", errors="ignore")', 0.25)):
        yield Draft(prior, "encoding", f"{name}{text}", (Edit(start, end, text),))


def _missing(crash: Crash) -> Iterator[Draft]:
    """Look in the folder that was listed, beside the module, or make the folder first."""
    for _, call in _calls(crash):
        if callee(call) not in _OPENING | {"Path", "stat", "remove", "getsize", "rename", "isfile"}:
            continue
        for argument in call.args[:1]:
            yield from _joined(crash, Slot(argument, call, "args"))
    known = crash.bench.scope.by_text
    for _, call in _calls(crash):
        if callee(call) in _OPENING and call.args and "os" in known:
            text = crash.bench.text(call.args[0], 1)
            made = f"os.makedirs(os.path.dirname({text}), exist_ok=True)"
            yield crash.before(made, 0.2, "folder made")
        match call.func:
            case ast.Attribute(value=base, attr="write_text" | "write_bytes" | "open"):
                made = (
                    f"{crash.bench.text(base, POSTFIX)}.parent.mkdir(parents=True, exist_ok=True)"
                )
                yield crash.before(made, 0.4, "folder made")
        if callee(call) == "mkdir":
            edit = added(crash.bench, call, "parents=True")
            yield Draft(0.5, "folder made", "parents=True", (edit,))


def _joined(crash: Crash, slot: Slot) -> Iterator[Draft]:
    text = crash.bench.text(slot.node, 1)
    needed = () if "os" in crash.bench.scope.by_text else (imported(crash.module, "import os"),)
    listed = _listed(crash)
    for folder in listed:
        edit = crash.bench.instead(slot, f"os.path.join({folder}, {text})")
        yield Draft(0.6, "joined", f"os.path.join({folder}, …)", (edit, *needed))
    others = [one.text for one in crash.bench.scope.values() if one.text not in (text, *listed)]
    for place, folder in enumerate(others[:6]):
        edit = crash.bench.instead(slot, f"os.path.join({folder}, {text})")
        yield Draft(0.15 / (place + 1), "joined", f"os.path.join({folder}, …)", (edit, *needed))
    beside = f"os.path.join(os.path.dirname(__file__), {text})"
    edit = crash.bench.instead(slot, beside)
    yield Draft(0.25, "joined", "beside the module", (edit, *needed))


def _listed(crash: Crash) -> list[str]:
    """Return the folders whose entries the function goes through."""
    found = []
    for node in ast.walk(crash.function or crash.module.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="listdir" | "walk" | "scandir"), args=[folder]):
                found.append(crash.bench.text(folder, 1))
    return found


def _there(crash: Crash) -> Iterator[Draft]:
    for _, call in _calls(crash):
        if callee(call) in {"makedirs", "mkdir"}:
            if isinstance(call.func, ast.Attribute) and callee(call) == "mkdir" and call.args:
                end = crash.module.end(call.func)
                edits = (Edit(end - 5, end, "makedirs"), added(crash.bench, call, "exist_ok=True"))
                yield Draft(0.5, "exists", "exist_ok=True", edits)
            edit = added(crash.bench, call, "exist_ok=True")
            yield Draft(0.7, "exists", "exist_ok=True", (edit,))


def _folder(crash: Crash) -> Iterator[Draft]:
    for _, call in _calls(crash):
        if callee(call) in _OPENING and call.args and crash.loop is not None:
            text = crash.bench.text(call.args[0], 1)
            yield crash.before(f"if os.path.isdir({text}):\n    continue", 0.3, "skipped")


def _json(crash: Crash) -> Iterator[Draft]:
    """Take the other of `load` and `loads`, `dump` and `dumps`."""
    message = crash.message
    is_about = "JSON object must be" in message or "'read'" in message or "'write'" in message
    if not (is_about or "argument: 'fp'" in message or "bytes-like" in message):
        return
    for _, call in _calls(crash):
        if (name := callee(call)) in _SWAPPED:
            end = crash.module.end(call.func)
            edit = Edit(end - len(name), end, _SWAPPED[name])
            yield Draft(0.7, "json", f"{name} becomes {_SWAPPED[name]}", (edit,))


_MODES = {"not writable": ('"w"', '"a"', '"r+"'), "not readable": ('"r"', '"r+"', '"w+"')}


def _mode(crash: Crash) -> Iterator[Draft]:
    modes = next((some for said, some in _MODES.items() if said in crash.message), ())
    for node in ast.walk(crash.function or crash.module.tree):
        if isinstance(node, ast.Call) and callee(node) == "open":
            for place, mode in enumerate(modes):
                if len(node.args) > 1:
                    edit = crash.bench.instead(Slot(node.args[1], node, "args"), mode)
                else:
                    edit = added(crash.bench, node, mode)
                yield Draft(0.5 / (place + 1), "mode", mode, (edit,))
