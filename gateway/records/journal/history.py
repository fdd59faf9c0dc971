"""Who asked for a code before, from the look-ups and the open queries: the truth that a shared store only repeats.

On one node this is the whole port History.  Where several nodes share a store, that asks `load` for what it misses.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from gateway.core.history import ASKERS_KEPT, Asker, KnownAskers, history_of, known_askers
from gateway.core.query import Query
from gateway.core.verdicts import CodeHistory
from gateway.records.journal.sqlite_journal import SqliteJournal

MAX_COUNTED = 10_000  # of one code's queries: beyond it the counts stand still, and a copied code costs no more
RETRY_SECONDS = 60.0

_ASKERS = """
SELECT code, uid, caller, arrived_at, answered_at FROM json_each(?) JOIN lookups ON code = value
WHERE counted AND uid <= coalesce(
    (SELECT uid FROM lookups WHERE code = value AND counted ORDER BY uid LIMIT 1 OFFSET ?), 9223372036854775807)
ORDER BY code, uid
"""


class SqlHistory:
    """The port History for one node; `load` for a history that several nodes share.

    Questions that come in one turn of the loop go to the reader as one; while they run the next ones gather.
    """

    def __init__(self, journal: SqliteJournal, retry_seconds: float = RETRY_SECONDS) -> None:
        self._reader = journal.reader
        self._open = journal.open_codes
        self._retry_seconds = retry_seconds
        self._wanted: OrderedDict[str, list[asyncio.Future[KnownAskers]]] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    async def record(self, query: Query) -> list[CodeHistory]:
        """See ports.History.  Raises StateUnavailable if the log cannot be read."""
        self._open.enter(query)
        caller = query.caller.pseudonym
        return [
            history_of(known, query.uid, caller, query.arrived_at, self._retry_seconds)
            for known in await self.load(query.understanding.codes)
        ]

    async def forget(self, query: Query, codes: Sequence[str]) -> None:
        """See ports.History.  The look-ups are told by Finding.counted."""
        self._open.leave(query.uid, codes)

    async def load(self, codes: Sequence[str]) -> list[KnownAskers]:
        """What the log and this node's open queries know of each code, in order: see core.history.LoadAskers."""
        # Before the log is read: what finishes meanwhile is then found twice, which is harmless, and never missed.
        open_now = [self._open.askers(code) for code in codes]
        logged = await asyncio.gather(*[self._want(code) for code in codes])
        return [_merged(known, askers) for known, askers in zip(logged, open_now, strict=True)]

    def _want(self, code: str) -> asyncio.Future[KnownAskers]:
        future: asyncio.Future[KnownAskers] = asyncio.get_running_loop().create_future()
        self._wanted.setdefault(code, []).append(future)
        if self._task is None:
            self._task = asyncio.create_task(self._read(), name="history")
        return future

    async def _read(self) -> None:
        while self._wanted:
            wanted, self._wanted = self._wanted, OrderedDict()
            try:
                found = await self._reader.ask(partial(_logged, codes=list(wanted)))
            except Exception as exc:  # noqa: BLE001 - each of those who wait is told, whatever it was
                _settle(wanted, exc)
                continue
            for code, futures in wanted.items():
                for future in futures:
                    if not future.done():
                        future.set_result(found.get(code, KnownAskers()))
        self._task = None


def _settle(wanted: OrderedDict[str, list[asyncio.Future[KnownAskers]]], exc: Exception) -> None:
    for futures in wanted.values():
        for future in futures:
            if not future.done():
                future.set_exception(exc)


def _logged(connection: sqlite3.Connection, codes: Sequence[str]) -> dict[str, KnownAskers]:
    """The counted look-ups of `codes`; those that nobody asked for are left out."""
    askers: dict[str, list[Asker]] = {}
    for code, *fields in connection.execute(_ASKERS, (json.dumps(codes), ASKERS_KEPT - 1)):
        askers.setdefault(code, []).append(Asker(*fields))
    return {
        code: known_askers(found) if len(found) < ASKERS_KEPT else _counted(connection, code, tuple(found))
        for code, found in askers.items()
    }


def _counted(connection: sqlite3.Connection, code: str, askers: tuple[Asker, ...]) -> KnownAskers:
    queries, callers = connection.execute(
        "SELECT count(*), count(DISTINCT caller) FROM"
        " (SELECT caller FROM lookups WHERE code = ? AND counted ORDER BY uid LIMIT ?)",
        (code, MAX_COUNTED),
    ).fetchone()
    return KnownAskers(askers, queries, callers)


def _merged(logged: KnownAskers, open_now: Sequence[Asker]) -> KnownAskers:
    """The log's askers with those of the open queries that are not among them."""
    if not open_now:
        return logged
    known = {asker.uid for asker in logged.askers}
    new = [asker for asker in open_now if asker.uid not in known]
    callers = {asker.caller for asker in logged.askers}
    together = known_askers((*logged.askers, *new))
    return KnownAskers(
        together.askers, logged.queries + len(new), logged.callers + len({asker.caller for asker in new} - callers)
    )
