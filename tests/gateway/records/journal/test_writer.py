from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import NotDurable
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.journal.writer import MAX_BATCH
from tests.gateway.records.conftest import Look, never
from tests.gateway.records.samples import ANSWER, query, sent


async def limited(path: Path, pages: int) -> SqliteJournal:
    """A journal whose file may hold no more than so many pages: a small disk."""
    journal = await SqliteJournal.opened(path, never)
    set_pages(journal, pages)
    return journal


def set_pages(journal: SqliteJournal, pages: int) -> None:
    connection: sqlite3.Connection = journal._writer._connection
    connection.execute(f"PRAGMA max_page_count = {pages}")


async def test_a_full_disk_refuses_its_batch_and_room_again_needs_no_hand(path: Path, look: Look) -> None:
    journal = await limited(path, 60)
    accepted = 0
    refusal = None
    while refusal is None:
        [refusal] = await asyncio.gather(journal.accept(query(accepted + 1, text="x" * 400)), return_exceptions=True)
        accepted += refusal is None
    assert isinstance(refusal, NotDurable)
    assert len(await journal.open_queries()) == accepted
    assert len(journal.open_codes.askers(query().understanding.codes[0])) == accepted
    set_pages(journal, 10_000)
    await journal.accept(query(5000))
    await journal.finish(query(5000), ANSWER, sent())
    assert look("SELECT count(*) FROM query_log") == [(1,)]
    await journal.close()


async def test_a_finish_that_was_refused_can_be_repeated_and_counts_once(path: Path, look: Look) -> None:
    journal = await SqliteJournal.opened(path, never)
    await journal.accept(query())
    journal._writer._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(NotDurable):
        await journal.finish(query(), ANSWER, sent())
    assert len(journal.open_codes) == 1
    journal._writer._connection.execute("PRAGMA query_only = OFF")
    await journal.finish(query(), ANSWER, sent())
    assert look("SELECT sum(queries) FROM rollups") == [(1,)]
    await journal.close()


async def test_an_unforeseen_fault_stops_the_writer_and_refuses_everything(path: Path) -> None:
    failures: list[BaseException] = []
    journal = await SqliteJournal.opened(path, failures.append)
    journal._writer._connection.execute("DROP TRIGGER on_ACCEPT")
    journal._writer._connection.execute(
        "CREATE TEMP TRIGGER broken INSTEAD OF INSERT ON intake BEGIN SELECT raise(ABORT, 'broken'); END"
    )
    found = await asyncio.gather(*[journal.accept(query(number)) for number in range(20)], return_exceptions=True)
    assert all(isinstance(one, NotDurable) for one in found)
    assert [type(failure) for failure in failures] == [sqlite3.IntegrityError]
    with pytest.raises(NotDurable, match="start the gateway again"):
        await journal.accept(query(99))
    assert len(journal.open_codes) == 0
    assert len(failures) == 1
    await journal.close()


async def test_who_watches_knows_of_the_fault_before_those_who_wait_are_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[BaseException] = []
    journal = await SqliteJournal.opened(path, failures.append)
    journal._writer._connection.execute("DROP VIEW intake")
    loop, refused = asyncio.get_running_loop(), threading.Event()
    wake = loop.call_soon_threadsafe

    def wake_and_pause(callback: Callable[..., object], *args: Any) -> None:
        """As if the thread lost its turn behind each word to the loop, until those who wait have theirs."""
        wake(callback, *args)
        refused.wait(10)

    monkeypatch.setattr(loop, "call_soon_threadsafe", wake_and_pause)
    with pytest.raises(NotDurable):
        await journal.accept(query())
    assert len(failures) == 1
    refused.set()
    monkeypatch.undo()
    await journal.close()


async def test_what_waits_is_committed_before_the_journal_closes(path: Path, look: Look) -> None:
    journal = await SqliteJournal.opened(path, never)
    waiting = [asyncio.ensure_future(journal.accept(query(number))) for number in range(1, MAX_BATCH + 50)]
    await asyncio.sleep(0)
    await journal.close()
    await asyncio.gather(*waiting)
    assert look("SELECT count(*) FROM journal") == [(MAX_BATCH + 49,)]


async def test_a_caller_who_gave_up_waiting_disturbs_nobody(journal: SqliteJournal) -> None:
    leaving, staying = (asyncio.ensure_future(journal.accept(query(number))) for number in (1, 2))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    assert len(await journal.open_queries()) == 2


async def test_changes_that_wait_when_the_writer_stops_are_refused_too(path: Path) -> None:
    failures: list[BaseException] = []
    journal = await SqliteJournal.opened(path, failures.append)
    journal._writer._connection.execute("DROP VIEW intake")
    waiting = []
    for number in range(1, 200):
        waiting.append(asyncio.ensure_future(journal.accept(query(number))))
        await asyncio.sleep(0)
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, NotDurable) for one in found)
    assert len({id(one) for one in found}) == len(found)
    assert len(failures) == 1
    await journal.close()


async def test_closing_with_much_waiting_commits_all_of_it(path: Path, look: Look) -> None:
    journal = await SqliteJournal.opened(path, never)
    waiting = []
    for number in range(1, 300):
        waiting.append(asyncio.ensure_future(journal.accept(query(number))))
        await asyncio.sleep(0)
    await journal.close()
    await asyncio.gather(*waiting)
    assert look("SELECT count(*) FROM journal") == [(299,)]
