"""When a day is closed, and the upkeep that closes days and forgets receipts that nobody will send any more."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gateway.core.errors import NotDurable, StateUnavailable
from gateway.records.journal import day_rows
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.reconciliation.accounts import digest_of, iso_day
from gateway.records.schema import day_begins_at
from gateway.records.settings import RecordsSettings

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What closing depends on.  `next_day`: the first that is open, None before anything was counted.

    `oldest_open_at`: when the oldest query without an end arrived (Unix time), None if there is none; `unsealed`: days
    that are closed and have no digest yet.
    """

    next_day: int | None
    oldest_open_at: float | None
    unsealed: tuple[int, ...]

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> Standing:
        """From a connection to the journal."""
        (next_day,) = connection.execute(
            "SELECT coalesce((SELECT max(day) FROM closed_days) + 1, (SELECT min(day) FROM link_days))"
        ).fetchone()
        oldest = connection.execute("SELECT json_extract(query, '$[3]') FROM journal ORDER BY uid LIMIT 1").fetchone()
        unsealed = connection.execute("SELECT day FROM closed_days WHERE digest IS NULL ORDER BY day").fetchall()
        return cls(next_day, oldest[0] if oldest else None, tuple(day for (day,) in unsealed))


def closable(standing: Standing, now: float, settings: RecordsSettings) -> list[int]:
    """The days to close at `now` (Unix time), in order: days are closed without gaps, also those without traffic."""
    day = standing.next_day
    days: list[int] = []
    while day is not None:
        ended_at = day_begins_at(day + 1)
        waits = standing.oldest_open_at is not None and standing.oldest_open_at < ended_at
        if now < ended_at + (settings.close_deadline_seconds if waits else settings.close_after_seconds):
            break
        days.append(day)
        day += 1
    return days


def missing_digests(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """The digests that closed days lack, by day."""
    last = connection.execute("SELECT digest FROM closed_days WHERE digest IS NOT NULL ORDER BY day DESC LIMIT 1")
    (before,) = last.fetchone() or ("",)
    digests = []
    for day, closed_at, open_queries in connection.execute(
        "SELECT day, closed_at, open_queries FROM closed_days WHERE digest IS NULL ORDER BY day"
    ).fetchall():
        before = digest_of(connection, day, closed_at, open_queries, before)
        digests.append((day, before))
    return digests


class Upkeep:
    """What the journal needs once a minute, besides the hourly pruning."""

    def __init__(self, journal: SqliteJournal, settings: RecordsSettings, clock: Callable[[], float]) -> None:
        self._journal = journal
        self._settings = settings
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except (NotDurable, StateUnavailable) as exc:
                logger.warning("the upkeep of the journal waits a minute: %s", exc)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def once(self) -> None:
        """Close what can be closed, write missing digests, forget old receipts.

        Raises NotDurable or StateUnavailable; what is undone is done the next time.
        """
        await self.close_days(self._clock())
        await self._forget_receipts(self._clock() - self._settings.receipt_seconds)

    async def close_days(self, now: float, through: int | None = None) -> list[int]:
        """Close what can be closed at `now` (Unix time), or whatever is open up to `through`; seal all closed days.

        Returns the days that were closed.
        """
        standing = await self._journal.reader.ask(Standing.read)
        days = closable(standing, now, self._settings)
        if through is not None and standing.next_day is not None:
            days = list(range(standing.next_day, through + 1))
        if days:
            await self._journal.change(*[day_rows.closed(day, now) for day in days])
            logger.info("closed the accounts of the days to %s", iso_day(days[-1]))
        if standing.unsealed or days:
            seals = await self._journal.reader.ask(missing_digests)
            await self._journal.change(*[day_rows.sealed(day, digest) for day, digest in seals])
        return days

    async def _forget_receipts(self, before: float) -> None:
        while await self._journal.reader.ask(partial(_are_older, before=before)):
            await self._journal.change(day_rows.forgotten(before))


def _are_older(connection: sqlite3.Connection, before: float) -> bool:
    return connection.execute("SELECT 1 FROM receipts WHERE at < ? LIMIT 1", (before,)).fetchone() is not None
