from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.errors import StateUnavailable
from gateway.core.history import Asker, KnownAskers, history_of, known_askers
from gateway.core.query import Caller, Channel, Intent, Query, Understanding
from gateway.core.verdicts import CodeHistory
from gateway.shared.history import RedisHistory
from gateway.shared.settings import HistorySettings, RedisSettings
from gateway.shared.turn import RedisTurn
from tests.system.redis_server import RedisServer

pytestmark = pytest.mark.system

CODE = "81234560000000011974"
OTHER_CODE = "81234560000000021986"
RETRY_SECONDS = 60.0
BASE_UID = 1 << 62  # beyond what a double holds exactly


def query(number: int, caller: str = "a", codes: tuple[str, ...] = (CODE,), at: float | None = None) -> Query:
    said = Understanding(Intent.VERIFY, codes)
    arrived_at = float(number) if at is None else at
    return Query(BASE_UID + number, Channel.SMS, arrived_at, Caller("8613800001234", caller), "", said)


class Log:
    """The truth in memory: what was recorded through any gateway, while it is open and after."""

    def __init__(self) -> None:
        self.askers: dict[str, dict[int, Asker]] = {}
        self.loads = 0
        self.unreadable = False

    def enter(self, asked: Query, answered_at: float | None = None) -> None:
        asker = Asker(asked.uid, asked.caller.pseudonym, asked.arrived_at, answered_at)
        for code in asked.understanding.codes:
            self.askers.setdefault(code, {})[asked.uid] = asker

    async def record(self, asked: Query) -> list[CodeHistory]:
        known = await self.load(asked.understanding.codes)
        return [history_of(each, asked.uid, asked.caller.pseudonym, asked.arrived_at, RETRY_SECONDS) for each in known]

    async def forget(self, asked: Query, codes: Sequence[str]) -> None:
        for code in codes:
            self.askers.get(code, {}).pop(asked.uid, None)

    async def load(self, codes: Sequence[str]) -> list[KnownAskers]:
        self.loads += 1
        if self.unreadable:
            raise StateUnavailable("the log cannot be read")
        await asyncio.sleep(0)
        return [known_askers(self.askers.get(code, {}).values()) for code in codes]


class Gateway:
    """One gateway's history; `now` is its clock."""

    def __init__(self, url: str, log: Log) -> None:
        self.now = 0.0
        self.log = log
        self.redis = RedisTurn(RedisSettings(url, probe_seconds=0.02))
        settings = HistorySettings(retry_seconds=RETRY_SECONDS)
        self.history = RedisHistory(self.redis, log, settings, lambda: self.now)

    async def ask(self, asked: Query) -> CodeHistory:
        """What a gateway does: durable first, then recorded."""
        self.log.enter(asked)
        (found,) = await self.history.record(asked)
        return found

    async def until(self, available: bool) -> None:
        """Wait for the connection to notice, as /readyz would."""
        while self.redis.available is not available:  # noqa: ASYNC110 - availability is polled: it has no event
            await asyncio.sleep(0.005)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.close()


@pytest.fixture
async def gateway(server: RedisServer) -> AsyncIterator[Gateway]:
    gateway = Gateway(server.url, Log())
    await gateway.redis.start()
    await gateway.redis.execute("FLUSHALL")
    yield gateway
    await gateway.redis.close()


async def test_the_first_to_ask_is_first_and_the_next_ones_learn_of_it(gateway: Gateway) -> None:
    assert await gateway.ask(query(1, "a")) == CodeHistory(BASE_UID + 1, 1.0, True, 1, 1)
    assert await gateway.ask(query(2, "b")) == CodeHistory(BASE_UID + 1, 1.0, False, 2, 2)
    assert await gateway.ask(query(3, "a")) == CodeHistory(BASE_UID + 1, 1.0, True, 3, 2, mine_before=1)


async def test_a_query_recorded_again_counts_once(gateway: Gateway) -> None:
    first = await gateway.ask(query(1))
    assert await gateway.ask(query(1)) == first


