"""Reading the query log as it grows: each finished query once it is finished, whatever order queries finish in.

A query's row appears when it is finished, under the uid of its arrival: a slow one appears behind rows that were read
already.  So whatever was open at a reading is looked for by its uid at the next ones, and the last seconds are read
again, as rows of theirs may have been under way.  The mark stays before all of these.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from gateway.core.looks import Gleaning, LookedUp, Reported
from gateway.core.query import Channel, Intent
from gateway.core.uid import arrival_bound
from gateway.core.verdicts import Verdict
from gateway.records.schema import open_for_reading

MOST_ROWS = 50_000  # of one reading
OVERLAP_SECONDS = 3.0  # from an arrival to its commit

_FINISHED = "SELECT uid, channel, carrier FROM query_log WHERE uid > ? ORDER BY uid LIMIT ?"
_LATE = "SELECT uid, channel, carrier FROM query_log JOIN json_each(?) ON uid = value"
_LOOKUPS = """SELECT uid, arrived_at, caller, area, code, verdict, resource_code, region FROM lookups
    WHERE uid >= ? AND uid <= ? ORDER BY uid, code"""
_REPORTS = """SELECT uid, arrived_at, kind, code, text, caller, area FROM reports WHERE uid >= ? AND uid <= ?
    ORDER BY uid"""


class Gleaner:
    """Reads what is new in one journal.  Not for two threads at a time."""

    def __init__(self, path: Path, mark: int = 0) -> None:
        """`mark`: from an earlier Gleaning; 0 for all that there is.  Raises SettingsFault without a journal."""
        self._connection = open_for_reading(path)
        self._reached = self._settled = mark
        self._told: set[int] = set()
        self._open: set[int] = set()

    def glean(self, now: float) -> Gleaning:
        """What finished since the last reading, at most some 50,000 queries of it; `now` is Unix time in seconds."""
        self._connection.execute("BEGIN")
        try:
            return self._read(now)
        finally:
            self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _read(self, now: float) -> Gleaning:
        late = _ways(self._connection.execute(_LATE, (json.dumps(sorted(self._open)),)))
        fresh = _ways(self._connection.execute(_FINISHED, (self._settled, MOST_ROWS)))
        is_all = len(fresh) < MOST_ROWS
        new = late | {uid: way for uid, way in fresh.items() if uid not in self._told}
        self._reached = max(self._reached, max(fresh, default=0))
        if is_all:
            recent = arrival_bound(now - OVERLAP_SECONDS)
            self._settled = max(self._settled, min(self._reached, recent))
        else:
            self._settled = self._reached
        self._told = {uid for uid in self._told | new.keys() if uid > self._settled}
        opened = self._connection.execute("SELECT uid FROM journal WHERE uid <= ?", (self._reached,))
        self._open = {uid for (uid,) in opened}
        mark = min([self._settled, *(uid - 1 for uid in self._open)])
        return Gleaning(mark, self._looks(new), self._reports(new))

    def _looks(self, new: dict[int, tuple[str, str]]) -> tuple[LookedUp, ...]:
        if not new:
            return ()
        found = []
        for uid, at, caller, area, code, verdict, product, region in self._rows(_LOOKUPS, new):
            if uid in new:
                channel, carrier = new[uid]
                found.append(
                    LookedUp(uid, at, Channel(channel), carrier, caller, area, code, Verdict(verdict), product, region)
                )
        return tuple(found)

    def _reports(self, new: dict[int, tuple[str, str]]) -> tuple[Reported, ...]:
        if not new:
            return ()
        return tuple(
            Reported(uid, at, Intent(kind), code, text, caller, area)
            for uid, at, kind, code, text, caller, area in self._rows(_REPORTS, new)
            if uid in new
        )

    def _rows(self, statement: str, new: dict[int, tuple[str, str]]) -> sqlite3.Cursor:
        return self._connection.execute(statement, (min(new), max(new)))


def _ways(rows: sqlite3.Cursor) -> dict[int, tuple[str, str]]:
    """Channel and carrier of each query."""
    return {uid: (channel, carrier) for uid, channel, carrier in rows}
