"""One code asked by too many: far apart (sold on line), in a neighbourhood, or beside another such code of its product.

Many callers in one place may be a display item in a shop; what matters are those in other places than most of a code's
callers.  How many are too many is learned from the log: honest codes with n of them thin out by a steady factor for
each further one, and the rule starts where one honest code in five years would get.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.insight.alerts import Alert, Kind
from gateway.insight.query_log import Seen
from gateway.insight.rules import is_spread_out
from gateway.insight.sightings import DAY_SECONDS
from gateway.insight.terrain import Terrain

_CLONE_SECONDS = 14 * DAY_SECONDS
_CLONE_YEARS = 14 / 365.25
_LEAST_CALLERS = 5
_LEAST_OUTSIDE, _LEAST_PROVINCES, _LEAST_ABROAD, _LEAST_CROWD, _MOST = 3, 4, 4, 6, 15
_LEAST_UNKNOWN_CROWD = 8
_HONEST_PER_YEAR = 0.2
_SAME_PLACE_KM = 150.0
_NEVER = 10**9
_PLACES_ALIKE = 4.0  # areas within that distance


@dataclass(slots=True)
class _Look:
    at: float
    caller: str
    region: str


@dataclass(frozen=True, slots=True)
class _Crowd:
    """A code that several asked in one place, and how many."""

    at: float
    product: str
    code: str
    area: int
    callers: int


class _Thinning:
    """How many codes got as far as n, and so how many a year are to be expected of it by honest means."""

    def __init__(self) -> None:
        self._reached = Counter[int]()
        self._highest: dict[str, int] = {}

    def climb(self, code: str, step: int) -> None:
        """A code got as far as `step`."""
        for passed in range(self._highest.get(code, 0) + 1, step + 1):
            self._reached[passed] += 1
            self._highest[code] = passed

    def forget(self, code: str) -> None:
        """The code starts anew."""
        self._highest.pop(code, None)

    def leave_out(self, code: str) -> None:
        """The code was no honest one: what it reached does not count."""
        for passed in range(1, self._highest.get(code, 0) + 1):
            self._reached[passed] -= 1
        self._highest[code] = _NEVER

    def per_year(self, step: int, years: float, but: str) -> float:
        """How many honest codes a year get as far as `step` (at least 2), as far as all but the code `but` tell.

        At least as many as did: display items do not thin out as callers do who know each other.
        """
        two, three, four, own = (self._others(count, but) for count in (2, 3, 4, step))
        factor = min(0.6, max((three + 1) / (two + 10), (four + 1) / (three + 10), 0.05))
        return float(max((two + 1) * factor ** (step - 2), own) / years)

    def _others(self, step: int, but: str) -> int:
        return self._reached[step] - (step <= self._highest.get(but, 0) < _NEVER)


class CloneRule:
    """Watches how many distinct callers, and where, ask one code within two weeks."""

    def __init__(self, terrain: Terrain) -> None:
        self._terrain = terrain
        self._looks: dict[str, list[_Look]] = defaultdict(list)
        self._outside, self._crowded, self._abroad, self._provinces = (_Thinning() for _ in range(4))
        self._crowds: dict[str, _Crowd] = {}
        self._asked = Counter[str](), Counter[str]()  # by product, by region
        self._since = math.nan
        self.reported: set[str] = set()

    def look(self, seen: Seen, first_region: str) -> Alert | None:
        """Takes one query by a consumer, and where its code was asked first ever; an alert when too many ask it now."""
        if math.isnan(self._since):
            self._since = seen.at
        looks = self._looks[seen.code]
        while looks and looks[0].at < seen.at - _CLONE_SECONDS:
            looks.pop(0)
        if any(look.caller == seen.caller for look in looks):
            return None
        looks.append(_Look(seen.at, seen.caller, seen.region))
        for counts, name in zip(self._asked, (seen.product, seen.region), strict=True):
            counts[name] += 1
        regions = Counter(look.region for look in looks if look.region)
        if not regions or len(looks) < 2:
            return None
        most = max(regions.values())
        others = (count for name, count in regions.items() if first_region and name != first_region)
        abroad = max(others, default=0)
        provinces = len({self._terrain.province_of[self._terrain.number[region]] for region in regions})
        for thinning, step in self._steps(regions.total() - most, most, abroad, provinces):
            thinning.climb(seen.code, step)
        if seen.code in self.reported:
            return None
        years = max(30.0, (seen.at - self._since) / DAY_SECONDS) / 365.25
        is_scattered = self._is_scattered(seen, len(looks), (regions.total() - most, provinces), years)
        if not is_scattered and not self._is_abroad(seen, abroad, years) and not self._is_crowd(seen, regions, years):
            return None
        self.reported.add(seen.code)
        for thinning, _ in self._steps():
            thinning.leave_out(seen.code)
        return self._alert(seen, looks, self._kind(regions) if is_scattered else Kind.HOTSPOT)

    def _steps(self, *reached: int) -> Iterator[tuple[_Thinning, int]]:
        thinnings = (self._outside, self._crowded, self._abroad, self._provinces)
        return zip(thinnings, reached or (0, 0, 0, 0), strict=True)

    def _is_rare(self, thinning: _Thinning, step: int, years: float, code: str) -> bool:
        return step >= _MOST or thinning.per_year(step, years, code) <= _HONEST_PER_YEAR

    def _is_abroad(self, seen: Seen, callers: int, years: float) -> bool:
        """A crowd in another place than that of the first look: a display item stands in one shop all the time."""
        return callers >= _LEAST_ABROAD and self._is_rare(self._abroad, callers, years, seen.code)

    def _is_scattered(self, seen: Seen, callers: int, spread: tuple[int, int], years: float) -> bool:
        """More callers in other places than most of them are in, or more provinces, than an honest code has."""
        more = 2 if seen.verdict == "unknown" else 0  # one printed number may be mistaken for the code by many
        outside, provinces = (reached - more for reached in spread)
        if callers < _LEAST_CALLERS + more or outside < _LEAST_OUTSIDE:
            return False
        return self._is_rare(self._outside, outside, years, seen.code) or (
            provinces >= _LEAST_PROVINCES and self._is_rare(self._provinces, provinces, years, seen.code)
        )

    def _is_crowd(self, seen: Seen, regions: Counter[str], years: float) -> bool:
        """Many callers in one place: one code may be a display item, one not on record or two of a product are not."""
        region, callers = regions.most_common(1)[0]
        if callers < _LEAST_CROWD:
            return False
        area = self._terrain.number[region]
        self._crowds[seen.code] = _Crowd(seen.at, seen.product, seen.code, area, callers)
        if seen.verdict == "unknown" and callers >= _LEAST_UNKNOWN_CROWD:
            return True
        beside = [
            crowd.callers
            for crowd in self._crowds.values()
            if crowd.product == seen.product
            and crowd.code != seen.code
            and crowd.at >= seen.at - _CLONE_SECONDS
            and self._terrain.distances_km[crowd.area, area] <= _SAME_PLACE_KM
        ]
        return any(self._pairs_per_year((callers, other), years, seen.code) <= _HONEST_PER_YEAR for other in beside)

    def _pairs_per_year(self, pair: tuple[int, int], years: float, code: str) -> float:
        """How many pairs of such crowds meet by chance in one product, neighbourhood and fortnight."""
        own, other = (self._crowded.per_year(min(callers, _MOST), years, code) for callers in pair)
        meet = 1.0
        for counts in self._asked:
            meet *= sum((count / counts.total()) ** 2 for count in counts.values())
        return own * other * 2 * _CLONE_YEARS * min(1.0, _PLACES_ALIKE * meet)

    def forget(self, at: float) -> None:
        """Lets go of codes that nobody asked for two weeks."""
        for code in [code for code, looks in self._looks.items() if looks[-1].at < at - _CLONE_SECONDS]:
            del self._looks[code]
            self._crowds.pop(code, None)
            for thinning, _ in self._steps():
                thinning.forget(code)

    def _kind(self, regions: Counter[str]) -> Kind:
        """A clone is asked in several provinces, far apart, and mostly not in one neighbourhood."""
        areas = [self._terrain.number[region] for region in regions]
        km = self._terrain.distances_km[areas][:, areas]
        provinces = len({int(self._terrain.province_of[area]) for area in areas})
        counts = list(regions.values())
        around = max(
            sum(count for count, apart in zip(counts, row, strict=True) if apart <= _SAME_PLACE_KM) for row in km
        )
        is_local = around > regions.total() / 2
        spread_out = is_spread_out(regions, regions.total(), provinces, float(km.max()))
        return Kind.CLONE if spread_out and not is_local else Kind.HOTSPOT

    def _alert(self, seen: Seen, looks: list[_Look], kind: Kind) -> Alert:
        days = (seen.at - looks[0].at) / DAY_SECONDS
        regions = tuple(region for region, _ in Counter(look.region for look in looks if look.region).most_common(12))
        count = len(looks)
        p = 10.0 ** -min(12, count)
        return Alert(
            kind, regions, (seen.product,) if seen.product else (), looks[0].at, seen.at, seen.at, float(count),
            p, 365.25 / _HONEST_PER_YEAR, count, 1.0, seen.code if kind is Kind.CLONE else "",
            f"the code {seen.code} asked by {count} callers in {len(regions)} areas within {days:.1f} days",
        )  # fmt: skip
