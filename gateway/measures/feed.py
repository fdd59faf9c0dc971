"""Whoever watches live: each second's news encoded once, and handed to as many as want it.

A subscriber holds one piece of news at most: who is slow misses seconds, and who has taken nothing for a minute is
dropped.  So neither memory nor time depends on how fast anyone reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

LIMIT = 200
"""Subscribers at a time, all together."""
PATIENCE = 60
"""So many pieces of news in a row may be replaced by the next before the subscriber is dropped."""


class Full(Exception):
    """There are as many subscribers as may be: ask the caller to come back later (503)."""


class Subscription:
    """An asynchronous iterator of encoded news; use it as a context manager.  It ends when dropped or closed."""

    def __init__(self, topic: str, leave: Callable[[Subscription], None]) -> None:
        self.topic = topic
        self._leave = leave
        self._news: bytes | None = None
        self._replaced = 0
        self._ended = False
        self._arrived = asyncio.Event()

    def offer(self, news: bytes) -> None:
        """For the feed: the next piece of news, in place of one that has not been taken."""
        self._replaced = 0 if self._news is None else self._replaced + 1
        self._news = news
        if self._replaced >= PATIENCE:
            self.close()
        self._arrived.set()

    def close(self) -> None:
        """No more news."""
        self._ended = True
        self._news = None
        self._leave(self)
        self._arrived.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        while not self._ended:
            await self._arrived.wait()
            self._arrived.clear()
            if self._news is not None:
                news, self._news = self._news, None
                return news
        raise StopAsyncIteration


class Feed:
    """News by topic: a carrier's name, or "" for everything."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, set[Subscription]] = {}

    @property
    def watchers(self) -> int:
        """How many subscribe."""
        return sum(len(subscribers) for subscribers in self._subscriptions.values())

    def subscribe(self, topic: str = "") -> Subscription:
        """News of `topic` from now on.  Raises Full."""
        if self.watchers >= LIMIT:
            raise Full("as many pages as may be are open")
        subscription = Subscription(topic, self._left)
        self._subscriptions.setdefault(topic, set()).add(subscription)
        return subscription

    def publish(self, encode: Callable[[str], bytes]) -> None:
        """Hand everyone the news of their topic; `encode` is called once a topic, for topics that someone watches."""
        for topic, subscribers in tuple(self._subscriptions.items()):
            news = encode(topic)
            for subscription in tuple(subscribers):
                subscription.offer(news)

    def close(self) -> None:
        """End all subscriptions."""
        for subscribers in tuple(self._subscriptions.values()):
            for subscription in tuple(subscribers):
                subscription.close()

    def _left(self, subscription: Subscription) -> None:
        subscribers = self._subscriptions.get(subscription.topic)
        if subscribers is not None:
            subscribers.discard(subscription)
            if not subscribers:
                del self._subscriptions[subscription.topic]