async def test_a_repeat_is_settled_once_the_answer_is_old_enough(gateway: Gateway) -> None:
    gateway.now = 10.0
    await gateway.ask(query(1, at=9.0))
    gateway.now = 69.9
    assert (await gateway.ask(query(2, at=69.9))).settled_before == 0
    assert (await gateway.ask(query(3, at=70.0))).settled_before == 1


async def test_a_query_whose_answer_had_to_wait_does_not_make_its_retry_a_repeat(gateway: Gateway) -> None:
    await gateway.ask(query(1, at=0.0))
    gateway.now = 7200.0  # the backend is back, and the query is answered now
    await gateway.ask(query(1, at=0.0))
    assert (await gateway.ask(query(2, at=7201.0))).settled_before == 0


async def test_each_code_of_a_message_has_its_own_history(gateway: Gateway) -> None:
    await gateway.ask(query(1, "a"))
    both = query(2, "b", (CODE, OTHER_CODE))
    gateway.log.enter(both)
    here, there = await gateway.history.record(both)
    assert (here.first_by_me, there.first_by_me) == (False, True)


async def test_with_redis_empty_the_log_tells(gateway: Gateway, server: RedisServer) -> None:
    gateway.log.enter(query(1, "a"), answered_at=2.0)
    assert await gateway.ask(query(100, "b")) == CodeHistory(BASE_UID + 1, 1.0, False, 2, 2)
    assert await gateway.ask(query(101, "a")) == CodeHistory(BASE_UID + 1, 1.0, True, 3, 2, 1, 1)
    assert gateway.log.loads == 1


