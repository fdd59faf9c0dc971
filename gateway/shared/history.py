"""Who asked for which code before: the query log's truth, held hot and shared in Redis."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Protocol

from gateway.core.errors import StateUnavailable
from gateway.core.history import KnownAskers
from gateway.core.query import Query
from gateway.core.verdicts import CodeHistory
from gateway.shared.commands import RedisCommands
from gateway.shared.connection import Argument, Reply
from gateway.shared.settings import HistorySettings

OUTDATED_KEPT = 100_000  # codes that went on without Redis, remembered until it is back
_SCRIPT = resources.files("gateway.shared").joinpath("history.lua").read_text(encoding="utf-8")


class Truth(Protocol):
    """The query log and the open queries, which Redis only repeats: the port History, and what it knows in full."""

    async def record(self, query: Query) -> list[CodeHistory]:
        """See ports.History.  Raises StateUnavailable."""

    async def forget(self, query: Query, codes: Sequence[str]) -> None:
        """See ports.History."""

    async def load(self, codes: Sequence[str]) -> list[KnownAskers]:
        """What is known of each code, in order, the open queries included.  Raises StateUnavailable."""


class RedisHistory:
    """The port History.

    In Redis the first to be recorded is first, atomically, so that of any number of parallel queries on any number of
    gateways exactly one is.  A code that Redis does not know is seeded from the truth, and while Redis is away the
    truth alone answers; what changed meanwhile is dropped from Redis when it is back.  A query that is recorded again,
    because its answer had to wait, counts as answered only now.  `clock`: Unix time in seconds.
    """

    def __init__(
        self,
        redis: RedisCommands,
        truth: Truth,
        settings: HistorySettings,
        clock: Callable[[], float],
    ) -> None:
        self._redis = redis
        self._script = redis.script(_SCRIPT)
        self._truth = truth
        self._clock = clock
        self._retry_seconds = settings.retry_seconds
        self._lifetime_ms = int(settings.lifetime_days * 86_400_000)
        self._outdated: OrderedDict[str, object] = OrderedDict()

    async def record(self, query: Query) -> list[CodeHistory]:
        """What is known of each code, this query entered.  Raises StateUnavailable if the truth cannot be read."""
        codes = query.understanding.codes
        try:
            if len(codes) == 1:
                return [await self._recorded(query, codes[0])]
            return await asyncio.gather(*[self._recorded(query, code) for code in codes])
        except StateUnavailable:
            self._outdate(codes)
            return await self._truth.record(query)

    async def forget(self, query: Query, codes: Sequence[str]) -> None:
        """Take the query out of the history of these codes."""
        await self._truth.forget(query, codes)
        try:
            await asyncio.gather(*[self._forgotten(query, code) for code in codes])
        except StateUnavailable:
            self._outdate(codes)

    async def _forgotten(self, query: Query, code: str) -> None:
        if code in self._outdated:
            await self._drop(code)
        await self._run("forget", query, code)

    async def _recorded(self, query: Query, code: str) -> CodeHistory:
        if code in self._outdated:
            await self._drop(code)
        reply = await self._run("record", query, code)
        if reply is None:
            (known,) = await self._truth.load([code])
            reply = await self._run("record", query, code, *_seed(known))
        return CodeHistory(int(reply[0]), float(reply[1]), reply[2] == 1, *reply[3:])

    def _run(self, action: str, query: Query, code: str, *seed: Argument) -> asyncio.Future[Reply]:
        key = self._key(code)
        return self._redis.execute(
            "EVALSHA", self._script, 1, key, action, f"{query.uid:019d}", query.caller.pseudonym, query.arrived_at,
            self._clock(), self._retry_seconds, self._lifetime_ms, *seed,
        )  # fmt: skip

    def _key(self, code: str) -> str:
        return f"{self._redis.prefix}asked:{{{code}}}"

    async def _drop(self, code: str) -> None:
        """Take out of Redis what is not all; until that is answered it counts as there, whichever server has it."""
        mark = self._outdated.get(code)
        await self._redis.execute("DEL", self._key(code))
        if self._outdated.get(code) is mark:
            self._outdated.pop(code, None)

    def _outdate(self, codes: Sequence[str]) -> None:
        """What Redis holds of these codes is no longer all: it is dropped when Redis is back."""
        for code in codes:
            self._outdated[code] = object()
            if len(self._outdated) > OUTDATED_KEPT:
                self._outdated.popitem(last=False)


def _seed(known: KnownAskers) -> list[Argument]:
    seed: list[Argument] = [known.queries, known.callers]
    for asker in known.askers:
        answered = "" if asker.answered_at is None else asker.answered_at
        seed += (f"{asker.uid:019d}", asker.caller, asker.arrived_at, answered)
    return seed
