"""Refused messages are counted in the journal too: each as soon as a commit succeeds, none twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.core.errors import NotDurable
from gateway.core.ports import Refusal
from gateway.records.journal.day_rows import refusals
from gateway.records.journal.rows import Row
from gateway.records.schema import china_day, day_begins_at

_RETRY_SECONDS = 1.0


class RefusalCounts:
    """What is owed to the days of links, in memory only while no commit succeeds: a crash then loses it."""

    def __init__(self, submit: Callable[[Sequence[Row]], asyncio.Future[None]]) -> None:
        self._submit = submit
        self._owed: dict[Refusal, int] = {}
        self._retry: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    async def count(self, refusal: Refusal) -> None:
        """Count one, and what is owed with it.  Returns once that is durable or has failed."""
        key = replace(refusal, at=day_begins_at(china_day(refusal.at)))
        self._owed[key] = self._owed.get(key, 0) + 1
        await self.flush()

    async def flush(self) -> None:
        """Try to pay what is owed; if that fails, try again in a second, unasked."""
        owed, self._owed = self._owed, {}
        if not owed:
            return
        try:
            await self._submit([refusals(key, count if key.whole else 0, count) for key, count in owed.items()])
        except NotDurable:
            for key, count in owed.items():
                self._owed[key] = self._owed.get(key, 0) + count
            if self._retry is None:
                self._retry = asyncio.get_running_loop().call_later(_RETRY_SECONDS, self._try_again)

    def _try_again(self) -> None:
        self._retry = None
        self._flushing = asyncio.ensure_future(self.flush())

    async def close(self) -> None:
        """A last try."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        await self.flush()
        if self._retry is not None:
            self._retry.cancel()
