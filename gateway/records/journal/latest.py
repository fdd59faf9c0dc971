"""The codes that a caller asked about last."""

from __future__ import annotations

import sqlite3

from gateway.core.uid import arrival_bound

_ROWS = 50_000  # read backwards, for there is no index by caller: a reader's thread does it in some 10 ms
_LATEST = """
    SELECT uid, code, resource_code, batch, counted
    FROM (SELECT * FROM lookups WHERE uid >= ? ORDER BY uid DESC LIMIT ?) WHERE caller = ? ORDER BY uid DESC"""


def latest_codes(connection: sqlite3.Connection, pseudonym: str, since: float) -> list[tuple[str, str, str]]:
    """Code, resource code and batch of what the caller's latest query since then (Unix time) found active.

    Looks at the latest 50,000 codes that anybody asked about: an older query counts as none.
    """
    found = connection.execute(_LATEST, (arrival_bound(since), _ROWS, pseudonym)).fetchall()
    return [(code, product, batch) for uid, code, product, batch, counted in found if counted and uid == found[0][0]]
