"""Arguments of calls: exchanged, left out, added; keywords; bases and indices of subscripts."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import combinations

from workbench.healing.candidate import Candidate
from workbench.healing.drafting.bench import Bench, Draft, Slot, finished, ranked, short
from workbench.healing.ground import Ground, Module, Site
from workbench.healing.insight.definitions import Definitions, Signature
from workbench.healing.insight.kinds import agree
from workbench.healing.insight.nearness import nearness
from workbench.splice import Edit

_OPTIONS: dict[str, tuple[str, ...]] = {
    "sorted": ("reverse=True", "key=len", "key=str"),
    "sort": ("reverse=True", "key=len", "key=str"),
    "max": ("default=0", "default=None", "key=len"),
    "min": ("default=0", "default=None", "key=len"),
    "split": ('","', '" "', "None, 1"),
    "print": ('end=""', 'sep=""'),
    "open": ('encoding="utf-8"', '"w"', '"rb"'),
    "round": ("2", "1", "0"),
    "get": ("0", "[]", '""', "{}", "False"),
    "pop": ("0", "None", "-1"),
    "getattr": ("None",),
    "next": ("None",),
    "enumerate": ("1", "start=1"),
    "sum": ("[]", "0"),
    "int": ("2", "10", "16"),
    "strip": ('"\\n"',),
    "dumps": ("sort_keys=True", "indent=2", "ensure_ascii=False", "default=str"),
    "zip": ("strict=True",),
    "makedirs": ("exist_ok=True",),
    "mkdir": ("exist_ok=True", "parents=True"),
    "sub": ("flags=re.IGNORECASE",),
    "splitlines": ("True", "keepends=True"),
    "replace": (),
}


_MOST_ELSEWHERE = 4
_SYMMETRIC = frozenset({"max", "min", "print", "set", "gcd", "zip", "isclose", "hypot"})
_ONE_ARGUMENT = frozenset(
    {
        *("append", "add", "extend", "remove", "discard", "join", "len", "abs", "ord", "chr"),
        *("startswith", "endswith", "isinstance", "index", "heappush", "insert", "sorted", "sum"),
    }
)


def at_site(ground: Ground, site: Site) -> Iterator[Candidate]:
    return finished("arguments", site, _drafts(Bench(ground, site)))


def _drafts(bench: Bench) -> Iterator[Draft]:
    for slot in bench.slots:
        match slot.node:
            case ast.Call() as call:
                yield from _exchanged(bench, call)
                yield from _fewer(bench, call)
                yield from _more(bench, call)
                yield from _as_elsewhere(bench, call)
                yield from _keywords(bench, call)
                yield from _options(bench, call)
                yield from _receiver(bench, slot, call)
            case ast.Subscript(slice=inner) if not isinstance(inner, ast.Slice | ast.Tuple):
                yield _crossed(bench, slot, slot.node, inner)
            case ast.Tuple(elts=elements) | ast.List(elts=elements) if 1 < len(elements) < 6:
                yield from _elements(bench, slot.node, elements)
            case ast.Dict() as display:
                yield from _entries(bench, display)


def callee(node: ast.Call) -> str:
    """Return the last part of what is called."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _signatures(bench: Bench, node: ast.Call) -> list[Signature]:
    return list(Definitions.of(bench.ground).signatures(callee(node)))


def _is_plain(node: ast.Call) -> bool:
    return not any(isinstance(one, ast.Starred) for one in node.args)


def _exchanged(bench: Bench, node: ast.Call) -> Iterator[Draft]:
    slots = [Slot(one, node, "args") for one in node.args]
    pairs = list(combinations(slots, 2))[:10]
    for one, other in pairs:
        kinds = [bench.scope.kinds(part.node) for part in (one, other)]
        fit = 1.0 if agree(*kinds) else 0.3
        total = 0.09 if callee(node) not in _SYMMETRIC or _signatures(bench, node) else 0.004
        why = f"{short(bench.text(one.node), 20)} and {short(bench.text(other.node), 20)} swapped"
        edits = bench.exchanged(one, other)
        yield Draft(total * fit / len(pairs) ** 0.7, "swapped", why, edits)


