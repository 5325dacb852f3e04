"""What is made of passages that were found, and when they are about something else."""

from __future__ import annotations

import msgspec
import pytest

from workbench.api.caller import Caller
from workbench.api.chats import AnswerReceipt, Source
from workbench.api.knowing import ReadPassage, Search
from workbench.api.passages import Domain, Hit, Hits, Passage, Reason, Surrounded
from workbench.api.talking import Wanted
from workbench.chat.conversation import Node
from workbench.chat.looking import LONGEST, NOT_READ, NOTHING_NEAR, Found, look_up, passages_alone
from workbench.chat.nearness import content_words, is_near
from workbench.chat.replaying import changed_passages, replay
from workbench.chat.running import Around
from workbench.errors import UsageError

PASSAGE = Passage(
    "p", "s", "a.md", 3, 5, ("Top", "Under"), "prose", "en", "The owner is chosen.", "d"
)


def hit(*reasons: Reason, stale: bool = False) -> Hit:
    return Hit(PASSAGE, 1.0, reasons, stale=stale, domain="docs")


class Knowledge:
    """Finds what it was given, whatever is looked for."""

    def __init__(self, hits: Hits | Exception) -> None:
        self._hits = hits
        self.searched: list[Search] = []

    async def passage(self, command: ReadPassage, _: Caller) -> Surrounded:
        if command.passage == "gone":
            raise UsageError("There is no passage gone.", "Search again.")
        return Surrounded(PASSAGE, (), (), stale=command.passage == "old")

    async def search(self, command: Search, _: Caller) -> Hits:
        self.searched.append(command)
        if isinstance(self._hits, Exception):
            raise self._hits
        return self._hits

    async def elsewhere(self) -> tuple[Domain, ...]:
        return ()


class Shelves(Knowledge):
    """Knows things here and on other machines."""

    def __init__(self, here: Hits, **there: Hits) -> None:
        super().__init__(here)
        self._there = there

    async def search(self, command: Search, _: Caller) -> Hits:
        self.searched.append(command)
        (name,) = command.domains or ("",)
        return self._there[name] if name else await Knowledge.search(self, command, _)

    async def elsewhere(self) -> tuple[Domain, ...]:
        about = {"sea": "otters and other animals", "law": "contracts"}
        return tuple(Domain(name, (), host="box", about=about[name]) for name in self._there)

    @property
    def asked(self) -> set[str]:
        return {name for one in self.searched for name in one.domains}


async def found_on(shelves: Shelves, text: str) -> Found:
    async def knowledge() -> Shelves:
        return shelves

    around = Around(None, knowledge, None, None)  # type: ignore[arg-type]
    return await look_up(around, text, (), 6, Caller("test"))


def of_sea(what: str = "terms") -> Hits:
    there = msgspec.structs.replace(PASSAGE, id="sea/p", path="box:otters.md")
    return Hits((Hit(there, 1.0, (Reason(what, "otters", 1.0),), domain="sea"),), 0.0, "hybrid")


async def test_a_question_is_asked_of_the_domain_that_it_is_about() -> None:
    here = Hits((hit(Reason("terms", "otters", 1.0)),), 0.0, "hybrid")
    shelves = Shelves(here, sea=of_sea(), law=Hits((), 0.0, "hybrid"))
    told = await found_on(shelves, "what do otters eat?")
    assert shelves.asked == {"sea"}
    assert {one.path for one in told.sources} == {"a.md", "box:otters.md"}


async def test_what_is_not_known_here_is_asked_of_all() -> None:
    nothing = Hits((), 0.0, "nothing was read", "Nothing was read yet.")
    silent = Hits((), 0.0, "", "law cannot be asked.", ("law",))
    shelves = Shelves(nothing, sea=of_sea(), law=silent)
    told = await found_on(shelves, "who eats shells?")
    assert shelves.asked == {"sea", "law"}
    assert "These domains did not answer: law." in told.note
    assert "Nothing was read" not in told.note


async def test_what_is_known_here_leaves_others_alone() -> None:
    here = Hits((hit(Reason("terms", "owner", 1.0)),), 0.0, "hybrid")
    shelves = Shelves(here, sea=of_sea(), law=of_sea())
    await found_on(shelves, "who is the owner?")
    assert shelves.asked == set()


async def found(hits: Hits | Exception, text: str = "who is the owner?") -> Found:
    async def knowledge() -> Knowledge:
        return Knowledge(hits)

    around = Around(None, knowledge, None, None)  # type: ignore[arg-type]
    return await look_up(around, text, (), 6, Caller("test"))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How is the owner of a workspace chosen?", ("owner", "workspace", "chosen")),
        ("wie werden Patches geprüft?", ("patches", "geprüft")),
        ("Кто читает журнал?", ("читает", "журнал")),
        ("what is it?", ()),
    ],
)
def test_what_a_question_is_about(question: str, words: tuple[str, ...]) -> None:
    assert content_words(question) == words


