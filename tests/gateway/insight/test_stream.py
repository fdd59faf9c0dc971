"""Signals per code from the stream of look-ups."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.errors import StateUnavailable
from gateway.core.looks import Look, LookedUp
from gateway.core.query import Channel
from gateway.core.verdicts import Verdict
from gateway.insight.alerts import Alert, Kind
from gateway.insight.centres import distance_km, reach_km
from gateway.insight.signals import Detector, Signal, of_alert
from gateway.insight.stream import LocalLooks, Stream
from gateway.insight.stream_settings import SignalSettings
from tests.gateway.insight.findings import BEIJING, CENTRES, FUZHOU, NOON, URUMQI, XIAMEN, asked

SETTINGS = SignalSettings()


class Away:
    """A Redis that is not there."""

    async def enter(self, entries: Sequence[tuple[str, Look]], seconds: float, most: int) -> list[tuple[Look, ...]]:
        raise StateUnavailable("Redis is away")


async def found(looks: Sequence[LookedUp], settings: SignalSettings = SETTINGS) -> list[Signal]:
    return await Stream(settings, CENTRES, LocalLooks(1000)).take(looks)


async def detectors(looks: Sequence[LookedUp]) -> list[Detector]:
    return [signal.detector for signal in await found(looks)]


async def test_a_code_asked_by_many_callers_is_a_signal_from_the_sixth_on() -> None:
    looks = [asked(number) for number in range(6)]
    assert await detectors(looks[:5]) == []
    (signal,) = await found(looks)
    assert (signal.detector, signal.observed, signal.areas, signal.product) == (
        Detector.MANY_CALLERS, 6, (FUZHOU,), "8000001",
    )  # fmt: skip
    assert "6 callers" in signal.reason_en
    assert "6 个不同号码" in signal.reason_zh


async def test_one_caller_who_asks_often_is_no_signal() -> None:
    assert await detectors([asked(number, caller="k1:a") for number in range(20)]) == []


async def test_looks_that_are_too_old_do_not_count() -> None:
    looks = [asked(number, at=NOON + number * 3 * 86_400) for number in range(8)]
    assert await detectors(looks) == []


async def test_callers_too_far_apart_in_a_day_are_a_signal() -> None:
    places = [FUZHOU, BEIJING, URUMQI]
    (signal,) = await found([asked(number, area=area) for number, area in enumerate(places)])
    assert signal.detector is Detector.FAR_APART
    assert "3291 km" in signal.reason_en or "km apart" in signal.reason_en
    late = [asked(number, area=area, at=NOON + number * 86_400) for number, area in enumerate(places)]
    assert await detectors(late) == []
    assert await detectors([asked(number, area=area) for number, area in enumerate([FUZHOU, XIAMEN, FUZHOU])]) == []


@pytest.mark.parametrize(
    ("verdict", "needed"),
    [(Verdict.RECALLED, 1), (Verdict.CANCELLED, 1), (Verdict.EXPIRED, 2), (Verdict.NOT_ACTIVATED, 2)],
)
async def test_a_withdrawn_or_inactive_code_in_the_market_is_a_signal(verdict: Verdict, needed: int) -> None:
    looks = [asked(number, verdict=verdict) for number in range(needed)]
    assert await detectors(looks) == [Detector(verdict.value)]
    assert await detectors(looks[:-1]) == []


def pack(number: int, area: str) -> LookedUp:
    code = f"8000001{number:013d}"
    return asked(number, code=code, area=area, verdict=Verdict.FIRST, region="350000")


async def test_packs_of_one_province_asked_in_another_are_a_signal() -> None:
    (signal,) = await found([pack(number, BEIJING) for number in range(6)])
    assert (signal.detector, signal.areas, signal.code) == (Detector.STRAYED, (BEIJING,), "")
    assert await detectors([pack(number, XIAMEN) for number in range(6)]) == []
    assert await detectors([pack(number, "") for number in range(6)]) == []


async def test_travellers_take_some_packs_along() -> None:
    home = [pack(number, FUZHOU) for number in range(30)]
    assert await detectors([*home, *(pack(number, BEIJING) for number in range(30, 36))]) == []


def miss(number: int, code: int, **changes: object) -> LookedUp:
    fields: dict[str, object] = {"code": f"8000009{code:013d}", "verdict": Verdict.UNKNOWN, "resource_code": ""}
    return asked(number, **(fields | changes))


async def test_one_missed_code_of_three_callers_is_a_signal() -> None:
    assert await detectors([miss(number, 1) for number in range(3)]) == [Detector.MISSES]
    assert await detectors([miss(number, 1) for number in range(2)]) == []


async def test_confirmed_misses_of_one_prefix_are_a_signal_and_unconfirmed_ones_are_not() -> None:
    first = [miss(number, number) for number in range(8)]
    again = [miss(number, number, at=NOON + 3600 * number + 70) for number in range(8)]
    assert await detectors(first) == []
    assert await detectors([*first, *again]) == [Detector.PREFIX]
    at_once = [miss(number, number, at=NOON + 3600 * number + 5) for number in range(8)]
    assert await detectors([*first, *at_once]) == []
    assert await detectors([miss(number, number, channel=Channel.VOICE) for number in range(8)]) == [Detector.PREFIX]


async def test_a_caller_who_tries_many_codes_is_guessing_and_a_shop_s_scanner_is_not() -> None:
    tries = [miss(1, number, at=NOON + number) for number in range(12)]
    assert await detectors(tries) == [Detector.GUESSING]
    good = [asked(1, code=f"8000001{number:013d}", verdict=Verdict.FIRST) for number in range(12)]
    assert await detectors([*good, *tries]) == []


async def test_the_same_looks_again_give_the_same_signals() -> None:
    looks = [asked(number) for number in range(7)]
    stream = Stream(SETTINGS, CENTRES, LocalLooks(1000))
    first = await stream.take(looks)
    assert await stream.take(looks) == first
    one_by_one = Stream(SETTINGS, CENTRES, LocalLooks(1000))
    singly = [signal for look in looks for signal in await one_by_one.take([look])]
    assert {signal.id for signal in singly} == {signal.id for signal in first}


async def test_without_redis_the_node_goes_on_by_itself_and_says_so() -> None:
    stream = Stream(SETTINGS, CENTRES, LocalLooks(1000), Away())
    assert [one.detector for one in await stream.take([asked(n) for n in range(6)])] == [Detector.MANY_CALLERS]
    assert not stream.is_whole


async def test_what_two_gateways_share_is_found_by_either() -> None:
    shared = LocalLooks(1000)
    one, other = (Stream(SETTINGS, CENTRES, LocalLooks(1000), shared) for _ in range(2))
    assert await one.take([asked(number) for number in range(3)]) == []
    assert len(await other.take([asked(number) for number in range(3, 6)])) == 1


async def test_local_looks_are_bounded_in_subjects_and_looks() -> None:
    looks = LocalLooks(2)
    for subject in "abc":
        await looks.enter([(subject, Look(NOON, "k1:a", "", "1"))], 10, 5)
    (again,) = await looks.enter([("a", Look(NOON, "k1:b", "", "1"))], 10, 5)
    assert len(again) == 1
    entries = [("a", Look(NOON + number, f"k1:{number}", "", "1")) for number in range(9)]
    assert len((await looks.enter(entries, 100, 5))[-1]) == 5


def test_an_alert_of_the_watch_is_a_signal_with_its_numbers() -> None:
    alert = Alert(Kind.HOTSPOT, (FUZHOU,), ("8000001",), NOON, NOON, NOON, 9.0, 1e-6, 900.0, 7, 0.4, "", "repeat: 7")
    signal = of_alert(alert)
    assert (signal.detector, signal.areas, signal.expected, signal.recurrence_days) == (
        Detector.HOTSPOT, (FUZHOU,), 0.4, 900.0,
    )  # fmt: skip
    assert signal.id == of_alert(alert).id


def test_distances_are_great_circles() -> None:
    assert distance_km(CENTRES[FUZHOU], CENTRES[BEIJING]) == pytest.approx(1_560, rel=0.01)
    assert reach_km(["350181", "", "999999"], CENTRES) == 0.0
    assert reach_km(["350181", "110105"], CENTRES) == pytest.approx(1_560, rel=0.01)


@pytest.mark.parametrize(
    "wrong", [{"many_callers": 0}, {"withdrawn_callers": {"recalled": 1}}, {"far_km": 0.0}, {"strayed_part": 2.0}]
)
def test_thresholds_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        SignalSettings(**wrong)  # type: ignore[arg-type]  # one wrong value each
