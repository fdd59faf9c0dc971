"""What the pages of cases show, worked out of the case book's values.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.insight.case_values import Case
from gateway.monitor.china_map import ChinaMap

_CHINA = timedelta(hours=8)
_BAR, _GAP, _HEIGHT = 14, 4, 120
_MOST_DAYS = 60
_SMALLEST_RADIUS, _LARGEST_RADIUS = 6.0, 18.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A case on the map: its first area's middle, the shapes of all of them, and its size."""

    case: Case
    x: float
    y: float
    radius: float
    paths: tuple[str, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A day's looks in the chart of a case."""

    day: str
    count: int
    x: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Looks a day; `width` and `height` in the units of the SVG."""

    bars: tuple[Bar, ...]
    width: int
    height: int
    bar_width: int


def spots(cases: Sequence[Case], china: ChinaMap, names: Mapping[str, str]) -> list[Spot]:
    """The cases that have a place on the map; of several in one place the later ones lie beside.

    `names` are those of areas.
    """
    taken: Counter[tuple[float, float]] = Counter()
    found = []
    for case in cases:
        placed = [(area, centre) for area in case.areas if (centre := china.centre(area)) is not None]
        if not placed:
            continue
        area, (x, y) = placed[0]
        beside = taken[x, y]
        taken[x, y] += 1
        radius = min(_LARGEST_RADIUS, _SMALLEST_RADIUS + len(placed))
        paths = tuple(dict.fromkeys(path for each, _ in placed if (path := china.path(each))))
        label = f"#{case.id} {case.product} {names.get(area, area)}"
        found.append(Spot(case, x + beside * radius * 1.5, y, radius, paths, label))
    return found


def chart(looked_at: Sequence[float]) -> Chart:
    """The looks behind a case by day of China, the last sixty days of them, days without looks included."""
    days = Counter((datetime.fromtimestamp(at, UTC) + _CHINA).date() for at in looked_at)
    if not days:
        return Chart((), 0, _HEIGHT, _BAR)
    first = max(min(days), max(days) - timedelta(days=_MOST_DAYS - 1))
    span = (max(days) - first).days + 1
    most = max(days.values())
    bars = []
    for number in range(span):
        day = first + timedelta(days=number)
        height = round(days[day] / most * (_HEIGHT - 20), 1)
        bars.append(Bar(day.isoformat(), days[day], number * (_BAR + _GAP), round(_HEIGHT - height, 1), height))
    return Chart(tuple(bars), span * (_BAR + _GAP), _HEIGHT, _BAR)
