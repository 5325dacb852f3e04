"""What files become, as a patch that `git apply` takes: byte for byte, whatever the files hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbench.review.script import CONTEXT, Script, Span, script
from workbench.review.state import Contents, State

_REGULAR = 0o100644
_EXECUTABLE = 0o100755
_ESCAPES = {
    ord("\a"): b"\\a",
    ord("\b"): b"\\b",
    ord("\t"): b"\\t",
    ord("\n"): b"\\n",
    ord("\v"): b"\\v",
    ord("\f"): b"\\f",
    ord("\r"): b"\\r",
    ord('"'): b'\\"',
    ord("\\"): b"\\\\",
}


def patch_of(before: Contents, after: Contents, modes: Mapping[str, int] | None = None) -> bytes:
    """Return what leads from some contents to others; what is equal in both is left out.

    `modes` are those of files as they are now; a new one is executable only if it says so.
    """
    paths = sorted(path for path in after if before[path] != after[path])
    known = modes or {}
    return b"".join(
        part for path in paths for part in _file(path, before[path], after[path], known.get(path))
    )


def proposed_patch(state: State, modes: Mapping[str, int] | None = None) -> bytes:
    """Return a repair whole, without the tests that are offered beside it."""
    files = [one for one in state.files if one.kind == "repair"]
    before = {one.path: one.script.before for one in files}
    return patch_of(before, {one.path: one.script.after for one in files}, modes)


def accepted_patch(state: State, modes: Mapping[str, int] | None = None) -> bytes:
    """Return what is accepted of a proposal."""
    return patch_of(state.before, state.result, modes)


def _file(path: str, old: bytes | None, new: bytes | None, mode: int | None) -> Iterator[bytes]:
    name = path.encode("utf-8", "surrogateescape")
    yield b"diff --git " + _quoted(b"a/" + name) + b" " + _quoted(b"b/" + name) + b"\n"
    is_executable = mode is not None and mode & 0o111
    told = f"file mode {_EXECUTABLE if is_executable else _REGULAR:o}\n".encode()
    if old is None:
        yield b"new " + told
    if new is None:
        yield b"deleted " + told
    if old or new:
        yield b"--- " + _named(None if old is None else b"a/" + name)
        yield b"+++ " + _named(None if new is None else b"b/" + name)
        yield from _hunks(script(old, new))


def _named(name: bytes | None) -> bytes:
    """Return a name as git has it: behind one with blanks a tab says where it ends."""
    if name is None:
        return b"/dev/null\n"
    return _quoted(name) + (b"\t\n" if b" " in name else b"\n")


def _quoted(name: bytes) -> bytes:
    """Return a name in quotes as in C where it holds what is not plain ASCII."""
    if all(0x20 <= byte < 0x7F and byte not in _ESCAPES for byte in name):
        return name
    return b'"' + b"".join(map(_escaped, name)) + b'"'


def _escaped(byte: int) -> bytes:
    is_plain = 0x20 <= byte < 0x7F
    return _ESCAPES.get(byte) or (bytes([byte]) if is_plain else f"\\{byte:03o}".encode())


def _hunks(one: Script) -> Iterator[bytes]:
    """Yield hunks as `diff -U3` has them; the mark that a file comes or goes is no line."""
    first = int(one.is_new or one.is_gone)
    for start, end in _spans(one, first):
        yield _head(one, start, end)
        for at in range(start, end):
            yield one.marks[at].encode() + one.lines[at]
            if not one.lines[at].endswith(b"\n"):
                yield b"\n\\ No newline at end of file\n"


def _spans(one: Script, first: int) -> Iterator[Span]:
    for group in one.groups:
        start, end = max(first, group[0] - CONTEXT), min(len(one.marks), group[-1] + 1 + CONTEXT)
        if start < end:
            yield start, end


def _head(one: Script, start: int, end: int) -> bytes:
    """Say which lines of both texts follow; counts of none are told from the line before."""
    marks = one.marks[start:end]
    first = int(one.is_new or one.is_gone)
    old, new = one.old[start] - one.old[first] + 1, one.new[start] - one.new[first] + 1
    olds, news = len(marks) - marks.count("+"), len(marks) - marks.count("-")
    old_at, new_at = old - (olds == 0), new - (news == 0)
    return f"@@ -{_range(old_at, olds)} +{_range(new_at, news)} @@\n".encode()


def _range(at: int, count: int) -> str:
    return str(at) if count == 1 else f"{at},{count}"
