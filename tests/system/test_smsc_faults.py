"""An SMSC that is slow, half-open or throttles, under load: each message is logged once, and answered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.system.gateway_process import gateway
from tests.system.in_reactor import in_reactor
from tests.system.loads import ended, load
from tests.system.pushing_smsc import Mood, pushing_smsc

pytestmark = pytest.mark.system

_WINDOW = 10  # of the gateway's link, by default
_LATE_SECONDS = float(os.environ.get("ZHENMA_LATE_SECONDS", "1"))  # 20 for the long form
_WATCHFUL = "enquire_idle_seconds = 0.3\nenquire_timeout_seconds = 0.3\n"
_QUICK = "reconnect_most_seconds = 0.2"


@in_reactor
async def test_an_smsc_that_answers_late_is_sent_no_second_copy(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        smsc.mood = Mood(late_seconds=_LATE_SECONDS)
        load(smsc, 3 * _WINDOW)
        await smsc.until_taken(3 * _WINDOW)
        assert smsc.submits <= _WINDOW  # acknowledged long before there was room to answer them all
        await smsc.until_answered()
        assert smsc.extra_replies == 0
        await ended(ours, smsc)


@in_reactor
async def test_a_half_open_smsc_with_a_full_window_costs_a_window_of_copies_at_most(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, account=_QUICK, link=_WATCHFUL) as ours:
        load(smsc, 60)
        await smsc.until_taken(10)
        smsc.mood = Mood(mute=True)  # it takes replies, and none of its responses arrives
        muted = list(smsc.sessions)
        await smsc.until(lambda: not set(muted) & set(smsc.sessions))
        smsc.mood = Mood()
        await smsc.until_answered()
        assert smsc.extra_replies <= _WINDOW
        await ended(ours, smsc)


@in_reactor
async def test_an_smsc_that_no_longer_reads_is_left_and_what_it_had_in_flight_comes_again(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, account=_QUICK, link=_WATCHFUL) as ours:
        load(smsc, 60)
        await smsc.until_taken(10)
        frozen = smsc.freeze()
        await smsc.until(lambda: len(smsc.sessions) > len(frozen))
        for session in frozen:
            session.transport.abortConnection()
        await smsc.until_answered()
        assert smsc.extra_replies <= _WINDOW
        await ended(ours, smsc)


@in_reactor
async def test_two_throttled_submits_of_ten_slow_a_link_and_lose_nothing(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        smsc.mood = Mood(throttles=2)
        load(smsc, 12)
        await smsc.until_answered()
        assert smsc.throttled
        assert smsc.extra_replies == 0
        await ended(ours, smsc)


@in_reactor
async def test_an_smsc_that_throttles_everything_is_waited_for(tmp_path: Path) -> None:
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port) as ours:
        smsc.mood = Mood(throttles=10)
        load(smsc, 12)
        await smsc.until(lambda: smsc.throttled > _WINDOW)  # a pause of a second, and tried again
        await smsc.until_taken(12)
        assert not smsc.replies
        assert smsc.throttled <= 3 * _WINDOW
        smsc.mood = Mood()
        await smsc.until_answered()
        assert smsc.extra_replies == 0
        await ended(ours, smsc)
