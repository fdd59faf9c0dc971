"""Refused messages are counted exactly, also through a disk that was full for a while."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

from gateway.core.ports import Refusal
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.schema import china_day
from tests.gateway.records.conftest import Look, never
from tests.gateway.records.samples import NOON
from tests.virtual_time import run_virtual

WHOLE = Refusal("cmcc", "cmcc-1", 0x64, True, NOON)
PART = Refusal("cmcc", "cmcc-1", 0x64, False, NOON + 5)


async def test_refusals_are_counted_by_link_and_status(journal: SqliteJournal, look: Look) -> None:
    other_status = Refusal("cmcc", "cmcc-1", 0x08, True, NOON)
    await asyncio.gather(*[journal.refused(one) for one in (WHOLE, WHOLE, PART, other_status)])
    rows = look("SELECT day, measure, command_status, messages, pdus FROM link_days ORDER BY command_status")
    day = china_day(NOON)
    assert rows == [(day, "mo_refused", 0x08, 1, 1), (day, "mo_refused", 0x64, 2, 3)]


async def test_what_was_kept_is_apart_from_what_was_not(journal: SqliteJournal, look: Look) -> None:
    late = replace(WHOLE, kept=True)
    unanswered = replace(WHOLE, command_status=0, kept=True)
    await asyncio.gather(*[journal.refused(one) for one in (WHOLE, late, late, unanswered)])
    rows = look("SELECT measure, command_status, pdus FROM link_days ORDER BY 1, 2")
    assert rows == [("mo_refused", 0x64, 1), ("mo_unacknowledged", 0, 1), ("mo_unacknowledged", 0x64, 2)]


def commits_fail(journal: SqliteJournal, state: str) -> None:
    connection: sqlite3.Connection = journal._writer._connection
    connection.execute(f"PRAGMA query_only = {state}")


async def test_what_could_not_be_counted_is_counted_with_the_next(path: Path, look: Look) -> None:
    journal = await SqliteJournal.opened(path, never)
    commits_fail(journal, "ON")
    await journal.refused(WHOLE)
    await journal.refused(WHOLE)
    assert look("SELECT * FROM link_days") == []
    commits_fail(journal, "OFF")
    await journal.refused(PART)
    assert look("SELECT messages, pdus FROM link_days") == [(2, 3)]
    await journal.close()
    assert look("SELECT messages, pdus FROM link_days") == [(2, 3)]


async def test_an_orderly_end_counts_what_is_owed(path: Path, look: Look) -> None:
    journal = await SqliteJournal.opened(path, never)
    commits_fail(journal, "ON")
    await journal.refused(WHOLE)
    commits_fail(journal, "OFF")
    await journal.close()
    assert look("SELECT messages, pdus FROM link_days") == [(1, 1)]


def test_what_is_owed_is_tried_again_unasked(path: Path, look: Look) -> None:
    from gateway.core.errors import NotDurable
    from gateway.records.journal.refusals import RefusalCounts

    taken: list[object] = []
    failing = [True, True, False]

    def submit(rows: object) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if failing.pop(0):
            future.set_exception(NotDurable("full"))
        else:
            taken.append(rows)
            future.set_result(None)
        return future

    async def main() -> None:
        counts = RefusalCounts(submit)
        await counts.count(WHOLE)
        await asyncio.sleep(10.0)
        await counts.close()

    run_virtual(main())
    assert len(taken) == 1
