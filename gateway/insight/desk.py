"""The desk: reads the query log as it grows, raises signals, keeps the case book, and sees to it that alerts leave.

Its own process.  It could run in the gateway after each reply, but then an overload would have to drop work that the
log must give back anyway; so the log is its only source.  It lags a second or two behind the answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.core.errors import StateUnavailable
from gateway.core.looks import Gleaning
from gateway.insight.case_intake import CaseIntake
from gateway.insight.outbox import Outbox
from gateway.insight.stream import Stream

logger = logging.getLogger(__name__)

OVERDUE_SECONDS = 60.0
SUMS_SECONDS = 300.0


class Log(Protocol):
    """A query log that is being read."""

    def glean(self, now: float) -> Gleaning:
        """What is new."""

    def close(self) -> None:
        """Close it."""


@dataclass(frozen=True, slots=True)
class Sources:
    """`open_log` opens the log at a mark; `add_sums` brings the statistics up to an instant.  Both run in threads."""

    log_name: str
    open_log: Callable[[int], Log]
    add_sums: Callable[[float], object]


class Desk:
    """`turn` is to be called every second or so; `clock` is Unix time in seconds."""

    def __init__(
        self, sources: Sources, stream: Stream, intake: CaseIntake, outbox: Outbox, clock: Callable[[], float]
    ) -> None:
        self._sources, self._stream, self._intake, self._outbox = sources, stream, intake, outbox
        self._clock = clock
        self._log: Log | None = None
        self._again_from: int | None = None
        self._mark = 0
        self._next = {"overdue": 0.0, "sums": 0.0}

    async def turn(self) -> int:
        """One round; returns how many look-ups it took, so that a backlog is read on at once."""
        now = self._clock()
        taken = await self._read(now)
        if now >= self._next["overdue"]:
            self._next["overdue"] = now + OVERDUE_SECONDS
            await asyncio.to_thread(self._intake.tell, now)
        if now >= self._next["sums"]:
            self._next["sums"] = now + SUMS_SECONDS
            await asyncio.to_thread(self._sources.add_sums, now)
        await self._outbox.deliver_due(now)
        return taken

    async def close(self) -> None:
        """Close the log."""
        if self._log is not None:
            await asyncio.to_thread(self._log.close)
            self._log = None

    async def _read(self, now: float) -> int:
        if self._log is None:
            self._mark = await asyncio.to_thread(self._intake.mark, self._sources.log_name)
            self._log = await asyncio.to_thread(self._sources.open_log, self._mark)
        gleaning = await asyncio.to_thread(self._log.glean, now)
        try:
            raised = await self._stream.take(gleaning.looks)
            mark = self._kept_mark(gleaning)
            log = self._sources.log_name
            new = await asyncio.to_thread(self._intake.take, raised, gleaning.reports, now, log, mark)
        except StateUnavailable:
            await self.close()  # what was read and not taken is read again
            raise
        self._mark = mark
        if new:
            logger.info("%d new cases", new)
        if self._stream.is_whole and gleaning.looks and self._again_from is not None:
            logger.warning("Redis is back: the log is read again from where it was lost")
            self._again_from = None
            await self.close()
        return len(gleaning.looks)

    def _kept_mark(self, gleaning: Gleaning) -> int:
        """While Redis is away the mark stays: what other gateways know is then compared when it is back."""
        if not self._stream.is_whole and self._again_from is None:
            self._again_from = self._mark
        return gleaning.mark if self._again_from is None else self._again_from
