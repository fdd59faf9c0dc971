"""The news of a second: whole for operators, its own for a carrier."""

from __future__ import annotations

import json
from typing import Any

from gateway.measures.live import news
from gateway.measures.sampling import samples
from gateway.measures.snapshot import QueryReading, RedisReading, VoiceReading
from smpp import LinkState
from smpp.link_status import LossSeen
from tests.gateway.measures.readings import NOON, link, recorded, snapshot

LOST = LossSeen("half_pdu", "", "an incomplete PDU for too long", 60.0)
FAILED = LossSeen("refused", "ESME_RALYBND", "bind refused: ESME_RALYBND", 3.0)


def _news(topic: str = "") -> dict[str, Any]:
    queries = QueryReading("sms", "mobile", "m1", accepted=2, latency=recorded(0.02), verdicts=(("first", 2),))
    now = snapshot(
        link(messages=2, queries=queries, errors=((0x58, 1),)),
        link("unicom", "u1", state=LinkState.WAITING, unbound_seconds=60.0, lost=LOST, failed=FAILED),
        after=1.0,
        redis=RedisReading(True, 0),
        voice=VoiceReading(calls=3),
    )
    before = snapshot(link(), link("unicom", "u1"), redis=RedisReading(True, 0), voice=VoiceReading())
    told: dict[str, Any] = json.loads(news(int(NOON), now, samples(before, now), topic))
    return told


def test_everything_has_every_link_with_its_state_and_why_it_was_lost() -> None:
    told = _news()
    assert [carrier["name"] for carrier in told["carriers"]] == ["mobile", "unicom"]
    (lost,) = told["carriers"][1]["links"]
    assert (lost["state"], lost["since_at"]) == ("waiting", NOON - 59.0)
    assert lost["lost"] == {"code": "half_pdu", "detail": "", "at": NOON - 59.0}
    assert lost["failed"] == {"code": "refused", "detail": "ESME_RALYBND", "at": NOON - 2.0}
    assert told["values"]["mo"] == 2.0
    assert told["values"]["calls"] == 3
    assert (told["voice"]["calls"], told["redis"], told["series_fault"]) == (3, {"available": True, "losses": 0}, "")


def test_a_link_has_its_rates_latencies_and_refusals() -> None:
    (shown,) = _news()["carriers"][0]["links"]
    assert shown["values"]["mo"] == 2.0
    assert shown["values"]["verdicts.first"] == 2.0
    assert shown["values"]["latency.max"] == 0.02
    assert shown["errors"] == {"ESME_RTHROTTLED": 1}
    assert shown["segments_per_second"] is None


def test_a_carrier_learns_nothing_of_others_nor_of_the_whole() -> None:
    told = _news("unicom")
    assert set(told) == {"at", "carriers"}
    assert [carrier["name"] for carrier in told["carriers"]] == ["unicom"]
    assert "mobile" not in json.dumps(told)
