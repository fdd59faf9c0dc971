from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from gateway.core.errors import StateUnavailable
from gateway.shared.settings import RedisSettings
from gateway.shared.turn import MAX_OPEN_COMMANDS, RedisTurn
from tests.gateway.shared.wire import Dialler
from tests.virtual_time import run_virtual

POLICY = b"*2\r\n$16\r\nmaxmemory-policy\r\n$10\r\nnoeviction\r\n"
SETTINGS = RedisSettings(deadline_seconds=0.1, probe_seconds=0.5)


class Kit:
    def __init__(self) -> None:
        self.dialler = Dialler()
        self.redis = RedisTurn(SETTINGS, self.dialler)

    async def start(self, policy: bytes = POLICY) -> None:
        """Start it; if Redis is there it asks for the eviction policy, and gets this answer."""
        starting = asyncio.ensure_future(self.redis.start())
        await self.tell(policy)
        await starting

    async def tell(self, policy: bytes = POLICY) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        if self.dialler.wires and self.dialler.wire.written:
            assert b"maxmemory-policy" in self.dialler.wire.written.pop()
            self.dialler.wire.answer(policy)


@pytest.fixture
def kit() -> Kit:
    return Kit()


def test_what_one_turn_of_the_loop_asks_leaves_in_one_write(kit: Kit) -> None:
    async def query(name: str) -> Any:
        return await kit.redis.execute("GET", name)

    async def main() -> None:
        await kit.start()
        asking = asyncio.gather(*map(query, "abc"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        (written,) = kit.dialler.wire.written
        assert written.count(b"GET") == 3
        kit.dialler.wire.answer(b"+a\r\n+b\r\n+c\r\n")
        assert await asking == [b"a", b"b", b"c"]
        await kit.redis.close()

    run_virtual(main())


def test_registered_scripts_are_loaded_with_every_connection(kit: Kit) -> None:
    async def main() -> None:
        assert kit.redis.script("return 1") == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db"  # as SCRIPT LOAD answers
        await kit.start()
        assert kit.dialler.scripts == ["return 1"]
        await kit.redis.close()

    run_virtual(main())


def test_a_reply_that_does_not_come_ends_the_connection_at_the_deadline(kit: Kit) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        await kit.start()
        started_at = loop.time()
        with pytest.raises(StateUnavailable, match="no reply within"):
            await kit.redis.execute("PING")
        assert 0.1 <= loop.time() - started_at < 0.2
        assert not kit.redis.available
        assert kit.redis.losses == 1
        with pytest.raises(StateUnavailable):
            kit.redis.execute("PING")  # at once
        await kit.redis.close()

    run_virtual(main())


def test_a_reply_that_waits_to_be_read_when_the_deadline_strikes_still_counts(kit: Kit) -> None:
    async def main() -> None:
        await kit.start()
        reply = kit.redis.execute("PING")
        await asyncio.sleep(0.102)  # the loop was busy: the timer comes before the socket
        kit.dialler.wire.answer(b"+PONG\r\n")
        assert await reply == b"PONG"
        await asyncio.sleep(1.0)
        assert kit.redis.available
        await kit.redis.close()

    run_virtual(main())


def test_a_lost_redis_is_looked_for_until_it_is_back(kit: Kit) -> None:
    async def main() -> None:
        await kit.start()
        kit.dialler.reachable = False
        kit.dialler.wire.abort()
        await asyncio.sleep(2.2)
        assert not kit.redis.available
        assert kit.dialler.attempts == 5  # the first, and one each half second
        kit.dialler.reachable = True
        await asyncio.sleep(0.35)
        await kit.tell()
        assert kit.redis.available
        assert len(kit.dialler.wires) == 2
        await kit.redis.close()

    run_virtual(main())


def test_redis_absent_at_start_delays_nothing_and_is_found_later(kit: Kit) -> None:
    async def main() -> None:
        kit.dialler.reachable = False
        await kit.redis.start()
        kit.redis.send("SET", "a", 1)
        with pytest.raises(StateUnavailable, match="away"):
            kit.redis.execute("PING")
        kit.dialler.reachable = True
        await asyncio.sleep(0.55)
        await kit.tell()
        assert kit.redis.available
        await kit.redis.close()

    run_virtual(main())


def test_commands_gathered_in_the_turn_in_which_redis_goes_fail_too(kit: Kit) -> None:
    async def main() -> None:
        await kit.start()
        kit.dialler.wire.protocol.connection_lost(None)
        with pytest.raises(StateUnavailable):
            kit.redis.execute("GET", "a")
        await kit.redis.close()

    run_virtual(main())


def test_a_command_of_the_turn_in_which_the_gateway_closes_fails(kit: Kit) -> None:
    async def main() -> None:
        await kit.start()
        reply = kit.redis.execute("GET", "a")
        await kit.redis.close()
        with pytest.raises(StateUnavailable):
            await reply

    run_virtual(main())


def test_what_nobody_waits_for_fails_in_silence(kit: Kit, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        await kit.start()
        kit.redis.send("SET", "a", 1)
        await asyncio.sleep(0)
        kit.dialler.wire.answer(b"-READONLY\r\n")
        await kit.redis.close()

    with caplog.at_level(logging.DEBUG, "asyncio"):
        run_virtual(main())
    assert not [record for record in caplog.records if "never retrieved" in record.message]


def test_commands_without_replies_are_bounded(kit: Kit) -> None:
    async def main() -> None:
        await kit.start()
        for _ in range(MAX_OPEN_COMMANDS):
            kit.redis.send("PING")
        with pytest.raises(StateUnavailable, match="wait for Redis"):
            kit.redis.execute("PING")
        await kit.redis.close()

    run_virtual(main())


@pytest.mark.parametrize(
    ("answer", "warned"),
    [
        (POLICY, False),
        (b"*2\r\n$16\r\nmaxmemory-policy\r\n$12\r\nvolatile-ttl\r\n", True),
        (b"*2\r\n$16\r\nmaxmemory-policy\r\n$11\r\nallkeys-lru\r\n", True),
        (b"-ERR unknown command 'CONFIG'\r\n", False),
        (b"*0\r\n", True),
    ],
)
def test_a_policy_that_evicts_is_warned_of(
    kit: Kit, answer: bytes, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        await kit.start(answer)
        assert kit.redis.available
        await kit.redis.close()

    run_virtual(main())
    assert ("noeviction" in caplog.text) is warned
