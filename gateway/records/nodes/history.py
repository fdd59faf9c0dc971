"""The port History where several nodes share a database: exactly one of them says "first"."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from gateway.core.history import KnownAskers
from gateway.core.query import Query
from gateway.core.verdicts import CodeHistory
from gateway.records.journal.history import SqlHistory
from gateway.records.nodes.asking import Asked, enter, take_out
from gateway.records.nodes.database import SharedDatabase

MAX_BATCH = 500  # queries of one transaction


class SharedHistory:
    """Every query is entered in the shared database before it is judged, Redis or no Redis.

    What comes while a transaction runs goes into the next one.  Codes that the database does not know yet are seeded
    from this node's own log.  While the database is away nobody is told anything about a code's history: `record`
    raises StateUnavailable, and the query is answered later.  `clock`: Unix time in seconds.
    """

    def __init__(
        self, database: SharedDatabase, own: SqlHistory, retry_seconds: float, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._own = own
        self._retry_seconds = retry_seconds
        self._clock = clock
        self._waiting: list[tuple[Asked, KnownAskers, asyncio.Future[CodeHistory]]] = []
        self._task: asyncio.Task[None] | None = None

    async def record(self, query: Query) -> list[CodeHistory]:
        """See ports.History.  Raises StateUnavailable while the database is away."""
        codes = query.understanding.codes
        known = await self._own.load(codes)
        loop = asyncio.get_running_loop()
        found: list[asyncio.Future[CodeHistory]] = []
        for code, before in zip(codes, known, strict=True):
            asked = Asked(code, query.uid, query.caller.pseudonym, query.arrived_at, self._clock())
            found.append(loop.create_future())
            self._waiting.append((asked, before, found[-1]))
        if self._task is None:
            self._task = asyncio.create_task(self._enter_all(), name="shared history")
        return await asyncio.gather(*found)

    async def forget(self, query: Query, codes: Sequence[str]) -> None:
        """See ports.History.  Raises StateUnavailable while the database is away."""
        await self._own.forget(query, codes)
        await self._database.ask(lambda connection: take_out(connection, query.uid, codes))

    async def _enter_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            seeds = {asked.code: _seeds(asked.code, before) for asked, before, _ in batch}
            asked = [each for each, _, _ in batch]
            try:
                histories = await self._database.ask(lambda connection: self._entered(connection, asked, seeds))  # noqa: B023 - awaited before the next round
            except Exception as exc:  # noqa: BLE001 - each of those who wait is told, whatever it was
                for _, _, future in batch:
                    if not future.done():
                        future.set_exception(exc)
                continue
            for (_, _, future), history in zip(batch, histories, strict=True):
                if not future.done():
                    future.set_result(history)
        self._task = None

    def _entered(
        self, connection: Connection, asked: Sequence[Asked], seeds: dict[str, list[Asked]]
    ) -> list[CodeHistory]:
        known = enter(connection, asked, seeds)
        return [known[each.code, each.uid].history(each, self._retry_seconds) for each in asked]


def _seeds(code: str, known: KnownAskers) -> list[Asked]:
    """This node's finished queries of a code; its open ones enter by themselves."""
    return [
        Asked(code, asker.uid, asker.caller, asker.arrived_at, asker.answered_at)
        for asker in known.askers
        if asker.answered_at is not None
    ]
