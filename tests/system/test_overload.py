"""More than can be answered, from many or from one; and a carrier that is broken beside one that is not."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest
from twisted.internet import reactor
from twisted.internet.task import deferLater

from tests.smpp.smsc import pdu
from tests.system.gateway_process import Gateway, gateway, phones, samples
from tests.system.in_reactor import in_reactor
from tests.system.loads import ended, load
from tests.system.moody_backend import moody_backend
from tests.system.pushing_smsc import Mood, PushingSmsc, pushing_smsc
from tests.system.redis_server import RedisServer

pytestmark = pytest.mark.system

_RX_T_APPN = 0x64
_FLOODER = "8613999999999"
_QUICK = "reconnect_most_seconds = 0.2"


def resident_octets(ours: Gateway) -> int:
    """The gateway's memory (proc(5), statm)."""
    pages = int(Path(f"/proc/{ours.process_id}/statm").read_text().split()[1])
    return pages * 4096


async def latencies(smsc: PushingSmsc, first: int, count: int) -> float:
    """Seconds from text to reply, one after the other: the median."""
    found = []
    for phone, code in zip(phones(first), samples().fresh(count), strict=False):
        began = time.monotonic()
        smsc.text(phone, code)
        await smsc.until(lambda phone=phone: phone.encode() in smsc.replies)  # type: ignore[misc]  # a lambda's default
        found.append(time.monotonic() - began)
    return median(found)


@in_reactor
async def test_beyond_the_cap_messages_are_refused_the_link_lives_and_all_is_answered_afterwards(
    tmp_path: Path,
) -> None:
    settings = "[sms]\nopen_limit = 100\n"
    async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, settings=settings, account=_QUICK) as ours:
        smsc.window = 500
        smsc.mood = Mood(late_seconds=0.5)  # ten replies each half second: far less than what comes
        load(smsc, 20)
        await smsc.until_answered()
        before = resident_octets(ours)
        load(smsc, 400, first=20)
        await smsc.until(lambda: smsc.refused[_RX_T_APPN] >= 1500)
        assert len(smsc.taken) - len(smsc.replies) <= 100
        assert resident_octets(ours) - before < 32 * 1024 * 1024
        alive = smsc.enquiries
        smsc.sessions[0].transport.write(pdu(0x15, 0x7EEEEEEE))
        await smsc.until(lambda: smsc.enquiries > alive)
        assert len(smsc.sessions) == 1
        smsc.mood = Mood()
        await smsc.until_answered()
        assert set(smsc.refused) == {_RX_T_APPN}
        assert smsc.extra_replies == 0
        await ended(ours, smsc)


@pytest.mark.parametrize("with_redis", [True, False])
@in_reactor
async def test_a_flood_from_one_number_leaves_the_latency_of_others_alone(with_redis: bool, tmp_path: Path) -> None:
    redis = RedisServer(tmp_path)
    if with_redis:
        redis.start()
    try:
        async with pushing_smsc() as smsc, gateway(tmp_path, smsc.port, redis_url=redis.url) as ours:
            (code,) = samples().fresh(1)
            calm = await latencies(smsc, 0, 20)
            smsc.flood(_FLOODER, code, 3000)
            flooded = await latencies(smsc, 100, 20)
            assert smsc.flooding
            print(f"median seconds: {calm:.4f} calm, {flooded:.4f} beside a flood")
            await smsc.until(lambda: not smsc.flooding)
            assert flooded < 20 * max(calm, 0.005)
            assert len(smsc.replies[_FLOODER.encode()]) <= 30  # 20 a minute, those that the flood lasts, and one notice
            assert await ours.end("TERM") == 0
            rows = ours.logged()  # the same text while it is open is the same query, delivered again
            assert sum(1 + row["redeliveries"] for row in rows) == 3040
            ours.assert_sound(len(rows))
    finally:
        redis.close()


@in_reactor
async def test_a_broken_carrier_leaves_the_latency_of_another_alone(tmp_path: Path) -> None:
    async with (
        moody_backend(tmp_path),
        pushing_smsc() as good,
        pushing_smsc() as broken,
        gateway(tmp_path, good.port, registry=False) as ours,
    ):
        ours.configure_carrier("broken", (broken.port,), _QUICK)
        await ours.reload()
        load(broken, 10, first=1000)
        await broken.until_answered()
        calm = await latencies(good, 0, 30)
        load(broken, 300, first=2000)
        broken.mood = Mood(late_seconds=5.0, throttles=5)
        broken.reset()
        disturbed = await latencies(good, 100, 30)
        broken.reset()
        again = await latencies(good, 200, 30)
        print(f"median seconds: {calm:.4f} calm, {disturbed:.4f} and {again:.4f} beside a broken carrier")
        assert max(disturbed, again) < 5 * max(calm, 0.005)
        broken.mood = Mood()
        await deferLater(reactor, 0)
        assert await ours.end("KILL") == -9


@pytest.mark.parametrize("with_redis", [True, False])
@in_reactor
async def test_who_guesses_codes_learns_nothing_and_who_answers_by_itself_is_not_answered_for_ever(
    with_redis: bool, tmp_path: Path
) -> None:
    redis = RedisServer(tmp_path)
    if with_redis:
        redis.start()
    settings = "[allowance]\ncaller_misses = { limit = 3, seconds = 3600 }\n"
    try:
        async with (
            pushing_smsc() as smsc,
            gateway(tmp_path, smsc.port, redis_url=redis.url, settings=settings) as ours,
        ):
            guesser, robot = "8613811112222", "8613833334444"
            unknown, good = samples().of_kind["unknown"], samples().fresh(1)[0]
            replies = [await smsc.exchange(guesser, f"{unknown} {word}") for word in "abcdef"]  # each another text
            replies.append(await smsc.exchange(guesser, good))
            words = [reply.partition(b"000R")[2] for reply in replies if reply is not None]
            assert "未查到".encode("utf-16-be") in words[0]
            assert len(words) == 7
            assert words[-1] == words[-2]  # of a good code and of an unknown one: the same words, the same length
            assert "暂不能给出结果".encode("utf-16-be") in words[-1]
            for turn in range(6):
                answered = await smsc.exchange(robot, f"Thank you for your message {turn}", patience_seconds=0.5)
                assert (answered is not None) == (turn < 3)
            assert await ours.end("TERM") == 0
            ours.assert_sound(13)
    finally:
        redis.close()
