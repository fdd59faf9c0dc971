"""Redis Cluster: three real masters, slots that move while they are asked for, a master that dies for ever."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.core.allowance import Rate
from gateway.core.ports import Ruling
from gateway.shared.allowance import RedisAllowance
from gateway.shared.cluster import RedisCluster, redis_of
from gateway.shared.history import RedisHistory
from gateway.shared.settings import AllowanceSettings, HistorySettings, RedisSettings
from gateway.shared.slots import slot_of
from tests.system.redis_cluster import RealCluster
from tests.system.test_shared_history import RETRY_SECONDS, Log, query

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    cluster = RealCluster(tmp_path_factory.mktemp("three"))
    yield cluster
    cluster.close()


@asynccontextmanager
async def connected(addresses: tuple[str, ...]) -> AsyncIterator[RedisCluster]:
    """One gateway's connection to the cluster."""
    settings = RedisSettings("redis://unused", cluster=addresses, probe_seconds=0.05, connect_seconds=1.0)
    redis = redis_of(settings)
    assert isinstance(redis, RedisCluster)
    redis.script("return 0")  # each gateway's scripts are loaded at every master
    try:
        yield redis
    finally:
        await redis.close()


def code_of(number: int) -> str:
    return f"8{number:019d}"


def history(redis: RedisCluster, log: Log) -> RedisHistory:
    return RedisHistory(redis, log, HistorySettings(retry_seconds=RETRY_SECONDS), lambda: 0.0)


async def ask(gateway: RedisHistory, log: Log, number: int, code: str) -> bool:
    """Whether this query was told that it is the first of its code."""
    asked = query(number, f"caller{number}", (code,))
    log.enter(asked)
    (found,) = await gateway.record(asked)
    return found.first_by_me


async def test_of_parallel_queries_of_each_code_one_is_first_over_two_gateways(three: RealCluster) -> None:
    firsts: Counter[str] = Counter()
    log = Log()
    async with connected(three.addresses[:1]) as one, connected(three.addresses[1:2]) as other:
        gateways = [history(one, log), history(other, log)]
        await asyncio.gather(one.start(), other.start())
        assert one.available
        assert other.available

        async def asked(number: int) -> None:
            code = code_of(number % 61)
            first = await ask(gateways[number % 2], log, number, code)
            firsts[code] += first

        await asyncio.gather(*map(asked, range(600)))
        loads = log.loads
        await asyncio.gather(*map(asked, range(600, 1000)))
        assert log.loads == loads  # Redis knows them all
    assert firsts == {code_of(number): 1 for number in range(61)}
    keys = [int(node.client.dbsize()) for node in three.nodes]
    assert sum(keys) == 61
    assert min(keys) > 0  # every master has its share


async def test_while_slots_move_one_query_of_each_code_is_first_and_redis_is_never_away(three: RealCluster) -> None:
    log, firsts, ended = Log(), Counter[str](), asyncio.Event()
    slot = slot_of(f"{{{code_of(1000)}}}")
    codes = [code_of(number) for number in range(1000, 400_000) if slot_of(code_of(number)) == slot]
    source = three.nodes[slot * 3 // 16_384]
    target = three.nodes[(slot * 3 // 16_384 + 1) % 3]
    async with connected(three.addresses) as redis:
        gateway = history(redis, log)
        await redis.start()
        numbers = iter(range(100_000, 200_000))

        async def keep_asking() -> None:
            while not ended.is_set():
                for code in codes:
                    first = await ask(gateway, log, next(numbers), code)
                    firsts[code] += first

        asking = [asyncio.create_task(keep_asking()) for _ in range(3)]
        for here, there in ((source, target), (target, source)):
            await asyncio.to_thread(three.begin_to_move, slot, here, there)
            await asyncio.to_thread(three.move_keys, slot, here, there)
            await asyncio.to_thread(three.end_move, slot, here, there)
        ended.set()
        await asyncio.gather(*asking)
        assert log.loads <= 3 * len(codes)  # each code was read from the log when it was new, and never again
        assert redis.losses == 0
    assert len(codes) > 5
    assert firsts == dict.fromkeys(codes, 1)


async def test_a_limit_holds_while_its_slot_moves(three: RealCluster) -> None:
    slot = slot_of("{allowance}")
    source = three.nodes[slot * 3 // 16_384]
    target = three.nodes[(slot * 3 // 16_384 + 2) % 3]
    limits = AllowanceSettings(queries=Rate(4, 3600.0))
    async with connected(three.addresses) as redis:
        allowance = RedisAllowance(redis, limits, lambda: 1e9, lambda text: text)
        await redis.start()
        rulings = [await allowance.rule(query(number)) for number in range(2)]
        await asyncio.to_thread(three.begin_to_move, slot, source, target)
        await asyncio.to_thread(three.move_keys, slot, source, target)
        await asyncio.to_thread(three.end_move, slot, source, target)
        rulings += [await allowance.rule(query(number)) for number in range(2, 7)]
    assert rulings == [Ruling.ANSWER] * 4 + [Ruling.NOTICE] + [Ruling.SILENCE] * 2


async def test_a_master_that_dies_is_replaced_without_a_hand_and_without_a_second_first(tmp_path: Path) -> None:
    cluster = RealCluster(tmp_path, replicas=1)
    log, firsts = Log(), Counter[str]()
    numbers, codes = iter(range(1_000_000)), [code_of(number) for number in range(90)]
    try:
        async with connected(cluster.addresses) as redis, asyncio.timeout(30):
            gateway = history(redis, log)

            async def ask_each() -> None:
                told = await asyncio.gather(*[ask(gateway, log, next(numbers), code) for code in codes])
                firsts.update({code: int(first) for code, first in zip(codes, told, strict=True)})

            await redis.start()
            await ask_each()
            cluster.nodes[0].process.kill()
            while redis.available:
                await ask_each()
            while not redis.available:
                await ask_each()
                await asyncio.sleep(0.05)
            await ask_each()  # what went on without Redis is read from the log again
            loads = log.loads
            await ask_each()
            assert log.loads == loads  # the new master knows all of it
    finally:
        cluster.close()
    assert firsts == dict.fromkeys(codes, 1)


async def test_a_cluster_that_is_not_there_at_the_start_is_used_when_it_is(tmp_path: Path) -> None:
    async with connected(("127.0.0.1:1",)) as redis:
        log = Log()
        gateway = history(redis, log)
        await redis.start()
        assert not redis.available
        assert await ask(gateway, log, 1, code_of(1))
