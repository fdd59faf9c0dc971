"""A closed day stays as it is, what comes later is booked late, and all of it can be reckoned again."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import StateUnavailable
from gateway.core.receipts import ReceiptState, ReceiptTold
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.reconciliation.accounts import Account, iso_day
from gateway.records.reconciliation.closing import Standing, Upkeep, closable
from gateway.records.reconciliation.proof import prove
from gateway.records.schema import china_day, day_begins_at, open_for_reading
from gateway.records.settings import RecordsSettings
from tests.gateway.records.conftest import Look
from tests.gateway.records.samples import ANSWER, NOON, query, sent
from tests.virtual_time import run_virtual

DAY = china_day(NOON)
SETTINGS = RecordsSettings(pseudonym_keys={"k1": Path("k1.key")})
AFTER, DEADLINE = SETTINGS.close_after_seconds, SETTINGS.close_deadline_seconds
NEXT_DAY = day_begins_at(DAY + 1)
TOLD = ReceiptTold("cmcc", "cmcc-1", "a1", ReceiptState.DELIVERED, NEXT_DAY + AFTER + 60)


class Keeper:
    """The upkeep at an instant of the test's choice."""

    def __init__(self, journal: SqliteJournal) -> None:
        self.now = NOON
        self._upkeep = Upkeep(journal, SETTINGS, lambda: self.now)

    async def at(self, now: float) -> None:
        self.now = now
        await self._upkeep.once()


async def finished(journal: SqliteJournal, number: int = 1, at: float = NOON + 60) -> None:
    await journal.accept(query(number))
    outcome = sent(at, message_ids=("a1",), segments=1, receipt_ids=("a1",))
    await journal.finish(query(number), ANSWER, outcome)


def faults(path: Path) -> tuple[str, ...]:
    connection = open_for_reading(path)
    try:
        return prove(connection).faults
    finally:
        connection.close()


async def test_a_day_is_closed_once_it_has_ended_for_a_while(journal: SqliteJournal, look: Look, path: Path) -> None:
    await finished(journal)
    await Keeper(journal).at(NEXT_DAY + AFTER - 1)
    assert look("SELECT * FROM closed_days") == []
    await Keeper(journal).at(NEXT_DAY + AFTER)
    ((day, closed_at, open_queries, digest),) = look("SELECT * FROM closed_days")
    assert (day, closed_at, open_queries, len(digest)) == (DAY, NEXT_DAY + AFTER, 0, 64)
    assert faults(path) == ()


async def test_an_open_query_holds_its_day_open_until_the_deadline(journal: SqliteJournal, look: Look) -> None:
    await finished(journal)
    await journal.accept(query(2))
    await Keeper(journal).at(NEXT_DAY + DEADLINE - 1)
    assert look("SELECT * FROM closed_days") == []
    await Keeper(journal).at(NEXT_DAY + DEADLINE)
    assert look("SELECT day, open_queries FROM closed_days") == [(DAY, 1)]


