"""A signal: one finding of one detector, in numbers and in words.  Pure.

The same finding has the same id whoever makes it and however often, so that it is counted, shown and told once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from gateway.core.looks import Look
from gateway.insight.alerts import Alert, Kind

_EPISODE_SECONDS = 14 * 86_400.0


class Detector(StrEnum):
    """What found it."""

    MANY_CALLERS = "many_callers"
    FAR_APART = "far_apart"
    RECALLED = "recalled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    NOT_ACTIVATED = "not_activated"
    STRAYED = "strayed"
    MISSES = "misses"
    PREFIX = "prefix"
    GUESSING = "guessing"
    HOTSPOT = "hotspot"
    CLONE = "clone"
    DIVERSION = "diversion"


@dataclass(frozen=True, slots=True)
class Signal:
    """`subject` is what the detector looked at; `areas` are GB/T 2260 codes, the most concerned first; instants are
    Unix time in seconds; `evidence` holds the looks behind it.  `recurrence_days` is None where nothing was tested."""

    detector: Detector
    subject: str
    product: str
    code: str
    areas: tuple[str, ...]
    start_at: float
    raised_at: float
    observed: int
    reason_zh: str
    reason_en: str
    evidence: tuple[Look, ...] = ()
    expected: float | None = None
    recurrence_days: float | None = None

    @property
    def id(self) -> str:
        """The same for the same subject within a fortnight."""
        episode = int(self.raised_at // _EPISODE_SECONDS)
        text = f"{self.detector}|{self.subject}|{episode}"
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


_DETECTORS = {
    Kind.HOTSPOT: Detector.HOTSPOT,
    Kind.CLONE: Detector.CLONE,
    Kind.DIVERSION: Detector.DIVERSION,
    Kind.GUESSING: Detector.GUESSING,
}
_WORDS_ZH = {
    Kind.HOTSPOT: "聚集", Kind.CLONE: "疑似复制码", Kind.DIVERSION: "疑似窜货", Kind.GUESSING: "疑似猜码",
}  # fmt: skip


def of_alert(alert: Alert) -> Signal:
    """What the watch for hot-spots raised, as a signal; its areas are named as the watch was given them."""
    product = alert.products[0] if alert.products else ""
    zh = f"{_WORDS_ZH[alert.kind]}：观察到 {alert.observed} 次，预期 {alert.expected:.2g} 次"
    return Signal(
        _DETECTORS[alert.kind], f"{alert.kind}:{product}:{','.join(alert.regions)}:{alert.code}", product, alert.code,
        alert.regions, alert.start_at, alert.raised_at, alert.observed, zh, alert.reason, (), alert.expected,
        alert.recurrence_days,
    )  # fmt: skip
