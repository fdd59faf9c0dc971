"""Is the journal whole?  What must hold between its tables, checked; for the command line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.core.errors import SettingsFault
from gateway.records.journal.rows import answer_of, query_of
from gateway.records.reconciliation.proof import prove
from gateway.records.schema import open_for_reading

# Each counts what should not be.  Every sum that is found in the log, and totals that agree: then all sums agree.
_RULES = {
    "queries both open and logged": "SELECT count(*) FROM journal JOIN query_log USING (uid)",
    "look-ups without their query": "SELECT count(*) FROM lookups WHERE uid NOT IN (SELECT uid FROM query_log)",
    "reports without their query": "SELECT count(*) FROM reports WHERE uid NOT IN (SELECT uid FROM query_log)",
    "queries that the roll-ups lack or have too many": """
        SELECT abs((SELECT coalesce(sum(queries), 0) FROM rollups) - (SELECT count(*) FROM query_log))""",
    "look-ups that the roll-ups lack or have too many": """
        SELECT abs((SELECT coalesce(sum(lookups), 0) FROM rollups) - (SELECT count(*) FROM lookups))""",
    "roll-ups of queries that differ from the log": """
        SELECT count(*) FROM (
            SELECT hour, area, channel, carrier, verdict, sum(queries) AS n FROM rollups
            GROUP BY 1, 2, 3, 4, 5 HAVING n > 0
            EXCEPT SELECT CAST(arrived_at / 3600 AS INTEGER), area, channel, carrier, coalesce(verdict, ''), count(*)
            FROM query_log GROUP BY 1, 2, 3, 4, 5)""",
    "roll-ups of look-ups that differ from them": """
        SELECT count(*) FROM (
            SELECT hour, area, resource_code, verdict, sum(lookups) AS n FROM rollups GROUP BY 1, 2, 3, 4 HAVING n > 0
            EXCEPT SELECT CAST(arrived_at / 3600 AS INTEGER), area, resource_code, verdict, count(*)
            FROM lookups GROUP BY 1, 2, 3, 4)""",
}
_COUNTS = """
SELECT (SELECT count(*) FROM journal), (SELECT count(*) FROM query_log), (SELECT count(*) FROM lookups),
    (SELECT count(*) FROM reports), (SELECT count(*) FROM parts)
"""


@dataclass(frozen=True, slots=True)
class Soundness:
    """How many rows there are, and every fault found, in words; no faults: the journal is whole."""

    open_queries: int
    logged_queries: int
    lookups: int
    reports: int
    waiting_parts: int
    faults: tuple[str, ...]


def verify(path: Path) -> Soundness:
    """Check the file's structure, then the tables against each other, in one consistent view.  Reads everything.

    The gateway may be running meanwhile.  Raises SettingsFault if there is no journal of this version.
    """
    connection = open_for_reading(path)
    try:
        connection.execute("BEGIN")
        faults = tuple(_faults(connection))
        counts = connection.execute(_COUNTS).fetchone()
    except sqlite3.DatabaseError as exc:
        raise SettingsFault(
            f"{path}: the journal is damaged ({exc}): restore it, or recover it with sqlite3 .recover"
        ) from exc
    finally:
        connection.close()
    open_queries, logged_queries, lookups, reports, parts = counts
    return Soundness(open_queries, logged_queries, lookups, reports, parts, faults)


def _faults(connection: sqlite3.Connection) -> Iterator[str]:
    structure = [text for (text,) in connection.execute("PRAGMA integrity_check(10)")]
    if structure != ["ok"]:
        yield from (f"structure: {text}" for text in structure)
    for rule, statement in _RULES.items():
        if found := _count(connection, statement):
            yield f"{rule}: {found}"
    yield from prove(connection).faults
    for uid, query, answer in connection.execute("SELECT uid, query, answer FROM journal"):
        try:
            kept = query_of(query)
            if answer is not None:
                answer_of(answer)
        except (ValueError, TypeError):
            yield f"open query {uid}: its row cannot be read"
        else:
            if kept.uid != uid:
                yield f"open query {uid}: its row is of query {kept.uid}"


def _count(connection: sqlite3.Connection, statement: str) -> int:
    (count,) = connection.execute(statement).fetchone()
    return int(count)