def _fewer(bench: Bench, node: ast.Call) -> Iterator[Draft]:
    for index, one in enumerate(node.args):
        whole = [*node.args, *(keyword.value for keyword in node.keywords)]
        if node.keywords and index + 1 == len(node.args):
            continue
        if len(whole) == 1 and isinstance(one, ast.GeneratorExp):
            continue
        wanted = _signatures(bench, node)
        if callee(node) in _ONE_ARGUMENT and not wanted:
            continue
        fits = any(known.takes(len(node.args) - 1) for known in wanted)
        prior = 0.02 if fits or not wanted else 0.003
        edit = bench.without(node.args, index)
        why = f"without {short(bench.text(one))}"
        yield Draft(prior / len(node.args), "fewer", why, (edit,))


def _more(bench: Bench, node: ast.Call) -> Iterator[Draft]:
    """Give one more argument: what the project's function calls it, or what is like it."""
    known = [one for one in _signatures(bench, node) if len(node.args) < len(one.positional)]
    if not _is_plain(node):
        return
    for signature in known[:2]:
        given = {keyword.arg for keyword in node.keywords}
        missing = [one for one in signature.positional[len(node.args) :] if one not in given]
        needed = signature.required > len(node.args) + len(given)
        for name in missing[:3]:
            yield from _named(bench, node, name, needed=needed, first=name == missing[0])


def _named(
    bench: Bench, node: ast.Call, name: str, *, needed: bool, first: bool
) -> Iterator[Draft]:
    values = [one.text for one in bench.scope.values()]
    here = {bench.text(one) for one in node.args}
    ordered = sorted(values, key=lambda text: -nearness(text.rpartition(".")[2], name))
    free = [text for text in ordered if text not in here][:6] or ["None"]
    for text, prior in zip(free, ranked(0.25 if needed else 0.06, len(free)), strict=True):
        fit = 2.0 if text.rpartition(".")[2] == name else 1.0
        written = text if first and not node.keywords else f"{name}={text}"
        yield Draft(
            min(prior * fit, 1.0), "more", f"with {written}", (added(bench, node, written),)
        )


def _as_elsewhere(bench: Bench, node: ast.Call) -> Iterator[Draft]:
    """Give one more argument as other calls of the same do."""
    if not _is_plain(node):
        return
    calls = _calls(bench.module)
    same = [one for one in calls.get(ast.unparse(node.func), ()) if one is not node]
    found = Counter(written for one in same for written in _beyond(bench, one, node))
    yield from _given(bench, node, 0.3, [one for one, _ in found.most_common()])
    if node.keywords and not found:
        given = {keyword.arg for keyword in node.keywords}
        often = [one for one in _usual(bench) if one.partition("=")[0] not in given]
        yield from _given(bench, node, 0.1, often)


def _usual(bench: Bench) -> tuple[str, ...]:
    """Return what keywords are given more than once in a file, the commonest first."""
    kept: dict[str, tuple[str, ...]] = vars(bench.module).setdefault("kept keywords", {})
    if not kept:
        calls = (one for some in _calls(bench.module).values() for one in some)
        found = Counter(written for one in calls for written in _keyworded(bench, one, set()))
        kept["usual"] = tuple(one for one, count in found.most_common() if count > 1)
    return kept["usual"]


def _given(bench: Bench, node: ast.Call, total: float, written: list[str]) -> Iterator[Draft]:
    bound = {bench.scope.this, *(one.text for one in bench.scope.names if one.bound)} - {""}
    fit = [one for one in written if _root(one) in bound][:_MOST_ELSEWHERE]
    for one, prior in zip(fit, ranked(total, len(fit)), strict=True):
        yield Draft(prior, "elsewhere", f"with {one}", (added(bench, node, one),))


def _calls(module: Module) -> Mapping[str, list[ast.Call]]:
    """Return the calls in a file by what is called."""
    kept: dict[str, list[ast.Call]] = vars(module).setdefault("kept calls", {})
    if not kept:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call):
                kept.setdefault(ast.unparse(node.func), []).append(node)
    return kept


def _beyond(bench: Bench, one: ast.Call, node: ast.Call) -> Iterator[str]:
    """Yield what one call is given as its next argument, or as keywords, and the other is not."""
    if len(one.args) > len(node.args) and not node.keywords:
        yield bench.text(one.args[len(node.args)])
    yield from _keyworded(bench, one, {keyword.arg for keyword in node.keywords})


