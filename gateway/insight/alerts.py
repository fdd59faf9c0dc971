"""What an inspector is told, and that one cluster is told once."""

from __future__ import annotations

import json
import re
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


@dataclass(frozen=True, slots=True)
class TimeStyle:
    """How a log writes its times: ISO 8601 with this separator and offset, or Unix seconds."""

    separator: str = "T"
    offset: str = ""
    is_number: bool = False

    @classmethod
    def of(cls, text: str) -> TimeStyle:
        """The style of one time as the log writes it."""
        if text.replace(".", "", 1).isdigit():
            return cls(is_number=True)
        found = re.search(r"(Z|[+-]\d\d:?\d\d)$", text[10:])
        return cls(text[10:11] or "T", found.group() if found else "")

    def write(self, at: float) -> str | float:
        """An instant in this style, to the second."""
        if self.is_number:
            return round(at)
        moment = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
        return moment.isoformat(self.separator, timespec="seconds") + self.offset


def _one_or_list(names: tuple[str, ...]) -> str | list[str]:
    if not names:
        return EVERYWHERE
    return names[0] if len(names) == 1 else list(names)


def as_json(alert: Alert, style: TimeStyle = TimeStyle()) -> str:
    """The alert as one line of the replay's output; times are the log's own local times, written as it does."""
    fields: dict[str, object] = {
        "region": _one_or_list(alert.regions[:MOST_REGIONS]),
        "product": _one_or_list(alert.products[:MOST_REGIONS]),
        "start": style.write(alert.start_at),
        "end": style.write(alert.end_at),
        "ts": style.write(alert.raised_at),
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
