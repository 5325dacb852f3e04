"""Every key is found on the line where it stands, in whatever style it is written."""

import json
import tomllib
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from workbench.settings.positions import DEEPEST, KeyPath, find_lines

names = st.text(
    st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6
) | st.sampled_from(["a", "b-c", "3", "true", "[x]", "a.b", "#", "=", "'", '"""', " "])
scalars = st.sampled_from(
    [
        "1",
        "+1_0.5e3",
        "true",
        "1979-05-27T07:32:00Z",
        '"a # = [ \\" "',
        "'''x = 1\n[y]\n'''",
        '"""\n[a]\nb = 1\\"""\n"""""',
        "''",
        "[1, [2,\n # ] }\n 3],\n]",
        "[{a = 1}, {b = {c = 2}}]",
    ]
)
styles = st.sampled_from(["dotted", "inline", "header"])
Tree = dict[str, Any]
trees: st.SearchStrategy[Tree] = st.recursive(
    st.dictionaries(names, scalars, max_size=3),
    lambda inner: st.dictionaries(names, scalars | st.tuples(styles, inner), max_size=4),
    max_leaves=8,
)


class Writer:
    """Writes a tree as TOML and notes where each key first went."""

    def __init__(self) -> None:
        self.text = "# begin\n"
        self.lines: dict[KeyPath, int] = {}

    def note(self, path: KeyPath) -> None:
        if len(path) <= DEEPEST:
            self.lines.setdefault(path, self.text.count("\n") + 1)

    def statements(self, tree: Tree, path: KeyPath, prefix: str = "") -> None:
        later = []
        for name, value in tree.items():
            here, key = (*path, name), prefix + spelled(name)
            if isinstance(value, str):
                self.note(here)
                self.text += f"{key} = {value} # {name!r}\n".replace("\r", "")
            elif value[0] == "inline":
                self.note(here)
                self.text += f"{key} = "
                self.inline(value[1], here)
                self.text += "\n\n"
            elif value[0] == "dotted" and value[1]:
                self.note(here)
                self.statements({k: plain(v) for k, v in value[1].items()}, here, f"{key} . ")
            else:
                later.append((here, value[1]))
        for here, inner in later if not prefix else []:
            self.note(here)
            self.text += "[ " + ".".join(map(spelled, here)) + " ] # [x]\n"
            self.statements(inner, here)

    def inline(self, tree: Tree, path: KeyPath) -> None:
        self.text += "{"
        for number, (name, value) in enumerate(tree.items()):
            self.text += ", " * bool(number)
            self.note((*path, name))
            self.text += f"{spelled(name)} = "
            if isinstance(value, str):
                self.text += value
            else:
                self.inline(value[1], (*path, name))
        self.text += "}"


def spelled(name: str) -> str:
    return name if name in {"a", "b-c", "3", "true"} else json.dumps(name, ensure_ascii=False)


def plain(value: object) -> object:
    """Keep headers out of dotted keys, where TOML has no place for them."""
    return value if isinstance(value, str) else ("inline", value[1])  # type: ignore[index]


def paths(tree: Tree, above: KeyPath = ()) -> set[KeyPath]:
    found = set()
    for name, value in tree.items():
        found.add((*above, name))
        if isinstance(value, dict):
            found |= paths(value, (*above, name))
    return found


@given(trees)
def test_each_key_is_found_where_it_was_written(tree: Tree) -> None:
    writer = Writer()
    writer.statements(tree, ())
    parsed = tomllib.loads(writer.text)
    found = find_lines(writer.text)
    assert {path: found.get(path) for path in writer.lines} == writer.lines
    assert {path for path in paths(parsed) if len(path) <= DEEPEST} <= set(found)


@given(st.text("ab.=[]{}\"'#\n, 1\\"))
@example('a = """"a""""\nb = 1')
def test_any_valid_document_is_walked(document: str) -> None:
    try:
        parsed = tomllib.loads(document)
    except tomllib.TOMLDecodeError:
        return
    found = find_lines(document)
    assert {path for path in paths(parsed) if len(path) <= DEEPEST} <= set(found)


def test_the_first_of_several_tables_counts() -> None:
    document = "[[a]]\nx = 1\n\n[[a]]\nx = 2\n"
    assert find_lines(document) == {("a",): 1, ("a", "x"): 2}
