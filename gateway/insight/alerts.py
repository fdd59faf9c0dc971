"""What an inspector is told, and that one cluster is told once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

MOST_REGIONS = 12
EVERYWHERE = "*"


class Kind(StrEnum):
    """The four kinds of alarm."""

    HOTSPOT = "hotspot"
    CLONE = "clone"
    DIVERSION = "diversion"
    GUESSING = "guessing"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alarm raised at `raised_at` (seconds since 1970) about `regions` (at most a dozen; none: everywhere).

    `p` is the chance of something as extreme in its own test, `recurrence_days` the time between two such alarms of the
    whole system if nothing were wrong.
    """

    kind: Kind
    regions: tuple[str, ...]
    products: tuple[str, ...]
    start_at: float
    end_at: float
    raised_at: float
    score: float
    p: float
    recurrence_days: float
    observed: int
    expected: float
    code: str = ""
    reason: str = ""


def _instant(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _one_or_list(names: tuple[str, ...]) -> str | list[str]:
    if not names:
        return EVERYWHERE
    return names[0] if len(names) == 1 else list(names)


def as_json(alert: Alert) -> str:
    """The alert as one line of the replay's output; times are the log's own local times."""
    fields: dict[str, object] = {
        "region": _one_or_list(alert.regions[:MOST_REGIONS]),
        "product": _one_or_list(alert.products[:MOST_REGIONS]),
        "start": _instant(alert.start_at),
        "end": _instant(alert.end_at),
        "ts": _instant(alert.raised_at),
        "kind": alert.kind.value,
    }
    if alert.code:
        fields["code"] = alert.code
    fields["score"] = round(alert.score, 3)
    fields["p"] = float(f"{alert.p:.4g}")
    fields["recurrence_days"] = round(min(alert.recurrence_days, 1e9), 1)
    fields["observed"] = alert.observed
    fields["expected"] = round(alert.expected, 4)
    fields["reason"] = alert.reason
    return json.dumps(fields, ensure_ascii=False)
