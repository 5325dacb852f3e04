"""The Metrics screen: a journal of any length, search, notes, detail."""

from __future__ import annotations

from screens.journal import PAGE, PAGES_KEPT, Found, Whole
from tests.pilot.conftest import Hands, hands_on
from tests.pilot.fake import event
from tests.pilot.findings import ENDED, FAILURE, PROPOSAL
from workbench.api.commands import ReadEvents, WriteNote
from workbench.api.deciding import Reject, ReviewActed

MILLION = 1_000_000


async def open_metrics(hands: Hands) -> None:
    await hands.press("5")
    await hands.see("Journal", "84.3 MB", "note.written  ")


async def test_it_shows_host_stores_rate_and_journal() -> None:
    async with hands_on(size=(150, 40), notices=("Kept aside: \x1b[2J bad",)) as hands:
        await open_metrics(hands)
        await hands.see("4242, since 12:00", "12 times, 1 cut short", "interface, command line")
        await hands.see("journal 1.3 MB", "write-ahead log 52.0 KB", "33.0 GB free")
        await hands.see("Events a minute", "60 min to 12:00, most 12", "note.written")
        await hands.see("! Kept aside: ␛[2J bad", "1 notice on Metrics", "40 events")


async def test_a_million_events_are_one_list() -> None:
    async with hands_on(head=MILLION) as hands:
        await open_metrics(hands)
        await hands.see("1,000,000 events", "1000000")
        await hands.press("G")
        await hands.see("host.started")
        assert hands.metrics.journal.cursor == MILLION - 1
        await hands.press("g", "ctrl+d", "ctrl+d", "ctrl+u", "pagedown", "pageup", "j", "k")
        await hands.see("▸   999993")
        assert len(hands.host.asked) < 30
        assert len(hands.metrics._whole._pages) <= PAGES_KEPT


async def test_new_events_come_on_top_of_a_cursor_at_the_top() -> None:
    async with hands_on(head=300) as hands:
        await open_metrics(hands)
        await hands.host.grow(2)
        await hands.see("302 events", "▸      302")
        assert hands.metrics.journal.cursor == 0


async def test_a_cursor_further_down_stays_on_its_event() -> None:
    async with hands_on(head=300) as hands:
        await open_metrics(hands)
        await hands.press("j", "j")
        await hands.see("▸      298")
        await hands.host.grow(50)
        await hands.see("350 events", "▸      298")


async def test_failures_repairs_and_searches_are_told_in_words() -> None:
    async with hands_on() as hands:
        await open_metrics(hands)
        for fact in (FAILURE, PROPOSAL, ENDED):
            await hands.host.tell(fact)
        await hands.see("tests/test_parse.py::test_last_line: Asser")
        await hands.host.tell(
            ReviewActed(
                PROPOSAL.proposal, Reject((), "it guesses"), "rejected", reason="it guesses"
            )
        )
        await hands.see("3f2a91c0d1e2: rejected: it guesses")
        await hands.see("92% likely right: the loop", "2 repairs hold, of 1,812 that were tried.")


async def test_search_and_back() -> None:
    async with hands_on(head=400) as hands:
        await open_metrics(hands)
        await hands.press("/")
        await hands.type("FLAKY x")
        await hands.press("backspace", "backspace", "enter")
        await hands.see("events with “FLAKY”", "flaky: test_retry")
        assert "parser loops" not in hands.text
        await hands.host.grow(6)
        await hands.see("▸      404")
        await hands.press("escape")
        await hands.see("406 events")


async def test_a_search_that_finds_nothing_and_one_that_is_cancelled() -> None:
    async with hands_on() as hands:
        await open_metrics(hands)
        await hands.press("/")
        await hands.type("zebra")
        await hands.press("enter")
        await hands.see("0 events with “zebra”")
        await hands.press("j")
        await hands.see("The list is empty.")
        await hands.press("escape", "/")
        await hands.type("q")
        await hands.press("escape")
        await hands.see("40 events")


