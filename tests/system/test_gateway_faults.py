"""The gateway's word under fire: what it acknowledged is logged exactly once and answered, whoever dies meanwhile."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.system.gateway_process import gateway
from tests.system.in_reactor import in_reactor
from tests.system.loads import ended, load, replies_in_words
from tests.system.pushing_smsc import pushing_smsc
from tests.system.redis_server import RedisServer

pytestmark = pytest.mark.system

_RX_T_APPN = 0x64
_WINDOW = 10  # of the gateway's link, by default
_QUICK = "reconnect_most_seconds = 0.2"
_DRAIN = "[sms]\ndrain_seconds = 5.0\n"


@in_reactor
async def test_kill_9_under_load_loses_nothing_and_logs_nothing_twice(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, account=_QUICK) as ours:
        load(smsc, 300)
        kills = (20, 110, 200)
        for taken in kills:
            await smsc.until_taken(taken)
            assert await ours.end("KILL") == -9
            await ours.start()
        await smsc.until_answered()
        assert smsc.redelivered
        assert smsc.extra_replies <= len(kills) * _WINDOW
        await ended(ours, smsc)


@in_reactor
async def test_a_connection_that_is_reset_is_bound_anew(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, account=_QUICK) as ours:
        load(smsc, 200)
        resets = (20, 70, 120, 170)
        for taken in resets:
            await smsc.until_taken(taken)
            smsc.reset()
        await smsc.until_answered()
        assert smsc.extra_replies <= len(resets) * _WINDOW
        await ended(ours, smsc)


@in_reactor
async def test_redis_absent_then_there_then_killed_then_frozen_is_not_felt(tmp_path: Path) -> None:
    redis = RedisServer(tmp_path)
    try:
        async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, redis_url=redis.url) as ours:
            for round_, change in enumerate((redis.start, redis.kill, redis.start, redis.freeze)):
                load(smsc, 60, first=round_ * 60)
                await smsc.until_taken(round_ * 60 + 20)
                change()
                await smsc.until_answered()
            assert smsc.extra_replies == 0
            assert replies_in_words(smsc, "首次查询") == len(smsc.texts)
            await ended(ours, smsc)
    finally:
        redis.close()


@in_reactor
async def test_while_the_registry_is_away_the_answer_is_promised_and_then_given(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        load(smsc, 20)
        await smsc.until_answered()
        await ours.kill_registry()
        load(smsc, 20, first=20)
        await smsc.until_answered()
        assert replies_in_words(smsc, "您的查询已受理") == 20
        assert replies_in_words(smsc, "未查到") == 0
        await ours.start_registry()
        await smsc.until(lambda: replies_in_words(smsc, "首次查询") == 40)
        assert smsc.extra_replies == 20
        await ended(ours, smsc)


@in_reactor
async def test_while_the_journal_cannot_grow_messages_are_refused_and_come_again(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        load(smsc, 150)
        await smsc.until_taken(30)
        ours.limit_files(4096)
        await smsc.until(lambda: smsc.refused[_RX_T_APPN] >= 40)
        ours.limit_files(resource.RLIM_INFINITY)
        await smsc.until_answered()
        assert set(smsc.refused) == {_RX_T_APPN}
        assert smsc.extra_replies == 0
        told = [line for line in ours.logs[-1] if "gateway.records" in line]
        assert ["could not commit" in line for line in told] == [True, False]
        await ended(ours, smsc)


@in_reactor
async def test_sigterm_under_load_ends_clean_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, settings=_DRAIN) as ours:
        load(smsc, 200)
        await smsc.until_taken(50)
        assert await ours.end("TERM") == 0
        assert set(smsc.taken) == set(smsc.replies)
        ours.assert_sound(len(smsc.taken))
        await ours.start()
        await smsc.until_answered()
        assert smsc.extra_replies == 0
        await ended(ours, smsc)