def _keyworded(bench: Bench, one: ast.Call, given: set[str | None]) -> Iterator[str]:
    for keyword in one.keywords:
        if keyword.arg and keyword.arg not in given:
            yield f"{keyword.arg}={bench.text(keyword.value)}"


def _root(written: str) -> str:
    """Return the name that an argument begins with; what is more than a name has none."""
    value = written.rpartition("=")[2]
    return value.partition(".")[0] if value.replace(".", "").isidentifier() else ""


def added(bench: Bench, node: ast.Call, written: str) -> Edit:
    """Write one more argument behind those of a call."""
    end = bench.module.end(node) - 1
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    if not values:
        return Edit(end, end, written)
    if bench.shares_parentheses(alone := Slot(values[0], node, "args")):
        return bench.instead(alone, f"{bench.text(alone.node)}, {written}")
    last = max(bench.outer(Slot(one, node, "args"))[1] for one in values)
    return Edit(last, last, f", {written}")


def _keywords(bench: Bench, node: ast.Call) -> Iterator[Draft]:
    """Leave a keyword out, or call it what the function calls it."""
    data = bench.module.data
    for keyword in node.keywords:
        low, end = bench.outer(Slot(keyword.value, keyword, ""))
        start = data.rfind((keyword.arg or "**").encode(), 0, low)
        left = data[:start].rstrip()
        rest = data[end:].lstrip()
        if left.endswith(b","):
            edit = Edit(len(left) - 1, end, "")
        elif rest.startswith(b","):
            after = len(data) - len(rest) + 1
            edit = Edit(start, after + len(data[after:]) - len(data[after:].lstrip()), "")
        else:
            edit = Edit(start, end, "")
        yield Draft(0.03, "keyword", f"without {keyword.arg or '**'}", (edit,))
        names = [name for one in _signatures(bench, node) for name in one.names]
        used = {one.arg for one in node.keywords}
        for name in dict.fromkeys(names):
            if keyword.arg and name not in used:
                renamed = Edit(start, start + len(keyword.arg.encode()), name)
                prior = 0.02 * max(nearness(name, keyword.arg), 0.2)
                yield Draft(prior, "keyword", f"{keyword.arg} becomes {name}", (renamed,))


def _options(bench: Bench, node: ast.Call) -> Iterator[Draft]:
    name = callee(node)
    given = {keyword.arg for keyword in node.keywords}
    for option in _OPTIONS.get(name, ()):
        key = option.partition("=")[0] if "=" in option else None
        if (key or "") not in given and _is_plain(node) and not (key is None and node.keywords):
            prior = 0.02 if len(node.args) < 2 else 0.004
            yield Draft(prior, "option", f"with {option}", (added(bench, node, option),))


def _receiver(bench: Bench, slot: Slot, node: ast.Call) -> Iterator[Draft]:
    """Let what a method is called on and its argument change places."""
    match node:
        case ast.Call(func=ast.Attribute(value=base) as function, args=[argument]) if (
            not isinstance(argument, ast.Starred)
        ):
            one, other = Slot(base, function, "value"), Slot(argument, node, "args")
            fit = 1.0 if base is not slot.node else 0.5
            edits = bench.exchanged(one, other)
            yield Draft(0.012 * fit, "receiver", "object and argument swapped", edits)


def _crossed(bench: Bench, slot: Slot, node: ast.Subscript, inner: ast.expr) -> Draft:
    edits = bench.exchanged(Slot(node.value, node, "value"), Slot(inner, node, "slice"))
    del slot
    return Draft(0.003, "subscript", "base and index swapped", edits)


def _elements(bench: Bench, node: ast.expr, elements: list[ast.expr]) -> Iterator[Draft]:
    slots = [Slot(one, node, "elts") for one in elements]
    pairs = list(combinations(slots, 2))[:10]
    for one, other in pairs:
        edits = bench.exchanged(one, other)
        yield Draft(0.06 / len(pairs), "elements", "elements swapped", edits)


def _entries(bench: Bench, node: ast.Dict) -> Iterator[Draft]:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            edits = bench.exchanged(Slot(key, node, "keys"), Slot(value, node, "values"))
            yield Draft(0.02 / len(node.keys), "entry", "key and value swapped", edits)