async def test_a_note_is_written() -> None:
    async with hands_on() as hands:
        await open_metrics(hands)
        await hands.press("n")
        await hands.type("ab c")
        await hands.press("left", "left", "x", "home", "y", "end", "z", "ctrl+w", "w", "enter")
        await hands.see("Noted as event 41.", "41 events")
        assert hands.host.asked.count(WriteNote("yabx w")) == 1


async def test_an_empty_note_is_none() -> None:
    async with hands_on() as hands:
        await open_metrics(hands)
        await hands.press("n", "enter")
        assert not [asked for asked in hands.host.asked if isinstance(asked, WriteNote)]


async def test_what_the_host_refuses_is_told() -> None:
    async with hands_on() as hands:
        await open_metrics(hands)
        hands.host.fails = True
        await hands.press("n", "a", "enter")
        await hands.see("The store is full. Make room.")
        assert hands.interface.is_running


async def test_an_event_is_opened_in_place_of_a_narrow_list() -> None:
    async with hands_on(size=(80, 24)) as hands:
        await open_metrics(hands)
        await hands.press("enter")
        await hands.see("Event 40", "note.written, version 1", "key-40")
        await hands.press("j")
        await hands.see("Event 39")
        await hands.press("escape")
        await hands.see("▸       39")


async def test_an_event_is_shown_beside_a_wide_list() -> None:
    async with hands_on(size=(140, 40)) as hands:
        await open_metrics(hands)
        await hands.see("Event 40", "▸       40")
        await hands.press("enter")
        await hands.until(lambda: "Event 40" not in hands.text)


async def test_another_journal_begins_anew() -> None:
    async with hands_on(head=300) as hands:
        await open_metrics(hands)
        await hands.press("G")
        hands.host.lose()
        await hands.see("lost")
        hands.host.journal, hands.host.head = "journal-2", 7
        hands.host.attach()
        await hands.see("7 events", "▸        7")


async def test_the_same_journal_goes_on() -> None:
    async with hands_on(head=300) as hands:
        await open_metrics(hands)
        await hands.press("j", "j", "j")
        hands.host.lose()
        hands.host.attach()
        await hands.host.grow()
        await hands.see("301 events", "▸      297")


async def test_it_survives_every_size() -> None:
    async with hands_on(size=(200, 50)) as hands:
        await open_metrics(hands)
        for size in ((80, 24), (20, 6), (3, 2), (120, 40)):
            await hands.pilot.resize_terminal(*size)
            await hands.press("j")
        await hands.see("40 events", "attached")


async def test_rows_and_wheel_of_the_mouse() -> None:
    async with hands_on() as hands:
        await open_metrics(hands)
        await hands.pilot.click("#journal", offset=(5, 3))
        assert hands.metrics.journal.cursor == 3
        await hands.pilot.click("#journal", offset=(5, 3))
        await hands.see("Event 37")


def test_pages_are_fetched_in_any_order_and_forgotten() -> None:
    rows = Whole(100_000)
    for index in range(0, 100_000, 1000):
        wanted = rows.wanted(range(index, index + 5))
        assert wanted is not None
        assert wanted.before is not None
        rows.take([event(s) for s in range(wanted.before - PAGE, wanted.before)], more=True)
        assert rows.wanted(range(index, index + 5)) is None or index % PAGE > PAGE - 5
        entry = rows.entry(index)
        assert entry is not None
        assert entry.seq == 100_000 - index
    assert len(rows._pages) <= PAGES_KEPT


def test_what_was_found_reads_on_near_its_end() -> None:
    rows = Found("x", 1000)
    assert rows.wanted(range(10)) == ReadEvents(before=1001, limit=PAGE, text="x")
    rows.take([event(seq) for seq in range(1000, 900, -1)], more=True)
    assert rows.wanted(range(10)) is None
    assert rows.wanted(range(60, 80)) == ReadEvents(before=901, limit=PAGE, text="x")
    rows.take([event(5)], more=False)
    assert rows.wanted(range(90, 101)) is None
    assert rows.complete
