"""What messages say about values of the wrong type, and conversions that answer them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from workbench.healing.drafting.bench import POSTFIX, Draft, Slot
from workbench.healing.drafting.crash import Crash, matched

OPERANDS = r"unsupported operand type\(s\) for .*: '([\w.]+)' and '([\w.]+)'"
COMPARED = r"not supported between instances of '([\w.]+)' and '([\w.]+)'"
CONCATENATED = r"can only concatenate (\w+) \(not \"([\w.]+)\"\)"


@dataclass(frozen=True, slots=True)
class Reason:
    """A form of message, and what to do about it."""

    pattern: str
    rule: Callable[[Crash, tuple[str, ...]], Iterator[Draft]]


def for_reasons(crash: Crash, reasons: Iterable[Reason]) -> Iterator[Draft]:
    for reason in reasons:
        if found := matched(reason.pattern, crash.message):
            yield from reason.rule(crash, found)


def converted(crash: Crash, slot: Slot, *ways: tuple[str, float]) -> Iterator[Draft]:
    """Draft conversions of an expression: `{0}` is as it is, `{1}` can have something behind it."""
    text, tight = crash.bench.text(slot.node, 1), crash.bench.text(slot.node, POSTFIX)
    for form, prior in ways:
        yield crash.put(slot, form.format(text, tight), prior, "converted")
