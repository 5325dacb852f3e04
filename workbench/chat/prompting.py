"""A prompt, put together from where its parts come from; nothing in it changes but at its end.

The first turn holds neither a clock nor an id, and what was said before is only added to, so that
a model need not read it again. Texts that were found are marked as data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from local_models.worker.protocol import Chat, Message
from workbench.api.chats import Attached, Share, Source, Weighed
from workbench.chat.conversation import Node
from workbench.chat.guard import RULE, as_data

GUIDE = f"""\
You are the assistant of a workbench that stands beside a software project.
{RULE}
Answer what is asked, and rest on the passages and files that you are given. Cite a passage by its \
number in brackets, such as [1], after each sentence that rests on it. If you were given passages \
and the answer is in none of them, say: That is not in what I have read. Never invent a file, a \
name or a citation."""
SUMMING_UP = """\
Sum up this conversation for somebody who goes on with it and has read none of it: what is wanted, \
what was found out, which files, names and numbers matter, what was decided and what is open. Keep \
to what was said."""
_SUMMARY = "summary of what was said before"
_MOST_OF_A_TASK = 300
"""Characters that later prompts have of what each tool of a task gave."""
_CUT_OFF = "[This answer was cut off here.]"
_NAMES = ("system", "plan", "memory", "files", "passages", "history", "question")

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_CITED = re.compile(r"(?<![\w\])])\[(\d{1,3})\](?![(:\[])")

ReadText = Callable[[Attached], str]
"""Returns what was attached to a message, as it was then."""


@dataclass(frozen=True)
class Prompt:
    """What a model is to read, by where it comes from."""

    system: str
    question: str
    history: tuple[Message, ...] = ()
    files: str = ""
    passages: str = ""
    plan: str = ""
    memory: str = ""
    """What is remembered that has to do with the question."""

    @property
    def turns(self) -> tuple[Message, ...]:
        """The turns in which it is read; two of one role in a row become one."""
        last = together(self.memory, self.files, self.passages, self.plan, self.question)
        turns = (Message("system", self.system), *self.history, Message("user", last))
        return tuple(merged(turns))

    @property
    def chat(self) -> Chat:
        return Chat(self.turns)

    @property
    def by_source(self) -> tuple[tuple[str, str], ...]:
        """Each source with its text, in the order in which shares are told."""
        history = together(*(turn.content for turn in self.history))
        found = (self.plan, self.memory, self.files, self.passages)
        return tuple(zip(_NAMES, (self.system, *found, history, self.question), strict=True))


def turns_of(way: Sequence[Node], read: ReadText) -> tuple[Message, ...]:
    """Return what was said as turns: a summary stands for what came before it."""
    return tuple(merged(_turns(list(way), read)))


def merged(turns: Iterable[Message]) -> Iterator[Message]:
    """Join turns of one role in a row, which many templates refuse."""
    said = (turn for turn in turns if turn.content.strip())
    for role, some in groupby(said, key=lambda turn: turn.role):
        yield Message(role, together(*(turn.content for turn in some)))


def together(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))


def files_as_data(attached: Iterable[Attached], read: ReadText) -> str:
    """Return what was attached, each marked as data under its place."""
    return together(*(as_data(f"file {place_of(one)}", read(one)) for one in attached))


def passages_as_data(sources: Iterable[Source]) -> str:
    """Return passages with the numbers that they are cited by."""
    return together(
        *(as_data(f"passage [{one.number}] {cited_place(one)}", one.text) for one in sources)
    )


def place_of(attached: Attached) -> str:
    """Return a place as a person would write it behind an @."""
    if not attached.first:
        return attached.path
    return f"{attached.path}:{attached.first}-{attached.last}"


def cited_place(source: Source) -> str:
    """Return where a passage lies, with what it stands under."""
    under = f" ({source.heading})" if source.heading else ""
    return f"{source.path}:{source.first}-{source.last}{under}"


def cited_in_vain(text: str, sources: int) -> tuple[int, ...]:
    """Return the numbers that a text cites and that no passage has; code is not looked at."""
    prose = _CODE.sub(" ", text)
    numbers = {int(one) for one in _CITED.findall(prose)}
    return tuple(sorted(one for one in numbers if not 1 <= one <= sources))


def weighed(
    counts: Sequence[int], total: int, most: int, context: int, *, estimated: bool
) -> Weighed:
    """Return what each source takes; what stands around turns counts as the system's."""
    around = max(0, total - sum(counts))
    shares = [Share(name, count) for name, count in zip(_NAMES, counts, strict=True)]
    shares[0] = Share("system", counts[0] + around)
    shares.append(Share("reserve", most))
    fits = not context or total + most <= context
    told = "" if fits else too_large(shares, total + most, context)
    return Weighed(tuple(shares), total + most, context, fits, told, estimated)


def too_large(shares: Iterable[Share], total: int, context: int) -> str:
    """Say what takes the room, the largest first."""
    largest = sorted((one for one in shares if one.tokens), key=lambda one: -one.tokens)
    told = ", ".join(f"{one.name} {one.tokens:,}" for one in largest)
    return f"This takes {total:,} tokens and {context:,} fit: {told}."


def _turns(way: list[Node], read: ReadText) -> Iterator[Message]:
    begin = max((at for at, node in enumerate(way) if node.stands), default=-1)
    if begin >= 0:
        yield Message("user", as_data(_SUMMARY, way[begin].text))
    for at in range(begin + 1, len(way)):
        yield _turn(way[at], way[at + 1] if at + 1 < len(way) else None, read)


def _turn(node: Node, next_: Node | None, read: ReadText) -> Message:
    match node.author:
        case "person":
            answer = next_ if next_ and next_.author == "assistant" else None
            return Message("user", _asked(node, answer, read))
        case "assistant":
            return Message("assistant", _answered(node))
        case "tool":
            return Message("user", as_data(f"output of {node.kind or 'a tool'}", _output(node)))
        case _:
            return Message("user", "")


def _output(node: Node) -> str:
    """Return what a tool gave; of a task's the beginning: its steps and summary tell the rest."""
    if not node.behind or len(node.text) <= _MOST_OF_A_TASK:
        return node.text
    left = len(node.text) - _MOST_OF_A_TASK
    return f"{node.text[:_MOST_OF_A_TASK]}\n[{left:,} characters more]"


def _asked(node: Node, answer: Node | None, read: ReadText) -> str:
    """Return a question as the model read it when it was asked."""
    files = files_as_data(node.attached, read)
    if answer is None:
        return together(files, node.text)
    known = read(Attached("", digest=answer.remembered)) if answer.remembered else ""
    return together(known, files, passages_as_data(answer.sources), node.text)


def _answered(node: Node) -> str:
    text = as_data("passages found", node.text) if node.kind == "passages" else node.text
    steps = "\n".join(f"- {one.what}: {one.state} {one.note}".rstrip() for one in node.steps)
    cut = _CUT_OFF if text and node.state in ("stopped", "interrupted", "failed") else ""
    return together(text, steps, cut)
