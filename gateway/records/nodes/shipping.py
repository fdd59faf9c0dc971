"""Finished queries copied from this node's journal to the shared query log: each exactly once, whoever dies when.

A row waits in `unshipped` until the transaction that holds it has committed there.  If this node dies in between it
ships the row again, and its uid is found to be there already.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, update

from gateway.core.errors import NotDurable, StateUnavailable
from gateway.records.journal.sqlite_journal import SqliteJournal
from gateway.records.nodes.asking import Asked, enter
from gateway.records.nodes.database import SharedDatabase, insert_new
from gateway.records.nodes.tables import claims, lookups, open_queries, query_log

logger = logging.getLogger(__name__)

MAX_BATCH = 500  # queries of one transaction
SHIPPED_STEP = 50  # of shipping.sql
_TRIGGERS = Path(__file__).with_name("shipping.sql")

_LOG_COLUMNS = [column.name for column in query_log.columns if column.name != "node"]
_LOOKUP_COLUMNS = [column.name for column in lookups.columns]
_VERSIONS = "SELECT uid, version FROM unshipped ORDER BY uid LIMIT ?"
_AMONG = "WHERE uid IN (SELECT uid FROM unshipped ORDER BY uid LIMIT ?)"
_LOGGED = f"SELECT {', '.join(_LOG_COLUMNS)} FROM query_log {_AMONG}"  # noqa: S608 - our own names
_LOOKED_UP = f"SELECT {', '.join(_LOOKUP_COLUMNS)} FROM lookups {_AMONG}"  # noqa: S608 - our own names
_FLAGS = ("resent", "stale", "counted")


@dataclass(frozen=True, slots=True)
class Shipment:
    """Some finished queries: (uid, version) of each, its row of the log, and the rows of its codes."""

    versions: tuple[tuple[int, int], ...]
    logged: tuple[dict[str, Any], ...]
    looked_up: tuple[dict[str, Any], ...]


class Shipper:
    """`run` it as a task; `ship` once more when the last query is finished.  `node`: whose journal it is."""

    def __init__(self, journal: SqliteJournal, database: SharedDatabase, node: int, pause_seconds: float) -> None:
        self._journal = journal
        self._database = database
        self._node = node
        self._pause_seconds = pause_seconds
        self._away = False
        journal.begin_shipping(_TRIGGERS.read_text(encoding="utf-8"))

    async def run(self) -> None:
        """Ship until cancelled.  Says once that the shared database is away, and once that it is back."""
        while True:
            try:
                await self.ship()
            except (StateUnavailable, NotDurable) as exc:
                if not self._away:
                    logger.warning("queries are not shipped to the shared log: %s; they wait in the journal", exc)
                self._away = True
            else:
                if self._away:
                    logger.warning("queries are shipped to the shared log again")
                self._away = False
            await asyncio.sleep(self._pause_seconds)

    async def ship(self) -> int:
        """Ship all that waits; how many queries.  Raises StateUnavailable or NotDurable."""
        count = 0
        while (shipment := await self._journal.reader.ask(_load)).versions:
            await self._database.ask(partial(unload, node=self._node, shipment=shipment))
            await self._journal.shipped(shipment.versions, SHIPPED_STEP)
            count += len(shipment.versions)
        return count


def _load(connection: sqlite3.Connection) -> Shipment:
    connection.execute("BEGIN")  # one view of all three tables
    try:
        versions = connection.execute(_VERSIONS, (MAX_BATCH,)).fetchall()
        logged = _rows(connection, _LOGGED, _LOG_COLUMNS)
        return Shipment(tuple(versions), logged, _rows(connection, _LOOKED_UP, _LOOKUP_COLUMNS))
    finally:
        connection.execute("COMMIT")


def _rows(connection: sqlite3.Connection, statement: str, names: Sequence[str]) -> tuple[dict[str, Any], ...]:
    rows = [dict(zip(names, values, strict=True)) for values in connection.execute(statement, (MAX_BATCH,))]
    for row in rows:
        row.update({flag: bool(row[flag]) for flag in _FLAGS if flag in row})
    return tuple(rows)


def unload(connection: Connection, node: int, shipment: Shipment) -> None:
    """Put a shipment into the shared tables; what is there already stays as it is, but for later redeliveries.

    Queries that are logged are no longer open, on whichever node.
    """
    logged = sorted(shipment.logged, key=lambda row: row["uid"])
    new = insert_new(connection, query_log, [{**row, "node": node} for row in logged])
    known = [
        {"of_uid": r["uid"], "now": r["redeliveries"]} for r in logged if r["uid"] not in new and r["redeliveries"]
    ]
    if known:
        same = and_(query_log.c.uid == bindparam("of_uid"), query_log.c.node == node)
        connection.execute(update(query_log).where(same).values(redeliveries=bindparam("now")), known)
    looked_up = [row for row in shipment.looked_up if row["uid"] in new]
    insert_new(connection, lookups, looked_up)
    counted = [row for row in looked_up if row["counted"]]
    if counted:
        enter(
            connection,
            [Asked(r["code"], r["uid"], r["caller"], r["arrived_at"], r["answered_at"]) for r in counted],
            {},
            belated=True,
        )
    for table in (open_queries, claims):
        connection.execute(delete(table).where(table.c.uid.in_([row["uid"] for row in logged])))
