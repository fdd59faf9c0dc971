"""The feed: encoded once, handed to many, and nobody slow is waited for."""

from __future__ import annotations

import asyncio

import pytest

from gateway.measures.feed import LIMIT, PATIENCE, Feed, Full


async def test_news_is_encoded_once_a_topic_however_many_watch() -> None:
    feed, encoded = Feed(), []

    def encode(topic: str) -> bytes:
        encoded.append(topic)
        return topic.encode()

    everything = [feed.subscribe() for _ in range(3)]
    mobile = [feed.subscribe("mobile") for _ in range(2)]
    feed.publish(encode)
    assert sorted(encoded) == ["", "mobile"]
    assert [await anext(each) for each in everything] == [b""] * 3
    assert [await anext(each) for each in mobile] == [b"mobile"] * 2


async def test_nothing_is_encoded_that_nobody_watches() -> None:
    feed = Feed()
    with feed.subscribe("mobile"):
        assert feed.watchers == 1
    feed.publish(lambda topic: pytest.fail("somebody watches"))
    assert feed.watchers == 0


async def test_who_is_slow_gets_the_latest_and_misses_the_others() -> None:
    feed = Feed()
    subscription = feed.subscribe()
    for second in range(5):
        feed.publish(lambda topic, second=second: b"%d" % second)
    assert await anext(subscription) == b"4"
    waiting = asyncio.ensure_future(anext(subscription))
    await asyncio.sleep(0)
    assert not waiting.done()
    feed.publish(lambda topic: b"5")
    assert await waiting == b"5"


async def test_who_takes_nothing_for_a_minute_is_dropped() -> None:
    feed = Feed()
    subscription = feed.subscribe()
    for _ in range(PATIENCE):
        feed.publish(lambda topic: b"news")
    assert feed.watchers == 1
    feed.publish(lambda topic: b"news")
    assert feed.watchers == 0
    assert [news async for news in subscription] == []


async def test_above_the_limit_nobody_may_subscribe() -> None:
    feed = Feed()
    several = [feed.subscribe(str(number % 7)) for number in range(LIMIT)]
    with pytest.raises(Full):
        feed.subscribe()
    several[0].close()
    feed.subscribe()


async def test_the_end_of_the_feed_ends_those_who_wait() -> None:
    feed = Feed()

    async def read() -> list[bytes]:
        with feed.subscribe() as subscription:
            return [news async for news in subscription]

    reading = asyncio.ensure_future(read())
    await asyncio.sleep(0)
    feed.publish(lambda topic: b"last")
    await asyncio.sleep(0)
    feed.close()
    assert await reading in ([b"last"], [])
