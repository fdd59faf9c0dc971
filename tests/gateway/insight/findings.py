"""Signals, look-ups and reports for the tests of streams and cases."""

from __future__ import annotations

from typing import Any

from gateway.core.looks import Look, LookedUp, Reported
from gateway.core.query import Channel, Intent
from gateway.core.verdicts import Verdict
from gateway.insight.signals import Detector, Signal

NOON = 1_750_219_200.0  # Wednesday 2025-06-18 12:00 in China
CODE = "80000010000000000001"
OTHER_CODE = "80000010000000000002"
FUZHOU, XIAMEN, BEIJING, URUMQI = "350100", "350200", "110000", "650100"
CENTRES = {FUZHOU: (119.3, 26.08), XIAMEN: (118.1, 24.46), BEIJING: (116.4, 39.9), URUMQI: (87.6, 43.8)}


def signal(**changes: Any) -> Signal:
    """Copies of one code around Fuzhou."""
    looks = (Look(NOON - 60, "k1:a", FUZHOU, CODE), Look(NOON, "k1:b", XIAMEN, CODE))
    fields: dict[str, Any] = {
        "detector": Detector.MANY_CALLERS, "subject": CODE, "product": "8000001", "code": CODE,
        "areas": (FUZHOU, XIAMEN), "start_at": NOON - 60, "raised_at": NOON, "observed": 2, "reason_zh": "多个号码",
        "reason_en": "many callers", "evidence": looks,
    }  # fmt: skip
    return Signal(**(fields | changes))


def asked(number: int = 1, **changes: Any) -> LookedUp:
    """The `number`th look-up since NOON, one an hour, each from another caller."""
    fields: dict[str, Any] = {
        "uid": number, "at": NOON + 3600 * number, "channel": Channel.SMS, "carrier": "cmcc", "caller": f"k1:{number}",
        "area": FUZHOU, "code": CODE, "verdict": Verdict.REPEATED_OTHER, "resource_code": "8000001", "region": "",
    }  # fmt: skip
    return LookedUp(**(fields | changes))


def report(uid: int = 1, **changes: Any) -> Reported:
    """A report of a fake."""
    fields: dict[str, Any] = {
        "uid": uid, "at": NOON, "kind": Intent.REPORT, "code": CODE, "text": "福清市场", "caller": "k1:c",
        "area": FUZHOU,
    }  # fmt: skip
    return Reported(**(fields | changes))
