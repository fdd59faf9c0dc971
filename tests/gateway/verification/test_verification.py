from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.core.errors import VerificationUnavailable
from gateway.core.registration import CodeState, LookUp, Registration
from gateway.verification.cache import RegistrationCache
from gateway.verification.settings import BackendSettings, CacheSettings
from gateway.verification.verification import CachedVerification
from gateway.verification.wire import Found
from tests.gateway.verification.samples import CODE, OTHER_CODE, registration, unknown
from tests.gateway.verification.small_redis import SmallRedis
from tests.virtual_time import run_virtual


class Registry:
    """A backend in memory: `codes` it knows, `away` or not, `faulty` rows, `seconds` to answer."""

    def __init__(self) -> None:
        self.codes = {CODE: registration(), OTHER_CODE: registration(OTHER_CODE)}
        self.asked: list[list[str]] = []
        self.faulty: set[str] = set()
        self.away = False
        self.seconds = 0.01

    async def fetch(self, codes: Sequence[str]) -> list[Found]:
        self.asked.append(list(codes))
        await asyncio.sleep(self.seconds)
        if self.away:
            raise VerificationUnavailable("away")
        return [VerificationUnavailable("bad row") if c in self.faulty else self._of(c) for c in codes]

    def _of(self, code: str) -> Registration:
        return self.codes.get(code) or unknown(code)


class Kit:
    def __init__(self) -> None:
        self.now = 10_000.0
        self.registry = Registry()
        self.redis = SmallRedis(lambda: self.now)
        cache = RegistrationCache(self.redis, CacheSettings(), lambda: self.now)
        self.verification = CachedVerification(self.registry, cache, BackendSettings(), lambda: self.now)

    async def one(self, code: str = CODE) -> LookUp:
        (look_up,) = await self.verification.look_up([code])
        return look_up


@pytest.fixture
def kit() -> Kit:
    return Kit()


def test_the_backend_is_asked_once_and_the_copy_answers_from_then_on(kit: Kit) -> None:
    async def main() -> None:
        assert await kit.one() == await kit.one() == LookUp(registration())

    run_virtual(main())
    assert kit.registry.asked == [[CODE]]


def test_look_ups_of_many_queries_share_one_request_and_one_place_in_it_per_code(kit: Kit) -> None:
    async def main() -> None:
        found = await asyncio.gather(*[kit.one(code) for code in [CODE, OTHER_CODE] * 50])
        assert [look_up.registration.code for look_up in found] == [CODE, OTHER_CODE] * 50

    run_virtual(main())
    assert kit.registry.asked == [[CODE, OTHER_CODE]]


def test_a_code_whose_request_is_under_way_is_waited_for_not_asked_again(kit: Kit) -> None:
    kit.registry.seconds = 1.0

    async def main() -> None:
        first = asyncio.ensure_future(kit.one())
        await asyncio.sleep(0.5)
        assert await kit.one() == await first

    run_virtual(main())
    assert kit.registry.asked == [[CODE]]


def test_several_codes_are_answered_in_their_order_the_same_one_twice_included(kit: Kit) -> None:
    async def main() -> None:
        await kit.one(OTHER_CODE)
        found = await kit.verification.look_up([CODE, OTHER_CODE, CODE])
        assert [look_up.registration.code for look_up in found] == [CODE, OTHER_CODE, CODE]

    run_virtual(main())
    assert kit.registry.asked == [[OTHER_CODE], [CODE]]


def test_a_copy_beyond_its_lifetime_is_renewed(kit: Kit) -> None:
    async def main() -> None:
        await kit.one()
        kit.now += 301.0
        kit.registry.codes[CODE] = registration(state=CodeState.RECALLED)
        assert await kit.one() == LookUp(registration(state=CodeState.RECALLED))

    run_virtual(main())


def test_an_old_copy_answers_as_stale_while_the_backend_is_away(kit: Kit) -> None:
    async def main() -> None:
        await kit.one()
        kit.now += 301.0
        kit.registry.away = True
        assert await kit.one() == LookUp(registration(), stale=True)

    run_virtual(main())


def test_without_a_copy_and_a_backend_nothing_is_said(kit: Kit) -> None:
    kit.registry.away = True

    async def main() -> None:
        with pytest.raises(VerificationUnavailable):
            await kit.one()

    run_virtual(main())


def test_an_unknown_code_is_not_said_to_be_unknown_from_an_old_copy(kit: Kit) -> None:
    async def main() -> None:
        assert (await kit.one("80000000000000000000")).registration.state is CodeState.UNKNOWN
        kit.now += 60.0
        kit.registry.away = True
        with pytest.raises(VerificationUnavailable):
            await kit.one("80000000000000000000")

    run_virtual(main())


def test_one_faulty_row_leaves_the_neighbours_in_its_request_alone(kit: Kit) -> None:
    kit.registry.faulty.add(CODE)

    async def main() -> None:
        bad, good = await asyncio.gather(kit.one(CODE), kit.one(OTHER_CODE), return_exceptions=True)
        assert isinstance(bad, VerificationUnavailable)
        assert good == LookUp(registration(OTHER_CODE))

    run_virtual(main())


def test_a_recall_is_known_at_the_next_query_once_it_is_told(kit: Kit) -> None:
    async def main() -> None:
        await kit.one()
        kit.registry.codes[CODE] = registration(state=CodeState.RECALLED)
        kit.now += 1.0
        await kit.verification.invalidate(resource_code="8123456", batch="20080501A")
        assert (await kit.one()).registration.state is CodeState.RECALLED

    run_virtual(main())


def test_a_withdrawn_copy_does_not_answer_even_while_the_backend_is_away(kit: Kit) -> None:
    async def main() -> None:
        await kit.one()
        kit.now += 1.0
        await kit.verification.invalidate([CODE])
        kit.registry.away = True
        with pytest.raises(VerificationUnavailable):
            await kit.one()

    run_virtual(main())


def test_without_redis_the_backend_is_asked_each_time(kit: Kit) -> None:
    kit.redis.away = True

    async def main() -> None:
        assert await kit.one() == await kit.one() == LookUp(registration())

    run_virtual(main())
    assert kit.registry.asked == [[CODE], [CODE]]


def test_closing_ends_look_ups_under_way_as_unavailable(kit: Kit) -> None:
    kit.registry.seconds = 60.0

    async def main() -> None:
        waiting = asyncio.ensure_future(kit.one())
        await asyncio.sleep(1.0)
        await kit.verification.close()
        with pytest.raises(VerificationUnavailable):
            await waiting

    run_virtual(main())
