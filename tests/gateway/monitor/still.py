"""A gateway that a test holds still: its snapshot, its series and the news that it publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.measures import Series, Snapshot, Span, Subject, Subscription
from gateway.measures.feed import Feed
from tests.gateway.measures.readings import link, snapshot


@dataclass
class Still:
    """Links mobile/m1, mobile/m2 and telecom/1; `asked` are the series that were read."""

    now: Snapshot = field(default_factory=lambda: snapshot(link(), link(name="m2"), link("telecom", "1")))
    values: tuple[float | None, ...] = (1.0, None, 2.5)
    news: tuple[bytes, ...] = ()
    asked: list[tuple[tuple[str, ...], Subject, Span]] = field(default_factory=list)
    feed: Feed = field(default_factory=Feed)

    def snapshot(self) -> Snapshot:
        return self.now

    async def series(self, names: Sequence[str], subject: Subject, span: Span) -> tuple[Series, ...]:
        self.asked.append((tuple(names), subject, span))
        times = tuple(range(0, len(self.values) * span.resolution_seconds, span.resolution_seconds))
        return tuple(Series(name, span.resolution_seconds, times, self.values) for name in names)

    def subscribe(self, topic: str = "") -> Subscription:
        """What was to be said is said, and the stream ends."""
        subscription = self.feed.subscribe(topic)
        for each in self.news:
            subscription.offer(each)
        if not self.news:
            subscription.close()
        return subscription
