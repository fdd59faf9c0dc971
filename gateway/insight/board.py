"""One stream's board: its ledger, the sightings behind the last fourteen days, and the look for surges."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints
from gateway.core.hotspots.surge import LEAST_EXPECTED, Rest, surges
from gateway.insight.ledger import DAYS, Ledger
from gateway.insight.sightings import DAY_SECONDS, Sighting, Stream
from gateway.insight.terrain import Terrain

_LEAST_NEAR = 3
_LEAST_CALLERS = 3
_LEAST_CODES = 2
_LEAST_WITHOUT_ONE = 2
_LEAST_SCORE = 6.0
_MOST_PER_UNIT = 3
_LARGEST_PART = 0.5
_LEAST_EXPECTED = dict.fromkeys(Stream, LEAST_EXPECTED) | {Stream.STRAYED: 0.12, Stream.EARLY: 0.1}


@dataclass(frozen=True, slots=True)
class Surge:
    """A unit's most surprising zone: areas with sightings, days counted back from today, and how surprising."""

    stream: Stream
    unit: int
    centre: int
    areas: tuple[int, ...]
    days: int
    observed: int
    expected: float
    score: float
    expected_total: float
    sightings: tuple[Sighting, ...]


class Board:
    """`compares_products` says whether other units of the same area tell what is usual there today."""

    def __init__(self, stream: Stream, terrain: Terrain, usual_share: float, compares_products: bool = True) -> None:
        self.stream = stream
        self.ledger = Ledger(len(terrain), usual_share)
        self._terrain = terrain
        self._compares = compares_products
        self._sightings: dict[tuple[int, int], list[Sighting]] = defaultdict(list)
        self._changed: set[tuple[int, int]] = set()

    def add(self, unit: int, area: int, sighting: Sighting) -> None:
        """One sighting, today."""
        self.ledger.observed[unit, area, -1] += 1
        self._sightings[unit, area].append(sighting)
        self._changed.add((unit, area))

    def take_back(self, unit: int, area: int, sighting: Sighting, today: int) -> None:
        """A sighting proved harmless (its caller corrected a typing error)."""
        kept = self._sightings.get((unit, area), [])
        for index in range(len(kept) - 1, -1, -1):
            one = kept[index]
            if (one.code, one.caller, one.at) == (sighting.code, sighting.caller, sighting.at):
                day = DAYS - 1 - (today - int(one.at // DAY_SECONDS))
                if day >= 0:
                    self.ledger.observed[unit, area, day] -= 1
                del kept[index]
                return

    def drop_code(self, unit: int, code: str, today: int) -> None:
        """A code whose copies were reported on their own explains its sightings."""
        for (other, area), kept in self._sightings.items():
            if other == unit:
                for one in [one for one in kept if one.code == code]:
                    self.take_back(unit, area, one, today)

    def next_day(self, guard_days: int, today: int) -> None:
        """Close today; forget what is older than the longest window."""
        self.ledger.next_day(guard_days)
        oldest = (today + 1 - DAYS) * DAY_SECONDS
        for key in list(self._sightings):
            kept = [one for one in self._sightings[key] if one.at >= oldest]
            if kept:
                self._sightings[key] = kept
            else:
                del self._sightings[key]

    def look(self, today: int) -> list[Surge]:
        """The surges of units that changed since the last look: the three best of each, the most surprising first."""
        changed, self._changed = self._changed, set()
        units, centres = self._pairs(changed)
        if not len(units):
            return []
        observed, expected = self.ledger.observed[:, :, ::-1], self.ledger.expected()[:, :, ::-1]
        order = self._terrain.zones.order
        sums = np.cumsum(np.cumsum(observed[units[:, None], order[centres]], axis=2, dtype=float), axis=1)
        means = np.cumsum(np.cumsum(expected[units[:, None], order[centres]], axis=2), axis=1)
        all_observed = np.cumsum(observed.sum(axis=0, dtype=float), axis=1)
        all_expected = np.cumsum(expected.sum(axis=0), axis=1)
        common = np.maximum((all_observed.sum(axis=0) + 20) / (all_expected.sum(axis=0) + 20), 0.5)
        if self.stream is Stream.EARLY:  # one batch, activated late, is early wherever its product is sold
            usual = np.broadcast_to(expected.sum(axis=(1, 2))[units][:, None, None], means.shape)
            sums = np.where(means[:, :, -1:] > _LARGEST_PART * usual, 0.0, sums)
        rests = self._rests(units, centres, sums, means, (all_observed, all_expected))
        found = surges(
            sums, means, rests, common, self.ledger.learned.spread, least_expected=_LEAST_EXPECTED[self.stream]
        )
        rows = np.nonzero(found.score > _LEAST_SCORE)[0]
        rows = rows[np.lexsort((centres[rows], units[rows], -found.score[rows]))]
        surges_found, per_unit = [], Counter[int]()
        for row in rows:
            unit, centre = int(units[row]), int(centres[row])
            if per_unit[unit] < _MOST_PER_UNIT:
                per_unit[unit] += 1
                members = self._terrain.zones.members(centre, int(found.size[row]))
                total = float((expected[unit].sum(axis=0) * 1.0).sum())
                surge = self._surge(unit, centre, members, int(found.window[row]), today)
                if surge is not None:
                    mean, score = float(found.expected[row]), float(found.score[row])
                    surges_found.append(replace(surge, expected=mean, score=score, expected_total=total))
        return surges_found

    def _pairs(self, changed: set[tuple[int, int]]) -> tuple[Ints, Ints]:
        pairs = sorted({(unit, centre) for unit, area in changed for centre in self._terrain.centres_near(area)})
        table = np.array(pairs, np.int64).reshape(-1, 2)
        recent = self.ledger.observed.sum(axis=2)
        near = recent[table[:, :1], self._terrain.zones.order[table[:, 1]]].sum(axis=1)
        kept = table[near >= _LEAST_NEAR]
        return kept[:, 0], kept[:, 1]

    def _rests(
        self, units: Ints, centres: Ints, sums: Floats, means: Floats, everything: tuple[Floats, Floats]
    ) -> tuple[Rest, ...]:
        """What other areas, other units and the rest of the province show in the same days."""
        observed, expected = self.ledger.observed[:, :, ::-1], self.ledger.expected()[:, :, ::-1]
        own = np.unique(units)
        place = np.searchsorted(own, units)
        own_observed = np.cumsum(observed[own], axis=2, dtype=float)
        own_expected = np.cumsum(expected[own], axis=2)
        elsewhere = Rest(
            own_observed.sum(axis=1)[place][:, None, :] - sums, own_expected.sum(axis=1)[place][:, None, :] - means
        )
        province = self._terrain.province_of[centres]
        table = self._terrain.in_province.astype(float)
        inside = self._terrain.inside[centres][:, :, None]
        order = self._terrain.zones.order[centres]
        rest = []
        for own_sums in (own_observed, own_expected):
            whole = np.einsum("pa,uaw->puw", table, own_sums)[province, place]
            part = np.cumsum(own_sums[place[:, None], order] * inside, axis=1)
            rest.append(whole[:, None, :] - part)
        here = Rest(rest[0], rest[1], within=True)
        if not self._compares:
            return elsewhere, here
        others_observed = np.cumsum(everything[0][order], axis=1) - sums
        others_expected = np.cumsum(everything[1][order], axis=1) - means
        return elsewhere, here, Rest(others_observed, others_expected, within=False)

    def _surge(self, unit: int, centre: int, members: tuple[int, ...], days: int, today: int) -> Surge | None:
        """The sightings of a zone and window; None when few callers or codes, or one of them alone, make it up."""
        oldest = (today + 1 - days) * DAY_SECONDS
        kept = {area: [one for one in self._sightings.get((unit, area), ()) if one.at >= oldest] for area in members}
        behind = [one for ones in kept.values() for one in ones]
        callers, codes = Counter(one.caller for one in behind), Counter(one.code for one in behind)
        if len(callers) < _LEAST_CALLERS or len(codes) < _LEAST_CODES:
            return None
        needed = _LEAST_WITHOUT_ONE + (len(codes) == _LEAST_CODES)
        if len(behind) - max(*codes.values(), *callers.values()) < needed:
            return None
        behind.sort(key=lambda one: (one.at, one.code, one.caller))
        areas = tuple(area for area in members if kept[area])
        return Surge(self.stream, unit, centre, areas, days, len(behind), 0.0, 0.0, 0.0, tuple(behind))
