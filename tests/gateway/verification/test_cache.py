from __future__ import annotations

from typing import Any

import pytest

from gateway.core.errors import StateUnavailable
from gateway.core.registration import CodeState
from gateway.verification.cache import Cached, RegistrationCache
from gateway.verification.settings import CacheSettings
from tests.gateway.verification.samples import CODE, OTHER_CODE, registration, unknown
from tests.gateway.verification.small_redis import SmallRedis

SETTINGS = CacheSettings(activated_seconds=300, inactive_seconds=5, unknown_seconds=7, stale_seconds=1000)


class Kit:
    """A cache over a small Redis; `now` is both their clocks."""

    def __init__(self) -> None:
        self.now = 10_000.0
        self.redis = SmallRedis(lambda: self.now)
        self.cache = self.another_gateway()

    def another_gateway(self) -> RegistrationCache:
        return RegistrationCache(self.redis, SETTINGS, lambda: self.now)

    async def get(self, code: str = CODE) -> Cached | None:
        (cached,) = await self.cache.get([code])
        return cached


@pytest.fixture
def kit() -> Kit:
    return Kit()


async def test_what_was_put_is_found_by_every_gateway(kit: Kit) -> None:
    kit.cache.put(registration(), kit.now)
    assert await kit.get() == Cached(registration(), fresh=True)
    assert await kit.another_gateway().get([OTHER_CODE, CODE]) == [None, Cached(registration(), fresh=True)]


FRESH_SECONDS = {
    CodeState.UNKNOWN: 7,
    CodeState.ISSUED: 5,
    CodeState.PRINTED: 5,
    CodeState.ACTIVATED: 300,
    CodeState.RECALLED: 300,
    CodeState.EXPIRED: 300,
    CodeState.CANCELLED: 300,
    CodeState.STOLEN: 300,
}


@pytest.mark.parametrize("state", list(CodeState))
async def test_a_copy_is_fresh_for_the_lifetime_of_its_state(kit: Kit, state: CodeState) -> None:
    kit.cache.put(registration(state=state), kit.now)
    kit.now += FRESH_SECONDS[state] - 0.1
    cached = await kit.get()
    assert cached is not None
    assert cached.fresh
    kit.now += 0.2
    cached = await kit.get()
    assert cached is None or not cached.fresh


@pytest.mark.parametrize("state", [CodeState.UNKNOWN, CodeState.ISSUED, CodeState.PRINTED])
async def test_not_found_and_not_activated_are_never_said_from_an_old_copy(kit: Kit, state: CodeState) -> None:
    kit.cache.put(registration(state=state), kit.now)
    kit.now += FRESH_SECONDS[state] + 0.1
    assert await kit.get() is None


async def test_other_copies_are_kept_for_when_the_backend_is_away_and_then_forgotten(kit: Kit) -> None:
    kit.cache.put(registration(), kit.now)
    kit.now += 1299.0
    assert await kit.get() == Cached(registration(), fresh=False)
    kit.now += 2.0
    assert await kit.get() is None


async def test_a_copy_from_the_future_is_not_fresh(kit: Kit) -> None:
    kit.cache.put(registration(), kit.now)
    kit.now -= 3600.0
    assert await kit.get() == Cached(registration(), fresh=False)


@pytest.mark.parametrize(
    "change", [{"codes": [CODE]}, {"resource_code": "8123456"}, {"resource_code": "8123456", "batch": "20080501A"}]
)
async def test_a_change_makes_earlier_copies_vanish_at_once_and_later_ones_count(
    kit: Kit, change: dict[str, Any]
) -> None:
    asked_at = kit.now
    kit.cache.put(registration(), asked_at)
    kit.now += 1.0
    await kit.cache.invalidate(**change)
    assert await kit.get() is None
    kit.cache.put(registration(), asked_at)  # an answer that was under way when the change came
    assert await kit.get() is None
    kit.now += 1.0
    kit.cache.put(registration(state=CodeState.RECALLED), kit.now)
    assert await kit.get() == Cached(registration(state=CodeState.RECALLED), fresh=True)


async def test_a_gateway_that_starts_learns_of_changes_to_products_while_old_copies_may_live(kit: Kit) -> None:
    kit.cache.put(registration(), kit.now)
    kit.now += 1.0
    await kit.cache.invalidate(resource_code="8123456", batch="20080501A")
    late = kit.another_gateway()
    await late.start()
    assert await late.get([CODE]) == [None]


async def test_changes_older_than_any_copy_are_swept_at_start(kit: Kit) -> None:
    await kit.cache.invalidate(resource_code="8123456")
    kit.now += 1301.0
    await kit.another_gateway().start()
    assert kit.redis.hashes == {"zhenma:changed": {}}


async def test_without_redis_every_look_up_is_a_miss_and_nothing_fails(kit: Kit) -> None:
    kit.cache.put(registration(), kit.now)
    kit.redis.away = True
    await kit.another_gateway().start()
    kit.cache.put(unknown(OTHER_CODE), kit.now)
    await kit.cache.invalidate([CODE], "8123456")
    assert await kit.cache.get([CODE]) == [None]
    assert await kit.cache.get([CODE, OTHER_CODE]) == [None, None]


async def test_the_small_redis_of_these_tests_is_away_like_the_real_one() -> None:
    redis = SmallRedis(lambda: 0.0)
    redis.away = True
    with pytest.raises(StateUnavailable):
        await redis.execute("GET", "x")
