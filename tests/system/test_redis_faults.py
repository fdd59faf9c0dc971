"""Redis killed, frozen, full, wrongly set up or not there: what waits fails in time, and all is well afterwards."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.core.errors import StateUnavailable
from gateway.core.registration import CodeState, Registration
from gateway.shared.settings import RedisSettings
from gateway.shared.turn import RedisTurn
from gateway.verification.cache import Cached, RegistrationCache
from gateway.verification.settings import CacheSettings
from tests.system.redis_server import RedisServer

pytestmark = pytest.mark.system

CODE = "81234560000000011974"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.close()


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[RedisTurn]:
    redis = RedisTurn(RedisSettings(server.url, deadline_seconds=0.05, probe_seconds=0.02))
    yield redis
    await redis.close()


async def until(redis: RedisTurn, *, available: bool) -> None:
    async with asyncio.timeout(10):
        while redis.available is not available:  # noqa: ASYNC110 - availability is polled: it has no event
            await asyncio.sleep(0.005)


async def test_redis_absent_at_start_is_found_when_it_comes(server: RedisServer, redis: RedisTurn) -> None:
    await redis.start()
    assert not redis.available
    server.start()
    await until(redis, available=True)
    assert await redis.execute("PING") == b"PONG"


async def test_kill_9_fails_what_waits_and_a_new_server_is_found(server: RedisServer, redis: RedisTurn) -> None:
    server.start()
    digest = redis.script("return 'still here'")
    await redis.start()
    server.freeze()
    waiting = [redis.execute("PING") for _ in range(100)]
    server.kill()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(outcome, StateUnavailable) for outcome in outcomes)
    server.start()
    await until(redis, available=True)
    assert await redis.execute("EVALSHA", digest, 0) == b"still here"


async def test_a_frozen_redis_counts_as_away_until_it_answers_again(server: RedisServer, redis: RedisTurn) -> None:
    server.start()
    await redis.start()
    server.freeze()
    with pytest.raises(StateUnavailable, match="no reply within"):
        await redis.execute("PING")
    with pytest.raises(StateUnavailable, match="away"):
        redis.execute("PING")
    server.thaw()
    await until(redis, available=True)
    assert await redis.execute("PING") == b"PONG"


async def test_a_full_redis_refuses_writes_and_still_answers_reads(server: RedisServer, redis: RedisTurn) -> None:
    server.start("--maxmemory", "3mb")
    await redis.start()
    writes = [redis.execute("SET", f"filler{number}", "x" * 1_000_000) for number in range(5)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert isinstance(outcomes[-1], StateUnavailable)
    assert "OOM" in str(outcomes[-1])
    assert redis.available
    assert await redis.execute("STRLEN", "filler0") == 1_000_000


async def test_a_policy_that_evicts_is_warned_of_at_start(
    server: RedisServer, redis: RedisTurn, caplog: pytest.LogCaptureFixture
) -> None:
    server.start("--maxmemory", "10mb", "--maxmemory-policy", "allkeys-lru")
    await redis.start()
    assert "set maxmemory-policy to noeviction" in caplog.text


async def test_flushed_scripts_are_loaded_anew(server: RedisServer, redis: RedisTurn) -> None:
    server.start()
    digest = redis.script("return 'here'")
    await redis.start()
    await redis.execute("SCRIPT", "FLUSH")
    with pytest.raises(StateUnavailable, match="NOSCRIPT"):
        await redis.execute("EVALSHA", digest, 0)
    await until(redis, available=False)
    await until(redis, available=True)
    assert await redis.execute("EVALSHA", digest, 0) == b"here"


@pytest.mark.parametrize(("password", "lets_in"), [("hush", True), ("wrong", False), ("", False)])
async def test_only_the_right_password_lets_in(server: RedisServer, password: str, lets_in: bool) -> None:
    server.start()
    opener = RedisTurn(RedisSettings(server.url))
    await opener.start()
    await opener.execute("CONFIG", "SET", "requirepass", "hush")
    await opener.close()
    redis = RedisTurn(RedisSettings(server.url, password=password))
    await redis.start()
    assert redis.available is lets_in
    await redis.close()


async def test_what_answers_but_is_no_redis_counts_as_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def shout(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_unix_server(shout, tmp_path / "web")
    redis = RedisTurn(RedisSettings(f"unix://{tmp_path}/web"))
    await redis.start()
    assert not redis.available
    assert "does not speak Redis's protocol" in caplog.text
    await redis.close()
    server.close()


async def test_what_takes_connections_and_says_nothing_counts_as_away(tmp_path: Path) -> None:
    server = await asyncio.start_unix_server(lambda _, writer: writer.drain(), tmp_path / "mute")
    redis = RedisTurn(RedisSettings(f"unix://{tmp_path}/mute", connect_seconds=0.05))
    await redis.start()
    assert not redis.available
    await redis.close()
    server.close()


async def test_over_tcp_the_chosen_database_is_used(server: RedisServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    server.start("--port", str(port), "--bind", "127.0.0.1")
    redis = RedisTurn(RedisSettings(f"redis://127.0.0.1:{port}/3"))
    await redis.start()
    await redis.execute("SET", "a", 1)
    assert b"db3:keys=1" in await redis.execute("INFO", "keyspace")
    await redis.close()


async def test_registrations_survive_the_way_through_a_real_redis(server: RedisServer, redis: RedisTurn) -> None:
    server.start()
    await redis.start()
    cache = RegistrationCache(redis, CacheSettings(), time.time)
    known = Registration(CODE, CodeState.ACTIVATED, batch="20080501A", reason="键")
    cache.put(known, time.time())
    await cache.invalidate(resource_code="9999999")
    assert await cache.get([CODE, CODE[::-1]]) == [Cached(known, fresh=True), None]
    another = RegistrationCache(redis, CacheSettings(), time.time)
    await another.start()
    assert await another.get([CODE]) == [Cached(known, fresh=True)]
    await another.invalidate([CODE])
    assert await cache.get([CODE]) == [None]
