"""The measuring of one process: a snapshot each second, its sample to the series and to whoever watches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.measures.feed import Feed, Subscription
from gateway.measures.live import news
from gateway.measures.sample import Subject
from gateway.measures.sampling import samples
from gateway.measures.series import Series, SeriesStore
from gateway.measures.series_file import Span
from gateway.measures.snapshot import (
    AsteriskReading,
    BackendReading,
    IntakeReading,
    JournalReading,
    LinkReading,
    QueryReading,
    ReceiptReading,
    RedisReading,
    Snapshot,
    VoiceReading,
)
from gateway.measures.watched import WatchedJournal
from smpp import LinkStatus

logger = logging.getLogger(__name__)

_SAMPLE_SECONDS = 1.0
_FLUSH_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a snapshot comes from; each is asked in the event loop and must be quick."""

    links: Callable[[], Sequence[LinkStatus]]
    journal: WatchedJournal
    journal_path: Path
    intake: Callable[[], IntakeReading] = IntakeReading
    backend: Callable[[], BackendReading] = BackendReading
    receipts: Callable[[], Sequence[ReceiptReading]] = tuple
    redis: Callable[[], RedisReading | None] = lambda: None
    voice: Callable[[], VoiceReading | None] = lambda: None
    asterisk: Callable[[], AsteriskReading | None] = lambda: None


class Measures:
    """What pages and metrics read.  `clock`: Unix time; `steady`: seconds that only go forward."""

    def __init__(
        self, sources: Sources, store: SeriesStore, clock: Callable[[], float], steady: Callable[[], float]
    ) -> None:
        self._sources = sources
        self._store = store
        self._clock = clock
        self._steady = steady
        self._started_at = clock()
        self._journal_octets = 0
        self._flushed_at = 0
        self._failing = False
        self._before: Snapshot | None = None
        self.feed = Feed()

    def snapshot(self) -> Snapshot:
        """Everything as it is now."""
        sources, now = self._sources, self._clock()
        queries = sources.journal.meters.readings(now)
        links = _links(sources.links(), queries)
        return Snapshot(
            at=now,
            steady_at=self._steady(),
            started_at=self._started_at,
            links=links,
            queries=(*(link.queries for link in links), *(each for each in queries if not _is_of(each, links))),
            receipts=tuple(sources.receipts()),
            intake=sources.intake(),
            backend=sources.backend(),
            journal=self._journal(queries),
            redis=sources.redis(),
            voice=sources.voice(),
            asterisk=sources.asterisk(),
            series_fault=self._store.fault,
            watchers=self.feed.watchers,
        )

    async def series(self, names: Sequence[str], subject: Subject, span: Span) -> tuple[Series, ...]:
        """These measures of a subject over the last hour, day or year: see `sample` for their names.

        An unknown name is a count that never happened: 0 wherever the gateway ran.
        """
        return await asyncio.to_thread(self._store.read, tuple(names), subject, span, int(self._clock()))

    def subscribe(self, topic: str = "") -> Subscription:
        """The news of each second (see `live`): of a carrier, or of everything ("").  Raises feed.Full."""
        return self.feed.subscribe(topic)

    async def run(self) -> None:
        """Measure until cancelled, at the beginning of each second of the wall clock."""
        while True:
            await self._try_measure()
            now = self._clock()
            await asyncio.sleep(max(_SAMPLE_SECONDS / 2, round(now) + _SAMPLE_SECONDS - now))

    async def close(self) -> None:
        """Once `run` is cancelled: measure the rest of the last second, write it all, and end the subscriptions."""
        await self._try_measure()
        self.feed.close()
        await asyncio.to_thread(self._store.close, int(self._clock()))

    async def _try_measure(self) -> None:
        """A fault of ours leaves a gap in the charts, is told once, and stops nothing."""
        try:
            await self._measure()
        except Exception:
            if not self._failing:
                logger.exception("the last second could not be measured")
            self._failing = True
        else:
            self._failing = False

    async def _measure(self) -> None:
        before, now = self._before, self.snapshot()
        self._before = now
        ended_at = round(now.at)
        if before is not None:
            found = samples(before, now)
            self._store.add(ended_at - 1, found)
            self.feed.publish(lambda topic: news(ended_at - 1, now, found, topic))
        if not self._flushed_at <= ended_at < self._flushed_at + _FLUSH_SECONDS:
            self._flushed_at = ended_at
            self._journal_octets = await asyncio.to_thread(_octets, self._sources.journal_path)
            await asyncio.to_thread(self._store.flush, ended_at)

    def _journal(self, queries: Sequence[QueryReading]) -> JournalReading:
        journal = self._sources.journal
        return JournalReading(
            open=sum(each.open for each in queries),
            oldest_seconds=max((each.oldest_seconds for each in queries), default=0.0),
            octets=self._journal_octets,
            refusals=journal.refusals,
            failing=journal.failing,
        )


def _links(statuses: Sequence[LinkStatus], queries: Sequence[QueryReading]) -> tuple[LinkReading, ...]:
    by_link = {(each.carrier, each.link): each for each in queries}
    return tuple(
        LinkReading(
            status, by_link.get((status.account, status.name)) or QueryReading("sms", status.account, status.name)
        )
        for status in statuses
    )


def _is_of(queries: QueryReading, links: Sequence[LinkReading]) -> bool:
    return any(queries is link.queries for link in links)


def _octets(path: Path) -> int:
    """The journal with its write-ahead log, in octets."""
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())
