"""Code in other languages, by the syntax trees of tree-sitter."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from workbench.knowledge.reading.cutting import Section
from workbench.knowledge.reading.units import Layout, Unit

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_DEEPEST = 40
_LONGEST_NAME = 200


class _Grammar(NamedTuple):
    """What counts as a definition in a language, and what only surrounds one."""

    module: str
    language: str
    named: frozenset[str]
    holding: frozenset[str]
    """Definitions that hold others."""
    through: frozenset[str]
    """Nodes that are looked into."""
    dot: str = "."


_C = frozenset(("function_definition", "type_definition", "preproc_function_def"))
_C_HOLDING = frozenset(("struct_specifier", "enum_specifier", "union_specifier"))
_C_THROUGH = frozenset(
    (
        *("preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "linkage_specification"),
        *("declaration_list", "declaration", "field_declaration_list", "template_declaration"),
        *("field_declaration", "access_specifier"),
    )
)
_JS = frozenset(
    (
        *("function_declaration", "generator_function_declaration", "method_definition"),
        *("function_signature", "method_signature", "type_alias_declaration"),
        *("enum_declaration", "variable_declarator", "public_field_definition"),
        *("abstract_method_signature", "field_definition"),
    )
)
_JS_HOLDING = frozenset(
    (
        *("class_declaration", "abstract_class_declaration", "interface_declaration"),
        *("internal_module", "module"),
    )
)
_JS_THROUGH = frozenset(
    (
        *("export_statement", "lexical_declaration", "variable_declaration", "class_body"),
        *("statement_block", "ambient_declaration", "expression_statement", "interface_body"),
    )
)
_JAVA = frozenset(("method_declaration", "constructor_declaration", "annotation_type_declaration"))
_JAVA_HOLDING = frozenset(
    ("class_declaration", "interface_declaration", "enum_declaration", "record_declaration")
)
_JAVA_THROUGH = frozenset(("class_body", "interface_body", "enum_body", "enum_body_declarations"))
_RUST = frozenset(
    (
        *("function_item", "struct_item", "enum_item", "union_item", "type_item", "const_item"),
        *("static_item", "macro_definition", "function_signature_item"),
    )
)
_GO = frozenset(("function_declaration", "method_declaration", "type_spec", "type_alias"))
_GRAMMARS = {
    "c": _Grammar("c", "language", _C, _C_HOLDING, _C_THROUGH),
    "cpp": _Grammar(
        "cpp",
        "language",
        _C | {"alias_declaration", "concept_definition"},
        _C_HOLDING | {"class_specifier", "namespace_definition"},
        _C_THROUGH,
        "::",
    ),
    "go": _Grammar("go", "language", _GO, frozenset(), frozenset(("type_declaration",))),
    "java": _Grammar("java", "language", _JAVA, _JAVA_HOLDING, _JAVA_THROUGH),
    "javascript": _Grammar("javascript", "language", _JS, _JS_HOLDING, _JS_THROUGH),
    "rust": _Grammar(
        "rust",
        "language",
        _RUST,
        frozenset(("impl_item", "trait_item", "mod_item")),
        frozenset(("declaration_list",)),
        "::",
    ),
    "tsx": _Grammar("typescript", "language_tsx", _JS, _JS_HOLDING, _JS_THROUGH),
    "typescript": _Grammar("typescript", "language_typescript", _JS, _JS_HOLDING, _JS_THROUGH),
}
_FUNCTIONS = frozenset(
    ("arrow_function", "function_expression", "function", "generator_function", "class")
)
_VALUED = frozenset(("variable_declarator", "public_field_definition", "field_definition"))
"""They define something worth a name where their value is a function."""


def trees(text: str, language: str) -> Iterator[Section]:
    """Yield the definitions of a file and what lies between them."""
    grammar = _GRAMMARS[language]
    if language == "c" and _is_cpp(text):
        grammar = _GRAMMARS["cpp"]
    tree = _parser(grammar.module, grammar.language).parse(text.encode())
    units = tuple(_units(tree.root_node, grammar, 0))
    yield from Layout(text.split("\n"), grammar.dot).sections(units)


def _is_cpp(text: str) -> bool:
    """Tell a header of C++ by what C does not have."""
    return any(mark in text for mark in ("\nclass ", "\nnamespace ", "\ntemplate ", "\ntemplate<"))


@cache
def _parser(module: str, language: str) -> Parser:
    from tree_sitter import Language, Parser

    grammar = import_module(f"tree_sitter_{module}")
    return Parser(Language(getattr(grammar, language)()))


def _units(node: Node, grammar: _Grammar, depth: int) -> Iterator[Unit]:
    if depth > _DEEPEST:
        return
    for child in node.named_children:
        if child.type in grammar.holding:
            yield from _holder(child, node, grammar, depth)
        elif child.type in grammar.named and _is_worth_a_name(child):
            yield _unit(child, node, grammar)
        elif child.type in grammar.through:
            yield from _units(child, grammar, depth + 1)


def _holder(node: Node, parent: Node, grammar: _Grammar, depth: int) -> Iterator[Unit]:
    body = node.child_by_field_name("body")
    if body is None:
        return  # It is a mere mention, such as the type of a variable.
    inner = tuple(_units(body, grammar, depth + 1))
    yield _unit(node, parent, grammar, inner)


def _unit(node: Node, parent: Node, grammar: _Grammar, inner: tuple[Unit, ...] = ()) -> Unit:
    """Return a definition with what surrounds it alone, such as an export."""
    whole = node
    if parent.type in grammar.through and parent.named_child_count <= 2 and parent.parent:
        is_list = parent.type.endswith(("_list", "_body", "_block", "_declarations"))
        whole = node if is_list or parent.type.startswith("preproc") else parent
    grand = whole.parent
    if grand and grand.type in ("export_statement", "template_declaration"):
        whole = grand
    row, column = whole.end_point
    last = row if column == 0 and row > whole.start_point[0] else row + 1
    return Unit(whole.start_point[0] + 1, last, _name(node), inner)


def _is_worth_a_name(node: Node) -> bool:
    if node.type not in _VALUED:
        return True
    value = node.child_by_field_name("value")
    return value is not None and value.type in _FUNCTIONS


def _name(node: Node) -> str:
    """Return what a definition is called, however deep its name lies in a declarator."""
    if node.type == "impl_item":
        return _text(node.child_by_field_name("type"))
    if node.type == "method_declaration" and (receiver := node.child_by_field_name("receiver")):
        return f"{_receiver(receiver)}.{_text(node.child_by_field_name('name'))}"
    at: Node | None = node
    for _ in range(_DEEPEST):
        if at is None:
            break
        found = at.child_by_field_name("name") or at.child_by_field_name("declarator")
        if found is None:
            break
        if found.type.endswith(("identifier", "identifier_name")) or found.type in _NAMES:
            return _text(found)
        at = found
    return _text(at) if at is not None and at is not node else ""


_NAMES = frozenset(("operator_name", "destructor_name", "property_identifier", "string"))


def _receiver(node: Node) -> str:
    """Return the type that a method of Go belongs to."""
    return _text(node).strip("()").split(" ")[-1].lstrip("*").partition("[")[0]


def _text(node: Node | None) -> str:
    text = node.text.decode(errors="replace") if node is not None and node.text else ""
    return " ".join(text.split())[:_LONGEST_NAME]