async def test_after_kill_9_with_everything_lost_the_log_tells(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.start()
    gateway = Gateway(server.url, Log())
    await gateway.redis.start()
    await gateway.ask(query(1, "a"))
    server.kill()
    await gateway.until(available=False)
    assert not (await gateway.ask(query(2, "b"))).first_by_me
    server.start()
    await gateway.until(available=True)
    assert await gateway.ask(query(3, "c")) == CodeHistory(BASE_UID + 1, 1.0, False, 3, 3)
    await gateway.redis.close()
    server.close()


async def test_what_was_recorded_while_redis_hung_is_not_missing_when_it_is_back(server: RedisServer) -> None:
    gateway = Gateway(server.url, Log())
    await gateway.redis.start()
    await gateway.redis.execute("FLUSHALL")
    lapsed = query(1, "a")
    await gateway.ask(lapsed)
    await gateway.history.forget(lapsed, [CODE])  # Redis now knows that nobody asked
    server.freeze()
    assert (await gateway.ask(query(2, "b"))).first_by_me
    server.thaw()
    await gateway.until(available=True)
    assert not (await gateway.ask(query(3, "c"))).first_by_me
    await gateway.redis.close()


async def test_what_was_forgotten_while_redis_hung_is_forgotten_when_it_is_back(server: RedisServer) -> None:
    gateway = Gateway(server.url, Log())
    await gateway.redis.start()
    await gateway.redis.execute("FLUSHALL")
    lapsed = query(1, "a")
    await gateway.ask(lapsed)
    server.freeze()
    await gateway.history.forget(lapsed, [CODE])
    server.thaw()
    await gateway.until(available=True)
    assert (await gateway.ask(query(2, "b"))).first_by_me
    await gateway.redis.close()


async def test_with_neither_redis_nor_a_readable_log_nothing_is_claimed(tmp_path: Path) -> None:
    gateway = Gateway(f"unix://{tmp_path}/nobody", Log())
    await gateway.redis.start()
    gateway.log.unreadable = True
    with pytest.raises(StateUnavailable, match="log"):
        await gateway.ask(query(1))
    await gateway.redis.close()


async def test_of_parallel_queries_on_several_gateways_exactly_one_is_first(server: RedisServer) -> None:
    gateways = [Gateway(server.url, Log()) for _ in range(3)]
    for gateway in gateways:
        await gateway.redis.start()
    await gateways[0].redis.execute("FLUSHALL")
    asked = [gateways[n % 3].ask(query(n, f"caller{n}")) for n in range(300)]
    found = await asyncio.gather(*asked)
    assert sum(history.first_by_me for history in found) == 1
    assert len({history.first_uid for history in found}) == 1
    assert max(history.queries for history in found) == 300
    for gateway in gateways:
        await gateway.redis.close()


async def test_who_asks_before_activation_is_not_first(gateway: Gateway) -> None:
    early = query(1, "a")
    await gateway.ask(early)
    await gateway.history.forget(early, [CODE])
    assert await gateway.ask(query(2, "b")) == CodeHistory(BASE_UID + 2, 2.0, True, 1, 1)


async def test_when_the_first_is_forgotten_the_earliest_that_is_left_becomes_first(gateway: Gateway) -> None:
    early = query(1, "a")
    await gateway.ask(early)
    await gateway.ask(query(2, "b"))
    await gateway.ask(query(3, "c"))
    await gateway.history.forget(early, [CODE])
    assert await gateway.ask(query(4, "b")) == CodeHistory(BASE_UID + 2, 2.0, True, 3, 2, mine_before=1)


async def test_forgetting_what_was_never_recorded_changes_nothing(gateway: Gateway) -> None:
    await gateway.history.forget(query(9, "z"), [CODE, OTHER_CODE])
    await gateway.ask(query(1, "a"))
    await gateway.history.forget(query(9, "z"), [CODE])
    await gateway.history.forget(query(9, "a"), [CODE])
    assert await gateway.ask(query(1, "a")) == CodeHistory(BASE_UID + 1, 1.0, True, 1, 1)


async def test_one_code_asked_by_many_stays_small_in_redis(gateway: Gateway) -> None:
    for number in range(400):
        found = await gateway.ask(query(number, f"caller{number % 200}"))
    assert (found.queries, found.first_by_me) == (400, False)
    assert found.callers >= 200  # beyond 64 callers each further query may count as one more
    assert await gateway.ask(query(399, "caller199")) == found  # counted once, although not kept
    for number in range(400, 500):
        found = await gateway.ask(query(number, "caller0"))
    assert (found.first_by_me, found.mine_before, found.queries) == (True, 101, 500)
    assert await gateway.redis.execute("STRLEN", f"zhenma:asked:{{{CODE}}}") < 15_000


async def test_a_code_is_forgotten_by_redis_after_its_lifetime(gateway: Gateway) -> None:
    await gateway.ask(query(1))
    left_ms = await gateway.redis.execute("PTTL", f"zhenma:asked:{{{CODE}}}")
    assert 399 * 86_400_000 < left_ms <= 400 * 86_400_000


steps = st.lists(
    st.tuples(st.sampled_from(["ask", "again", "forget", "lose"]), st.integers(0, 9), st.sampled_from("abc")),
    max_size=20,
)


@given(steps=steps, pauses=st.lists(st.integers(0, 90), min_size=20, max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_redis_and_the_log_tell_the_same_history(
    gateway: Gateway, steps: list[tuple[str, int, str]], pauses: list[int]
) -> None:
    await gateway.redis.execute("FLUSHALL")
    log = gateway.log
    log.askers.clear()
    gateway.now = 0.0
    asked: list[Query] = []
    for number, (step, which, caller) in enumerate(steps):
        gateway.now += pauses[number]
        if step == "lose":
            await gateway.redis.execute("FLUSHALL")
        elif step == "forget" and asked:
            await gateway.history.forget(asked.pop(which % len(asked)), [CODE])
        else:
            again = step == "again" and asked
            one = asked[which % len(asked)] if again else query(number, caller, at=gateway.now)
            if not again:
                asked.append(one)
            log.enter(one)
            (found,) = await gateway.history.record(one)
            log.enter(one, answered_at=gateway.now)
            assert [found] == await log.record(one)
