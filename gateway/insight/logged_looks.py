"""Looks in the query log, for the findings of the scan: read-only, a day at a time, so that no writer waits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from gateway.core.errors import StateUnavailable
from gateway.core.looks import Look
from gateway.core.uid import EPOCH_SECONDS, arrival_bound
from gateway.core.verdicts import Verdict
from gateway.insight.case_evidence import SUSPICIOUS, LoggedLook, Search, looks_of, product_of

_DAY_OF_UIDS = arrival_bound(EPOCH_SECONDS + 86_400.0)
_ROUNDING_SECONDS = 1.0  # the scan's instants are local times: a look must not fall out for its last digits
_COLUMNS = (
    "SELECT arrived_at, caller, area, code, verdict, resource_code, region FROM lookups WHERE uid >= ? AND uid < ?"
)
_WORDS = ", ".join(f"'{verdict}'" for verdict in sorted(SUSPICIOUS))
_SUSPICIOUS = (
    f"{_COLUMNS} AND (verdict IN ({_WORDS})"
    " OR verdict = 'first' AND region <> '' AND area <> '' AND substr(region, 1, 2) <> substr(area, 1, 2)) ORDER BY uid"
)
_OF_CODE = f"{_COLUMNS} AND code = ? ORDER BY uid"


class LoggedLooks:
    """The looks of one query log that may be evidence.  Raises StateUnavailable if it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def behind(self, search: Search, start_at: float, end_at: float) -> tuple[Look, ...]:
        """The looks of a finding that arrived from `start_at` to `end_at` (Unix time, seconds)."""
        first, last = arrival_bound(start_at), arrival_bound(end_at + _ROUNDING_SECONDS)
        if search.code:
            return looks_of(search, self._read(_OF_CODE, (first, last, search.code)))
        return looks_of(search, self.suspicious(first, last))

    def suspicious(self, first_uid: int, end_uid: int) -> Iterator[LoggedLook]:
        """Every look, from a uid to before another, that may belong to some finding, in the order of arrival."""
        for first in range(first_uid, end_uid, _DAY_OF_UIDS):
            yield from self._read(_SUSPICIOUS, (first, min(first + _DAY_OF_UIDS, end_uid)))

    def _read(self, statement: str, values: tuple[int | str, ...]) -> list[LoggedLook]:
        try:
            uri = f"{self._path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
                rows = connection.execute(statement, values).fetchall()
        except sqlite3.Error as exc:
            raise StateUnavailable(f"the query log cannot be read ({exc}): see to its disk") from exc
        return [
            LoggedLook(Look(at, caller, area, code), Verdict(verdict), product_of(code, product), region)
            for at, caller, area, code, verdict, product, region in rows
        ]
