"""Two masters made of bytes: where each command goes, and where it goes next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest

from gateway.core.errors import StateUnavailable
from gateway.shared.cluster import MAX_REDIRECTIONS, RedisCluster, redis_of
from gateway.shared.connection import RedisConnection
from gateway.shared.dialling import Lost
from gateway.shared.settings import RedisSettings
from gateway.shared.slots import slot_of
from gateway.shared.turn import RedisTurn
from tests.gateway.shared.wire import Wire
from tests.virtual_time import run_virtual

SETTINGS = RedisSettings("redis://unused", cluster=("one:1", "two:2"), deadline_seconds=0.1, probe_seconds=0.5)
HALF = 8192
LOW, HIGH = "b", "a"  # by their slots
POLICY = b"*2\r\n$16\r\nmaxmemory-policy\r\n$10\r\nnoeviction\r\n"


def slots_reply(*ranges: tuple[int, int, str, int]) -> bytes:
    rows = [
        b"*3\r\n:%d\r\n:%d\r\n*2\r\n$%d\r\n%s\r\n:%d\r\n" % (first, last, len(host), host.encode(), port)
        for first, last, host, port in ranges
    ]
    return b"*%d\r\n" % len(rows) + b"".join(rows)


BOTH = slots_reply((0, HALF - 1, "one", 1), (HALF, 16_383, "two", 2))


class Master(Wire):
    """Answers what the cluster itself asks; the rest is `asked`."""

    def __init__(self, protocol: RedisConnection, cluster: Cluster) -> None:
        self.asked: list[bytes] = []
        self.cluster = cluster
        super().__init__(protocol)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        loop = asyncio.get_running_loop()
        if b"SLOTS" in bytes(data):
            loop.call_soon(self.answer, self.cluster.slots)
        elif b"maxmemory-policy" in bytes(data):
            loop.call_soon(self.answer, POLICY)
        else:
            self.asked.append(bytes(data))


class Cluster:
    """Stands for `dial`."""

    def __init__(self) -> None:
        self.masters: dict[str, Master] = {}
        self.slots = BOTH
        self.gone: set[str] = set()
        self.scripts: list[str] = []
        self.redis = RedisCluster(SETTINGS, self.dial)

    async def dial(self, settings: RedisSettings, scripts: Iterable[str], lost: Lost) -> RedisConnection:
        await asyncio.sleep(0)
        if settings.url in self.gone:
            raise StateUnavailable("nobody there")
        self.scripts += scripts
        connection = RedisConnection(lost)
        self.masters[settings.url] = Master(connection, self)
        return connection

    @property
    def one(self) -> Master:
        return self.masters["redis://one:1"]

    @property
    def two(self) -> Master:
        return self.masters["redis://two:2"]


async def turns() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


def run(test: Callable[[Cluster], Awaitable[None]]) -> None:
    async def main() -> None:
        cluster = Cluster()
        cluster.redis.script("return 1")
        await cluster.redis.start()
        await test(cluster)
        await cluster.redis.close()

    assert slot_of(LOW) < HALF <= slot_of(HIGH)
    run_virtual(main())


def test_what_one_turn_asks_leaves_in_one_write_for_each_master() -> None:
    async def test(cluster: Cluster) -> None:
        replies = asyncio.gather(*[cluster.redis.execute("GET", key) for key in (LOW, HIGH, LOW)])
        await turns()
        assert [written.count(b"GET") for written in cluster.one.asked] == [2]
        assert [written.count(b"GET") for written in cluster.two.asked] == [1]
        cluster.two.answer(b"+high\r\n")
        cluster.one.answer(b"+low\r\n+again\r\n")
        assert await replies == [b"low", b"high", b"again"]
        assert cluster.redis.available
        assert cluster.scripts == ["return 1"] * 2

    run(test)


def test_a_command_that_has_moved_is_sent_on_and_the_next_one_goes_there_at_once() -> None:
    async def test(cluster: Cluster) -> None:
        reply = cluster.redis.execute("GET", LOW)
        await turns()
        cluster.one.answer(b"-MOVED 3300 two:2\r\n")
        await turns()
        cluster.two.answer(b"+v\r\n")
        assert await reply == b"v"
        cluster.redis.send("DEL", LOW)
        await turns()
        assert [b"GET" in cluster.two.asked[0], b"DEL" in cluster.two.asked[1]] == [True, True]
        assert len(cluster.one.asked) == 1

    run(test)


def test_a_command_that_is_asked_elsewhere_follows_its_asking_in_one_write() -> None:
    async def test(cluster: Cluster) -> None:
        reply = cluster.redis.execute("GET", LOW)
        await turns()
        cluster.one.answer(b"-ASK 3300 two:2\r\n")
        await turns()
        assert cluster.two.asked == [b"*1\r\n$6\r\nASKING\r\n*2\r\n$3\r\nGET\r\n$1\r\nb\r\n"]
        cluster.two.answer(b"+OK\r\n+v\r\n")
        assert await reply == b"v"
        cluster.redis.send("GET", LOW)
        await turns()
        assert len(cluster.one.asked) == 2  # it was for that one command

    run(test)


def test_a_master_that_nobody_knew_is_connected_to_when_it_is_named() -> None:
    async def test(cluster: Cluster) -> None:
        reply = cluster.redis.execute("GET", LOW)
        await turns()
        cluster.one.answer(b"-MOVED 3300 three:3\r\n")
        await turns()
        await turns()
        cluster.masters["redis://three:3"].answer(b"+v\r\n")
        assert await reply == b"v"

    run(test)


def test_keys_that_are_parted_on_their_way_are_asked_for_a_little_later() -> None:
    async def test(cluster: Cluster) -> None:
        reply = cluster.redis.execute("EVALSHA", "x", 2, "{b}1", "{b}2")
        await turns()
        cluster.one.answer(b"-TRYAGAIN Multiple keys request during rehashing of slot\r\n")
        await turns()
        assert len(cluster.one.asked) == 1
        await asyncio.sleep(0.02)
        cluster.one.answer(b":1\r\n")
        assert await reply == 1

    run(test)


def test_a_command_that_is_sent_in_a_ring_fails_in_the_end() -> None:
    async def test(cluster: Cluster) -> None:
        reply = cluster.redis.execute("GET", LOW)
        for hop in range(MAX_REDIRECTIONS + 1):
            await turns()
            here, there = ((cluster.one, b"two:2"), (cluster.two, b"one:1"))[hop % 2]
            here.answer(b"-MOVED 3300 " + there + b"\r\n")
        with pytest.raises(StateUnavailable, match="MOVED"):
            await reply

    run(test)


@pytest.mark.parametrize("error", [b"CLUSTERDOWN The cluster is down", b"OOM command not allowed"])
def test_what_no_other_master_can_do_fails(error: bytes) -> None:
    async def test(cluster: Cluster) -> None:
        reply = cluster.redis.execute("SET", LOW, 1)
        await turns()
        cluster.one.answer(b"-" + error + b"\r\n")
        with pytest.raises(StateUnavailable, match="refused"):
            await reply

    run(test)


def test_a_slot_that_nobody_serves_is_away_and_the_others_are_not() -> None:
    async def test(cluster: Cluster) -> None:
        cluster.slots = slots_reply((HALF, 16_383, "two", 2))
        cluster.redis.send("GET", LOW)
        await turns()
        cluster.one.answer(b"-CLUSTERDOWN Hash slot not served\r\n")
        await asyncio.sleep(0.6)
        assert not cluster.redis.available
        with pytest.raises(StateUnavailable, match="slot"):
            cluster.redis.execute("GET", LOW)
        cluster.redis.send("GET", LOW)  # minds nothing
        cluster.redis.send("GET", HIGH)
        await turns()
        assert len(cluster.two.asked) == 1
        cluster.two.answer(b"+v\r\n")
        cluster.slots = BOTH
        await asyncio.sleep(0.6)
        assert cluster.redis.available

    run(test)


def test_a_master_that_is_lost_is_replaced_by_whom_the_others_name() -> None:
    async def test(cluster: Cluster) -> None:
        reply = cluster.redis.execute("GET", LOW)
        await turns()
        cluster.gone.add("redis://one:1")
        cluster.one.abort()
        with pytest.raises(StateUnavailable):
            await reply
        assert not cluster.redis.available
        assert cluster.redis.losses == 1
        await asyncio.sleep(0.6)
        assert not cluster.redis.available  # nobody else serves its slots yet
        cluster.slots = slots_reply((0, HALF - 1, "three", 3), (HALF, 16_383, "two", 2))
        await asyncio.sleep(0.6)
        assert cluster.redis.available
        assert cluster.redis.losses == 1
        cluster.redis.send("GET", LOW)
        await turns()
        assert len(cluster.masters["redis://three:3"].asked) == 1

    run(test)


def test_a_command_that_nobody_waits_for_any_more_is_not_sent_on() -> None:
    async def test(cluster: Cluster) -> None:
        replies = [cluster.redis.execute("GET", LOW), cluster.redis.execute("GET", LOW)]
        await turns()
        replies[0].cancel()
        cluster.one.answer(b"-MOVED 3300 two:2\r\n-TRYAGAIN later\r\n")
        await turns()
        replies[1].cancel()
        await asyncio.sleep(0.02)
        assert cluster.two.asked == []
        assert len(cluster.one.asked) == 1

    run(test)


def test_without_a_cluster_in_the_settings_there_is_one_connection() -> None:
    assert isinstance(redis_of(RedisSettings()), RedisTurn)
    assert isinstance(redis_of(SETTINGS), RedisCluster)
    assert redis_of(SETTINGS).prefix == "zhenma:"
