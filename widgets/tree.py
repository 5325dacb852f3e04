"""A tree drawn as rows: which of its nodes are in sight, and the lines that lead to them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from widgets.ink import Role, Row

T = TypeVar("T")


@dataclass(frozen=True)
class Node(Generic[T]):
    """Something in a tree; its key tells it from all others, wherever they stand."""

    key: str
    value: T
    children: tuple[Node[T], ...] = ()
    opens: bool = False
    """There is more below it, even if that was not read yet."""
    is_open: bool = False
    """So it is before anybody has touched it."""


@dataclass(frozen=True)
class Branch(Generic[T]):
    """A node that is in sight."""

    node: Node[T]
    lead: str = ""
    """The lines on its left, which lead from the nodes above."""
    opens: bool = False
    is_open: bool = False

    @property
    def value(self) -> T:
        return self.node.value

    @property
    def depth(self) -> int:
        return len(self.lead) // 2


def in_sight(nodes: Sequence[Node[T]], toggled: Collection[str]) -> tuple[Branch[T], ...]:
    """Return the nodes that can be seen; `toggled` are those that were opened or closed."""
    return tuple(_under(nodes, toggled, "", is_root=True))


def branch_row(branch: Branch[T], row: Row) -> Row:
    """Draw a node behind its lines and the sign that it opens or closes."""
    sign = ("- " if branch.is_open else "+ ") if branch.opens else "  "
    return ((branch.lead, Role.DIM), (sign, Role.KEY), *row)


def parent_of(branches: Sequence[Branch[T]], at: int) -> int:
    """Return the row of what a node hangs on, or its own."""
    depth = branches[at].depth
    return next((n for n in range(at, -1, -1) if branches[n].depth < depth), at)


def _under(
    nodes: Sequence[Node[T]], toggled: Collection[str], lead: str, *, is_root: bool = False
) -> Iterator[Branch[T]]:
    for node in nodes:
        is_last = node is nodes[-1]
        opens = node.opens or bool(node.children)
        is_open = opens and (node.key in toggled) != node.is_open
        own = "" if is_root else lead + ("└ " if is_last else "├ ")
        yield Branch(node, own, opens, is_open)
        if is_open:
            below = "" if is_root else lead + ("  " if is_last else "│ ")
            yield from _under(node.children, toggled, below)
