"""One second's news as JSON, for pages that are open: encoded once a topic, however many watch.  Pure.

    {"at": 1795406400,                        the second's beginning, Unix time
     "values": {"accepted": 12.0, ...},       the whole gateway's (not in a carrier's own news)
     "voice": {"calls": 3, ...} or null, "asterisk": {"connected": true, "channels": 4, ...} or null,
     "backend": {"available": true}, "redis": {"available": true} or null,
     "journal": {"open": 0, "octets": 4096, "failing": false}, "series_fault": "",
     "carriers": [{"name": "mobile", "values": {...}, "receipts": {"delivered": 7},
                   "links": [{"name": "m1", "state": "bound", "since_at": 1795400000, "window": 64, "sessions": 2,
                              "lost": {"code": "half_pdu", "detail": "", "at": 1795399000} or null, "failed": null,
                              "retry_at": null, "paused_seconds": 0.0, "segments_per_second": null,
                              "errors": {"ESME_RTHROTTLED": 2}, "mo_refusals": {"ESME_RX_T_APPN": 1},
                              "values": {...}}]}]}

`since_at`: when the link was bound, or since when it is not; `lost` and `failed` are the end of its last session and of
its last attempt, by the codes of smpp.events.Why.  `values` are those of `SHOWN` and what else happened in that second,
by the names of `sample`; null: nothing measured.  `errors` (of submit_sm), `mo_refusals` (of deliver_sm, by us) and
`receipts` are since the process began.  A carrier's news has its own entry in "carriers" and nothing of anyone else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gateway.measures.sample import GATEWAY, Sample, Subject
from gateway.measures.snapshot import LinkReading, Snapshot
from smpp.link_status import LossSeen

SHOWN = ("mo", "mt", "segments", "receipts", "throttles", "errors", "mo_refused", "accepted", "window",
         "window_in_use", "open", "waiting", "oldest_seconds", "latency.p50", "latency.p95", "latency.p99",
         "latency.max")  # fmt: skip
_SHOWN_OF_GATEWAY = (*SHOWN, "redelivered", "refused", "backend_requests", "backend.p50", "backend.p95", "backend.p99")
_SHOWN_OF_VOICE = ("calls", "calls_begun", "calls_finished", "calls_hung_up", "calls_silent", "calls_timed_out")
_DIGITS = 6
_NOTHING = Sample(1.0)


def news(at: int, snapshot: Snapshot, samples: Mapping[Subject, Sample], topic: str = "") -> bytes:
    """The news of one carrier, or of everything ("").  `at`: when the second began; `samples`: what happened in it."""
    carriers = [_carrier(name, snapshot, samples) for name in snapshot.carriers if topic in ("", name)]
    told: dict[str, Any] = {"at": at, "carriers": carriers}
    if not topic:
        voice, redis = snapshot.voice, snapshot.redis
        names = _SHOWN_OF_GATEWAY + (_SHOWN_OF_VOICE if voice else ())
        told |= {
            "values": _values(samples.get(GATEWAY, _NOTHING), names),
            "voice": asdict(voice) if voice else None,
            "asterisk": asdict(snapshot.asterisk) if snapshot.asterisk else None,
            "backend": {"available": snapshot.backend.available},
            "redis": asdict(redis) if redis else None,
            "journal": asdict(snapshot.journal),
            "series_fault": snapshot.series_fault,
        }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _carrier(name: str, snapshot: Snapshot, samples: Mapping[Subject, Sample]) -> dict[str, Any]:
    links = [_link(link, samples, snapshot.at) for link in snapshot.links_of(name)]
    receipts = {each.state: each.count for each in snapshot.receipts if each.carrier == name}
    values = _values(samples.get(Subject(name), _NOTHING), SHOWN)
    return {"name": name, "values": values, "receipts": receipts, "links": links}


def _link(link: LinkReading, samples: Mapping[Subject, Sample], now: float) -> dict[str, Any]:
    status = link.status
    sample = samples.get(Subject(status.account, status.name), _NOTHING)
    pace = status.segments_per_second
    return {
        "name": status.name,
        "state": status.state.value,
        "since_at": round(now - (status.unbound_seconds or status.in_state_seconds), 3),
        "lost": _loss(status.lost, now),
        "failed": _loss(status.failed, now),
        "retry_at": round(now + status.retry_seconds, 3) if status.retry_seconds else None,
        "window": status.window,
        "sessions": status.sessions,
        "paused_seconds": round(status.paused_seconds, 3),
        "segments_per_second": pace if math.isfinite(pace) else None,
        "errors": dict(link.errors),
        "mo_refusals": dict(link.mo_refusals),
        "values": _values(sample, SHOWN),
    }


def _loss(loss: LossSeen | None, now: float) -> dict[str, Any] | None:
    return {"code": loss.code, "detail": loss.detail, "at": round(now - loss.seconds_ago, 3)} if loss else None


def _values(sample: Sample, names: tuple[str, ...]) -> dict[str, float | None]:
    values = {name: sample.value(name) for name in (*names, *sample.counts)}
    return {name: value if value is None else round(value, _DIGITS) for name, value in values.items()}
