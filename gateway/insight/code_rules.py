"""Exact rules per code and per caller: one code asked by many, far apart; one caller who tries very many codes.

How many callers are too many is learned from the log: honest codes with n callers thin out by a steady factor for each
further caller, and the rule starts where fewer than one honest code in several years would get.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass

from gateway.insight.alerts import Alert, Kind
from gateway.insight.query_log import Seen
from gateway.insight.rules import (
    GUESS_SECONDS,
    GUESSED_CODES,
    in_several_areas,
    is_guessing,
    is_spread_out,
    one_place_rules,
)
from gateway.insight.sightings import DAY_SECONDS
from gateway.insight.terrain import Terrain

_CLONE_SECONDS = 14 * DAY_SECONDS
_LEAST_CALLERS, _MOST_CALLERS = 5, 15
_LEAST_PROVINCES, _MOST_PROVINCES = 4, 9
_LOCAL_MORE = 2
_HONEST_PER_YEAR = 0.02
_SAME_PLACE_KM = 150.0
_APART_PART = 0.4

_SAME_GUESSER_SECONDS = 14 * DAY_SECONDS


@dataclass(slots=True)
class _Look:
    at: float
    caller: str
    region: str


@dataclass(frozen=True, slots=True)
class _Crowd:
    """A code that many asked in one place."""

    at: float
    product: str
    code: str
    area: int


class _Ladder:
    """How many codes got as far as n; from which n on fewer than one honest code in ten years would get."""

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most
        self._reached = Counter[int]()
        self._highest: dict[str, int] = {}

    def climb(self, code: str, step: int) -> None:
        """A code got as far as `step`."""
        for passed in range(self._highest.get(code, 1) + 1, step + 1):
            self._reached[passed] += 1
            self._highest[code] = passed

    def forget(self, code: str) -> None:
        """The code starts anew."""
        self._highest.pop(code, None)

    def needed(self, years: float) -> int:
        """The least step that honest codes do not reach."""
        two, three, four = (self._reached[count] for count in (2, 3, 4))
        factor = max((three + 1) / (two + 10), (four + 1) / (three + 10), 0.05)
        step = self._least
        while step < self._most and two / years * min(factor, 0.6) ** (step - 2) > _HONEST_PER_YEAR:
            step += 1
        return step


class CloneRule:
    """Watches how many distinct callers, in how many provinces, ask one code within two weeks."""

    def __init__(self, terrain: Terrain) -> None:
        self._terrain = terrain
        self._looks: dict[str, list[_Look]] = defaultdict(list)
        self._callers = _Ladder(_LEAST_CALLERS, _MOST_CALLERS)
        self._provinces = _Ladder(_LEAST_PROVINCES, _MOST_PROVINCES)
        self._crowds: list[_Crowd] = []
        self._since = math.nan
        self.reported: set[str] = set()

    def look(self, seen: Seen) -> Alert | None:
        """Takes one query by a consumer; an alert when its code has now been asked by too many."""
        if math.isnan(self._since):
            self._since = seen.at
        looks = self._looks[seen.code]
        while looks and looks[0].at < seen.at - _CLONE_SECONDS:
            looks.pop(0)
        if any(look.caller == seen.caller for look in looks):
            return None
        looks.append(_Look(seen.at, seen.caller, seen.region))
        if len(looks) < 2:
            return None
        provinces = self._province_count(looks)
        self._callers.climb(seen.code, len(looks))
        self._provinces.climb(seen.code, provinces)
        if seen.code in self.reported or len(looks) < _LEAST_CALLERS:
            return None
        years = max(30.0, (seen.at - self._since) / DAY_SECONDS) / 365.25
        more = 2 if seen.verdict == "unknown" else 0  # one printed number may be mistaken for the code by many
        callers = self._callers.needed(years) + more
        far = self._spread_out(looks, provinces)
        many = len(looks) >= callers or provinces >= self._provinces.needed(years) + more
        local = len(looks) >= callers + _LOCAL_MORE and in_several_areas(look.region for look in looks)
        crowded = not far and len(looks) >= callers and self._is_crowd(seen, looks)
        if not (far and many) and not local and not crowded:
            return None
        self.reported.add(seen.code)
        return self._alert(seen, looks, Kind.CLONE if far else Kind.HOTSPOT)

    def _is_crowd(self, seen: Seen, looks: list[_Look]) -> bool:
        """Many callers in one place: one code may be a display item, one not on record or two of a product are not."""
        regions = Counter(look.region for look in looks if look.region)
        if not regions:
            return False
        area = self._terrain.number[regions.most_common(1)[0][0]]
        self._crowds = [crowd for crowd in self._crowds if crowd.at >= seen.at - _CLONE_SECONDS]
        beside = any(
            crowd.product == seen.product
            and crowd.code != seen.code
            and self._terrain.distances_km[crowd.area, area] <= _SAME_PLACE_KM
            for crowd in self._crowds
        )
        if not any(crowd.code == seen.code for crowd in self._crowds):
            self._crowds.append(_Crowd(seen.at, seen.product, seen.code, area))
        return beside or seen.verdict == "unknown"

    def _province_count(self, looks: list[_Look]) -> int:
        areas = {self._terrain.number[look.region] for look in looks if look.region}
        return len({int(self._terrain.province_of[area]) for area in areas})

    def forget(self, at: float) -> None:
        """Lets go of codes that nobody asked for two weeks."""
        for code in [code for code, looks in self._looks.items() if looks[-1].at < at - _CLONE_SECONDS]:
            del self._looks[code]
            self._callers.forget(code)
            self._provinces.forget(code)

    def _spread_out(self, looks: list[_Look], provinces: int) -> bool:
        regions = Counter(look.region for look in looks if look.region)
        everywhere = min(_APART_PART * len(looks), len(self._terrain) / 3)  # sold on line: most callers by themselves
        if one_place_rules(regions, len(looks)) or len(regions) < everywhere:
            return False
        areas = [self._terrain.number[region] for region in regions]
        reach_km = float(self._terrain.distances_km[areas][:, areas].max())
        return is_spread_out(regions, len(looks), provinces, reach_km)

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


class GuessRule:
    """Watches callers whose many different codes are mostly not on record."""

    def __init__(self) -> None:
        self._tries: dict[str, list[tuple[float, str, bool, str]]] = defaultdict(list)
        self._known: list[tuple[float, str, str, str]] = []

    def look(self, seen: Seen) -> Alert | None:
        """Takes one query; an alert when its caller, or others like it just before, was not reported yet."""
        tries = self._tries[seen.caller]
        while tries and tries[0][0] < seen.at - GUESS_SECONDS:
            tries.pop(0)
        tries.append((seen.at, seen.code, seen.verdict == "unknown", seen.product))
        if len(tries) < GUESSED_CODES:
            return None
        missed = {code for _, code, miss, _ in tries if miss}
        if not is_guessing(missed, {code for _, code, _, _ in tries}):
            return None
        products = tuple(
            name for name, _ in Counter(product for _, _, miss, product in tries if miss and product).most_common(12)
        )
        main = products[0] if products else ""
        new = not self._is_known(seen, main)
        self._known = [known for known in self._known if known[0] >= seen.at - _SAME_GUESSER_SECONDS]
        self._known = [known for known in self._known if known[1] != seen.caller]
        self._known.append((seen.at, seen.caller, seen.region, main))
        if not new:
            return None
        return Alert(
            Kind.GUESSING, (seen.region,) if seen.region else (), products, tries[0][0], seen.at, seen.at,
            float(len(missed)), 1e-9, 3652.5, len(missed), 0.1, "",
            f"one caller tried {len(missed)} codes that are not on record within a day",
        )  # fmt: skip

    def forget(self, at: float) -> None:
        """Lets go of callers that were quiet for a day."""
        for caller in [caller for caller, tries in self._tries.items() if tries[-1][0] < at - GUESS_SECONDS]:
            del self._tries[caller]

    def _is_known(self, seen: Seen, main: str) -> bool:
        """The same caller, or another one at the same product or place in the last days, is one case."""
        return any(
            seen.at - at <= _SAME_GUESSER_SECONDS
            and (caller == seen.caller or (main != "" and product == main) or (region != "" and region == seen.region))
            for at, caller, region, product in self._known
        )
