from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.allowance import Rate
from gateway.core.ports import Ruling
from gateway.core.query import Caller, Channel, Intent, Query, Understanding
from gateway.records.privacy.pseudonyms import PseudonymKey
from gateway.shared.allowance import RedisAllowance
from gateway.shared.settings import AllowanceSettings, RedisSettings
from gateway.shared.turn import RedisTurn
from tests.system.redis_server import RedisServer

pytestmark = pytest.mark.system

CODE = "81234560000000011974"
LIMITS = AllowanceSettings(
    queries=Rate(3, 30.0),
    anonymous_queries=Rate(6, 30.0),
    caller_misses=Rate(2, 100.0),
    block_misses=Rate(4, 100.0),
    product_misses=Rate(6, 100.0),
)

KEY = PseudonymKey("k1", b"k" * 32)
uids = itertools.count(1)


def query(number: str = "8613800001234", code: str = CODE, channel: Channel = Channel.SMS) -> Query:
    said = Understanding(Intent.VERIFY, (code,))
    return Query(next(uids), channel, 0.0, Caller(number, f"k1:{number[::-1]}"), "", said)


class Kit:
    """An allowance over a Redis, or over none; `now` is its clock."""

    def __init__(self, url: str, limits: AllowanceSettings = LIMITS) -> None:
        self.now = 1_000_000.0
        self.redis = RedisTurn(RedisSettings(url))
        self.allowance = RedisAllowance(self.redis, limits, lambda: self.now, KEY.disguised)

    async def rule(self, *asked: Query) -> list[Ruling]:
        """Each is a query of its own, even where the same is given several times."""
        asked = tuple(replace(each, uid=next(uids)) for each in asked)
        return [await self.allowance.rule(each) for each in asked]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("r"))
    server.start()
    yield server
    server.close()


@pytest.fixture(params=["with redis", "without redis"])
async def kit(request: pytest.FixtureRequest, server: RedisServer, tmp_path: Path) -> AsyncIterator[Kit]:
    kit = Kit(server.url if request.param == "with redis" else f"unix://{tmp_path}/nobody")
    await kit.redis.start()
    if kit.redis.available:
        await kit.redis.execute("FLUSHALL")
    yield kit
    await kit.redis.close()


async def test_a_caller_has_the_limit_then_one_notice_then_silence(kit: Kit) -> None:
    assert await kit.rule(*[query()] * 5) == [Ruling.ANSWER] * 3 + [Ruling.NOTICE, Ruling.SILENCE]


async def test_a_query_that_is_tried_again_and_again_is_charged_once(kit: Kit) -> None:
    deferred = query()
    assert {await kit.allowance.rule(deferred) for _ in range(50)} == {Ruling.ANSWER}
    assert await kit.rule(query()) == [Ruling.ANSWER]


async def test_a_flood_from_one_number_leaves_others_alone(kit: Kit) -> None:
    await kit.rule(*[query()] * 20)
    assert await kit.rule(query("8613900001234")) == [Ruling.ANSWER]


async def test_sms_and_voice_share_one_allowance(kit: Kit) -> None:
    await kit.rule(*[query()] * 3)
    assert await kit.rule(query(channel=Channel.VOICE)) == [Ruling.NOTICE]


async def test_those_who_withhold_their_number_have_a_rate_of_their_own(kit: Kit) -> None:
    assert await kit.rule(*[query("")] * 7) == [Ruling.ANSWER] * 6 + [Ruling.NOTICE]


async def test_after_its_misses_a_caller_is_answered_vaguely_until_the_budget_grows_again(kit: Kit) -> None:
    for _ in range(2):
        await kit.allowance.missed(query(), [CODE])
    assert await kit.rule(query()) == [Ruling.VAGUE]
    kit.now += 50.0
    assert await kit.rule(query()) == [Ruling.ANSWER]


async def test_a_block_of_numbers_has_one_budget(kit: Kit) -> None:
    for last in range(4):
        await kit.allowance.missed(query(f"861380000{last:04d}"), [f"8{last:06d}0000000000000"])
    assert await kit.rule(query("8613800009999"), query("8613800019999")) == [Ruling.VAGUE, Ruling.ANSWER]