@pytest.mark.parametrize(
    ("question", "reasons", "near"),
    [
        ("how is the owner chosen?", [Reason("terms", "how, owner", 1.0)], True),
        ("how do I bake bread?", [Reason("terms", "do, how, i", 1.0)], False),
        ("who chooses owners?", [Reason("terms", "owner", 1.0)], True),
        ("owner of all the many big red boxes", [Reason("terms", "owner", 1.0)], False),
        ("owner of all the many big red boxes", [Reason("terms", "owner, boxes", 1.0)], True),
        ("what does parse_line do?", [Reason("symbol", "parse_line", 1.0)], True),
        ("anything", [Reason("similar", "similar in meaning", 0.5)], True),
        ("anything", [Reason("similar", "similar in meaning", 0.1)], False),
        ("why a dog?", [Reason("terms", "dogs", 1.0)], True),
        ("what are ions?", [Reason("terms", "options", 1.0)], True),
        ("what is an ion?", [Reason("terms", "options", 1.0)], False),
        ("anything", [], False),
        ("所有者是谁", [Reason("terms", "所有者", 1.0)], True),
    ],
)
def test_what_speaks_for_a_passage(question: str, reasons: list[Reason], near: bool) -> None:
    assert is_near(hit(*reasons), content_words(question)) is near


async def test_sources_are_numbered_and_marked() -> None:
    owner = Reason("terms", "owner", 1.0)
    told = await found(Hits((hit(), hit(owner, stale=True), hit(owner)), 0.1, "hybrid"))
    assert [one.number for one in told.sources] == [1, 2]
    first = told.sources[0]
    assert (first.path, first.first, first.last, first.heading) == ("a.md", 3, 5, "Top / Under")
    assert (first.stale, first.domain, first.digest) == (True, "docs", "d")
    assert told.note == ""


async def test_what_went_wrong_is_told() -> None:
    assert (await found(Hits((), 0.0, "hybrid"))).note == NOTHING_NEAR
    nothing = Hits((), 0.0, "nothing was read", "Nothing was read yet.")
    assert (await found(nothing)).note == "Nothing was read yet."
    partial = await found(Hits((), 0.0, "words", "", ("far", "away")))
    assert partial.note == "These domains did not answer: far, away."
    refused = await found(UsageError("There is no domain x.", "Look."))
    assert refused.note == "No passages: There is no domain x."
    broken = await found(ImportError("no AVX2"))
    assert broken.note == "No passages: the search cannot be loaded (no AVX2)."


async def test_a_replay_tells_which_passages_have_changed() -> None:
    async def knowledge() -> Knowledge:
        return Knowledge(Hits((), 0.0, "hybrid"))

    async def nowhere() -> Knowledge:
        raise ImportError("no AVX2")

    names = ("same", "old", "gone")
    sources = tuple(Source(at, name, "a.md", 3, 5) for at, name in enumerate(names, 1))
    receipt = AnswerReceipt("m", "worker", "d", 1, {}, "p", sources=sources)
    around = Around(None, knowledge, None, None)  # type: ignore[arg-type]
    assert await changed_passages(around, receipt, Caller("test")) == [
        "[2] a.md:3-5 has changed since.",
        "[3] a.md:3-5 is not there any more.",
    ]
    around = Around(None, nowhere, None, None)  # type: ignore[arg-type]
    (told,) = await changed_passages(around, receipt, Caller("test"))
    assert told.startswith("Nobody can tell")
    bare = AnswerReceipt("m", "worker", "d", 1, {}, "p")
    assert await changed_passages(around, bare, Caller("test")) == []


async def test_a_long_paste_is_looked_up_by_its_ends() -> None:
    knowledge = Knowledge(Hits((hit(Reason("terms", "owner")),), 0.0, "hybrid"))

    async def enter() -> Knowledge:
        return knowledge

    around = Around(None, enter, None, None)  # type: ignore[arg-type]
    text = f"Who is the owner? {'x ' * 50_000} Who was chosen?"
    told = await look_up(around, text, (), 3, Caller("test"))
    (search,) = knowledge.searched
    assert len(search.text) <= LONGEST + 1
    assert (search.text[:17], search.text[-15:]) == ("Who is the owner?", "Who was chosen?")
    assert "beginning and the end" in told.note


async def test_a_task_is_not_made_again_and_that_is_said() -> None:
    node = Node("a1", "c1", "m1", "assistant", 0, wanted=Wanted("task"))
    with pytest.raises(UsageError, match="A task is not made again") as refused:
        await replay(None, None, node, Caller("test"))  # type: ignore[arg-type]
    assert "c1" in refused.value.hint


def test_passages_alone_are_labelled_and_cannot_break_out() -> None:
    text = "```\nnot the end\n````"
    told = passages_alone(Found((Source(1, "p", "a.md", 3, 5, text=text, stale=True),)))
    assert told.startswith("No language model answers this.")
    assert "[1] a.md:3-5 — its file has changed since" in told
    assert f"`````\n{text}\n`````" in told
    assert passages_alone(Found()) == NOT_READ