async def test_what_becomes_known_after_the_closing_is_booked_late(
    journal: SqliteJournal, look: Look, path: Path
) -> None:
    await finished(journal)
    await journal.accept(query(2))
    await Keeper(journal).at(NEXT_DAY + DEADLINE)
    before = look("SELECT * FROM link_days WHERE booked_on = ?", DAY)
    known_at = NEXT_DAY + DEADLINE + 3600
    await journal.finish(query(2), ANSWER, sent(known_at))
    await journal.receipt_told(TOLD)
    assert look("SELECT * FROM link_days WHERE booked_on = ?", DAY) == before
    late = look("SELECT booked_on, measure, messages FROM link_days WHERE day = ? AND booked_on > day", DAY)
    assert late == [(DAY + 1, "receipt_DELIVRD", 1), (china_day(known_at), "mo", 1)]
    assert faults(path) == ()
    account = Account.read(sqlite3.connect(path), "cmcc", DAY + 1, china_day(known_at))
    assert [(line.late, iso_day(line.day)) for line in account.lines] == [
        (True, iso_day(DAY)),
        (True, iso_day(DAY)),
        (False, iso_day(china_day(known_at))),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE link_days SET messages = messages + 1",
        "DELETE FROM link_days",
        "INSERT INTO link_days SELECT booked_on, day, 'x', 'x', 'mo', 0, 1, 1 FROM link_days LIMIT 1",
        "UPDATE link_days SET booked_on = booked_on + 9",
        "DELETE FROM closed_days",
        "UPDATE closed_days SET digest = 'x'",
        "UPDATE closed_days SET open_queries = 7",
        "INSERT INTO closed_days SELECT day - 1, closed_at, 0, NULL FROM closed_days",
    ],
)
async def test_a_closed_day_refuses_every_change(journal: SqliteJournal, path: Path, statement: str) -> None:
    await finished(journal)
    await Keeper(journal).at(NEXT_DAY + AFTER)
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="closed"):
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("tampering", "fault"),
    [
        ("UPDATE link_days SET messages = 2 WHERE measure = 'mo'", "the log has -1 messages"),
        ("UPDATE link_days SET messages = 2 WHERE measure = 'mo'", "is not the one that its digest was made of"),
        ("DELETE FROM query_log WHERE uid = (SELECT min(uid) FROM query_log)", "the log has -1 messages"),
        ("UPDATE closed_days SET open_queries = 3", "is not the one that its digest was made of"),
        (
            "DELETE FROM closed_days WHERE day = (SELECT min(day) FROM closed_days)",
            "is not the one that its digest was made of",
        ),
        ("UPDATE closed_days SET digest = NULL", "closed without a digest"),
        (
            "UPDATE closed_days SET day = day + 9 WHERE day = (SELECT max(day) FROM closed_days)",
            "are missing among the closed ones",
        ),
    ],
)
async def test_what_is_changed_behind_the_triggers_is_found(
    journal: SqliteJournal, path: Path, tampering: str, fault: str
) -> None:
    await finished(journal)
    await Keeper(journal).at(NEXT_DAY + 86_400 + AFTER)
    connection = sqlite3.connect(path)
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute(tampering)
    connection.commit()
    connection.close()
    assert any(fault in found for found in faults(path))


async def test_days_without_traffic_are_closed_too_and_a_missing_digest_is_written_later(
    journal: SqliteJournal, look: Look, path: Path
) -> None:
    from gateway.records.journal import day_rows

    await finished(journal)
    await journal.change(day_rows.closed(DAY, NEXT_DAY + AFTER))  # and then the process died
    await Keeper(journal).at(NEXT_DAY + 3 * 86_400 + AFTER)
    assert look("SELECT day, length(digest) FROM closed_days") == [(DAY + n, 64) for n in range(4)]
    assert faults(path) == ()


async def test_old_receipts_are_forgotten(journal: SqliteJournal, look: Look) -> None:
    await finished(journal)
    await Keeper(journal).at(NOON + 60 + SETTINGS.receipt_seconds)
    assert look("SELECT count(*) FROM receipts") == [(1,)]
    await Keeper(journal).at(NOON + 61 + SETTINGS.receipt_seconds)
    assert look("SELECT count(*) FROM receipts") == [(0,)]


def test_an_upkeep_that_cannot_read_tries_again_in_a_minute() -> None:
    class Away:
        asked = 0

        @property
        def reader(self) -> Away:
            return self

        async def ask(self, question: object) -> object:
            self.asked += 1
            raise StateUnavailable("the disk is away")

    journal = Away()

    async def main() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(Upkeep(cast(SqliteJournal, journal), SETTINGS, lambda: NOON).run(), 150.0)

    run_virtual(main())
    assert journal.asked == 3


@given(
    next_day=st.integers(20_000, 20_020),
    oldest=st.none() | st.floats(day_begins_at(19_990), day_begins_at(20_030)),
    now=st.floats(day_begins_at(19_990), day_begins_at(20_030)),
)
def test_no_day_is_skipped_closed_early_or_closed_with_open_queries_before_the_deadline(
    next_day: int, oldest: float | None, now: float
) -> None:
    days = closable(Standing(next_day, oldest, ()), now, SETTINGS)
    assert days == list(range(next_day, next_day + len(days)))
    for day in days:
        ended_at = day_begins_at(day + 1)
        assert now >= ended_at + AFTER
        assert oldest is None or oldest >= ended_at or now >= ended_at + DEADLINE
    waiting = next_day + len(days)
    assert now < day_begins_at(waiting + 1) + DEADLINE


def test_before_anything_was_counted_no_day_is_closed() -> None:
    assert closable(Standing(None, None, ()), NOON * 2, SETTINGS) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"close_after_seconds": 0.0}, "close_after_seconds"),
        ({"close_after_seconds": 9e9}, "close_after_seconds"),
        ({"receipt_seconds": 1.0}, "receipt_seconds"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changed: dict[str, float], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        RecordsSettings(pseudonym_keys={"k1": Path("k1.key")}, **changed)  # type: ignore[arg-type]  # all are floats