async def test_a_product_has_one_budget_whoever_guesses(kit: Kit) -> None:
    for block in range(6):
        await kit.allowance.missed(query(f"86138{block:04d}1234"), [CODE])
    assert await kit.rule(query("8613999991234"), query("8613999991234", "89999990000000011974")) == [
        Ruling.VAGUE,
        Ruling.ANSWER,
    ]


async def test_a_clock_an_hour_back_locks_nobody_out(kit: Kit) -> None:
    await kit.rule(*[query()] * 4)
    kit.now -= 3600.0
    assert await kit.rule(query()) == [Ruling.NOTICE]
    kit.now += 10.1
    assert await kit.rule(query()) == [Ruling.ANSWER]


async def test_a_clock_an_hour_back_does_not_spend_a_guess_budget_for_an_hour(kit: Kit) -> None:
    await kit.allowance.missed(query(), [CODE, CODE])
    kit.now -= 3600.0
    assert await kit.rule(query()) == [Ruling.VAGUE]
    kit.now += 50.1
    assert await kit.rule(query()) == [Ruling.ANSWER]


async def test_several_misses_of_one_message_are_charged_together(kit: Kit) -> None:
    await kit.allowance.missed(query(), [CODE, "81234560000000021986"])
    assert await kit.rule(query()) == [Ruling.VAGUE]


async def test_a_miss_that_belongs_to_no_budget_is_charged_to_none(kit: Kit) -> None:
    await kit.allowance.missed(query(""), ["0012345678901234"])
    assert await kit.rule(query("")) == [Ruling.ANSWER]


async def test_nothing_of_a_clear_number_is_in_redis(server: RedisServer) -> None:
    kit = Kit(server.url)
    await kit.redis.start()
    await kit.redis.execute("FLUSHALL")
    await kit.rule(query("8613812345678"))
    await kit.allowance.missed(query("8613812345678"), [CODE])
    keys = await kit.redis.execute("KEYS", "*")
    assert len(keys) == 4
    assert not any(b"13812" in key for key in keys)
    assert all([await kit.redis.execute("PTTL", key) > 0 for key in keys])
    await kit.redis.close()


async def test_every_key_begins_with_the_prefix_of_the_settings(server: RedisServer) -> None:
    redis = RedisTurn(RedisSettings(server.url, prefix="other:"))
    await redis.start()
    await redis.execute("FLUSHALL")
    await RedisAllowance(redis, LIMITS, lambda: 1.0, KEY.disguised).rule(query())
    assert all(key.startswith(b"other:") for key in await redis.execute("KEYS", "*"))
    await redis.close()


async def test_alone_a_node_remembers_the_latest_callers_only(tmp_path: Path) -> None:
    kit = Kit(f"unix://{tmp_path}/nobody", AllowanceSettings(queries=Rate(1, 60.0), capacity=2))
    assert await kit.rule(query("1"), query("2"), query("3"), query("1"), query("3")) == [
        Ruling.ANSWER, Ruling.ANSWER, Ruling.ANSWER, Ruling.ANSWER, Ruling.NOTICE,
    ]  # fmt: skip


acts = st.lists(
    st.tuples(
        st.sampled_from(["rule", "miss"]),
        st.sampled_from(["8613800001234", "8613800005678", "8613900001234", ""]),
        st.sampled_from([-3600.0, 0.0, 0.0, 1.0, 9.0, 31.0, 70.0]),
    ),
    max_size=25,
)


@given(acts=acts)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_redis_rules_as_a_node_alone_does(
    server: RedisServer, tmp_path: Path, acts: list[tuple[str, str, float]]
) -> None:
    shared, alone = Kit(server.url), Kit(f"unix://{tmp_path}/nobody")
    await shared.redis.start()
    await shared.redis.execute("FLUSHALL")
    for act, number, pause_seconds in acts:
        shared.now += pause_seconds
        alone.now = shared.now
        if act == "rule":
            assert await shared.rule(query(number)) == await alone.rule(query(number))
        else:
            await shared.allowance.missed(query(number), [CODE])
            await alone.allowance.missed(query(number), [CODE])
    await shared.redis.close()
