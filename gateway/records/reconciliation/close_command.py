"""Closing days by hand, while no gateway holds the journal."""

from __future__ import annotations

import time

from gateway.core.errors import SettingsFault
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.reconciliation.closing import Upkeep
from gateway.records.schema import china_day
from gateway.records.settings import RecordsSettings


async def close_through(settings: RecordsSettings, through: int | None) -> list[int]:
    """Close the days that are due, or every ended day up to `through`.  The days that were closed.

    Raises SettingsFault if a gateway holds the journal, or if `through` has not ended.
    """
    now = time.time()
    if through is not None and through >= china_day(now):
        raise SettingsFault("only a day that has ended in China can be closed")
    journal = await SqliteJournal.opened(settings.path, _raise)
    try:
        return await Upkeep(journal, settings, time.time).close_days(now, through)
    finally:
        await journal.close()


def _raise(failure: BaseException) -> None:
    raise failure
