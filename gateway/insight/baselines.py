"""What simple rules do on the same log: a fixed threshold, and EARS C2 (Hutwagner et al., 2003).

Both look at the daily number of suspicious queries per product and area (repeats, misses, not activated; each
caller and code once) and raise an alert for every day above the limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np

from gateway.core.hotspots.geography import Floats
from gateway.insight.alerts import Alert, Kind
from gateway.insight.query_log import Geography, Seen
from gateway.insight.sightings import DAY_SECONDS

_SUSPICIOUS = ("genuine_repeat", "unknown", "not_activated")
_BASELINE_DAYS, _GAP_DAYS = 7, 2
_C2_LIMIT = 3.0


def daily_counts(queries: Iterable[Seen]) -> tuple[int, int, Counter[tuple[str, str, int]]]:
    """The first and the last day, and suspicious queries by product, region and day."""
    asked: set[tuple[str, str]] = set()
    counts = Counter[tuple[str, str, int]]()
    first, last = 0, 0
    for seen in queries:
        last = int(seen.at // DAY_SECONDS)
        first = first or last
        if (seen.caller, seen.code) not in asked:
            asked.add((seen.caller, seen.code))
            if seen.verdict in _SUSPICIOUS and seen.region:
                counts[seen.product, seen.region, last] += 1
    return first, last, counts


def _series(queries: Iterable[Seen]) -> tuple[int, dict[tuple[str, str], Floats]]:
    first, last, counts = daily_counts(queries)
    series: dict[tuple[str, str], Floats] = {}
    for (product, region, day), count in sorted(counts.items()):
        series.setdefault((product, region), np.zeros(last - first + 1))[day - first] = count
    return first, series


def _alert(product: str, region: str, day: int, observed: float, expected: float) -> Alert:
    at = (day + 1) * DAY_SECONDS
    where, what = (region,), (product,) if product else ()
    return Alert(Kind.HOTSPOT, where, what, at - DAY_SECONDS, at, at, observed, 0.05, 1.0, int(observed), expected)


def fixed_threshold(geography: Geography, queries: Iterable[Seen], limit: int = 3) -> Iterator[Alert]:
    """An alert for each product, region and day with at least `limit` suspicious queries."""
    del geography
    first, series = _series(queries)
    for (product, region), counts in series.items():
        for day in np.nonzero(counts >= limit)[0]:
            yield _alert(product, region, first + int(day), float(counts[day]), 0.0)


def ears_c2(geography: Geography, queries: Iterable[Seen]) -> Iterator[Alert]:
    """An alert for each day more than three standard deviations above a week that ended two days before."""
    del geography
    first, series = _series(queries)
    for (product, region), counts in series.items():
        for day in range(_BASELINE_DAYS + _GAP_DAYS, len(counts)):
            week = counts[day - _GAP_DAYS - _BASELINE_DAYS : day - _GAP_DAYS]
            mean, deviation = float(week.mean()), max(float(week.std(ddof=1)), 0.2)
            if (counts[day] - mean) / deviation > _C2_LIMIT:
                yield _alert(product, region, first + day, float(counts[day]), mean)
