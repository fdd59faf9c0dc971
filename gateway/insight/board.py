"""One stream's board: its ledger, the sightings behind the last fourteen days, and the look for surges.

A look is taken at what changed since the last one only, a block of units at a time: time and memory go with what was
seen, not with units x areas x days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints
from gateway.core.hotspots.surge import LEAST_EXPECTED, Rest, surges
from gateway.insight.exposures import DAYS
from gateway.insight.ledger import Ledger
from gateway.insight.sightings import DAY_SECONDS, Sighting, Stream
from gateway.insight.terrain import Terrain

_LEAST_NEAR = 5
_LEAST_CALLERS = 3
_LEAST_CODES = 2
_LEAST_WITHOUT_ONE = 2
_LEAST_SCORE = 6.0
_MOST_PER_UNIT = 3
_LARGEST_PART = 0.5
_MOST_DRIFT = 5.0
_BLOCK_UNITS, _BLOCK_PAIRS = 64, 4096
_LEAST_EXPECTED = dict.fromkeys(Stream, LEAST_EXPECTED) | {
    Stream.STRAYED: 0.35, Stream.RESENT: 0.25, Stream.EARLY: 0.2, Stream.AWAY: 0.2,
}  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class _Block:
    """Some units (their running sums over the days, today first) and pairs of one of them and a centre."""

    units: Ints
    centres: Ints
    place: Ints  # of each pair's unit in the rows
    observed: Floats
    expected: Floats


class Board:
    """`compares_products` says whether other units of the same area tell what is usual there today."""

    def __init__(self, stream: Stream, terrain: Terrain, ledger: Ledger, compares_products: bool = True) -> None:
        self.stream, self.ledger = stream, ledger
        self._terrain = terrain
        self._compares = compares_products
        self._sightings: dict[tuple[int, int], list[Sighting]] = defaultdict(list)
        self._areas_of_code: dict[tuple[int, str], set[int]] = defaultdict(set)
        self._changed: set[tuple[int, int]] = set()

    def add(self, unit: int, area: int, sighting: Sighting) -> None:
        """One sighting, today."""
        self.ledger.add(unit, area)
        self._sightings[unit, area].append(sighting)
        self._areas_of_code[unit, sighting.code].add(area)
        self._changed.add((unit, area))

    def take_back(self, unit: int, area: int, sighting: Sighting, today: int) -> None:
        """A sighting proved harmless (its caller corrected a typing error, or is no consumer)."""
        kept = self._sightings.get((unit, area), [])
        for index in range(len(kept) - 1, -1, -1):
            one = kept[index]
            if (one.code, one.caller, one.at) == (sighting.code, sighting.caller, sighting.at):
                day = DAYS - 1 - (today - int(one.at // DAY_SECONDS))
                if day >= 0:
                    self.ledger.add(unit, area, day, -1)
                del kept[index]
                return

    def drop_code(self, unit: int, code: str, today: int) -> None:
        """A code whose copies were reported on their own explains its sightings."""
        for area in sorted(self._areas_of_code.pop((unit, code), ())):
            for one in [one for one in self._sightings.get((unit, area), ()) if one.code == code]:
                self.take_back(unit, area, one, today)

    def forget(self, today: int) -> None:
        """Let go of what is older than the longest window."""
        oldest = (today + 1 - DAYS) * DAY_SECONDS
        self._areas_of_code.clear()
        for key in list(self._sightings):
            kept = [one for one in self._sightings[key] if one.at >= oldest]
            if kept:
                self._sightings[key] = kept
                for one in kept:
                    self._areas_of_code[key[0], one.code].add(key[1])
            else:
                del self._sightings[key]

    def look(self, today: int) -> list[Surge]:
        """The surges of units that changed since the last look: the three best of each, the most surprising first."""
        pairs = self._pairs()
        if not len(pairs):
            return []
        all_observed, all_expected = self.ledger.totals()
        everything = np.cumsum(all_observed[:, ::-1], axis=1), np.cumsum(all_expected[:, ::-1], axis=1)
        found = [surge for block in self._blocks(pairs) for surge in self._best_of(block, everything, today)]
        return sorted(found, key=lambda surge: (-surge.score, surge.unit, surge.centre))

    def _pairs(self) -> Ints:
        """Units and centres near what changed, where enough was seen to be worth a look; by unit."""
        changed, self._changed = self._changed, set()
        pairs = {(unit, centre) for unit, area in changed for centre in self._terrain.centres_near(area)}
        table = np.array(sorted(pairs), np.int64).reshape(-1, 2)
        near = self.ledger.recent(table[:, :1], self._terrain.zones.order[table[:, 1]])
        kept: Ints = table[near.sum(axis=1) >= _LEAST_NEAR]
        return kept

    def _blocks(self, pairs: Ints) -> Iterator[_Block]:
        units, starts = np.unique(pairs[:, 0], return_index=True)
        ends = np.append(starts[1:], len(pairs))
        first = 0
        while first < len(units):
            last = first + 1
            while last < len(units) and last - first < _BLOCK_UNITS and ends[last] - starts[first] <= _BLOCK_PAIRS:
                last += 1
            part, own = pairs[starts[first] : ends[last - 1]], units[first:last]
            observed, expected = self.ledger.rows(own)
            yield _Block(
                part[:, 0], part[:, 1], np.searchsorted(own, part[:, 0]),
                np.cumsum(observed[:, :, ::-1], axis=2), np.cumsum(expected[:, :, ::-1], axis=2),
            )  # fmt: skip
            first = last

    def _best_of(self, block: _Block, everything: tuple[Floats, Floats], today: int) -> Iterator[Surge]:
        units, centres = block.units, block.centres
        order = self._terrain.zones.order[centres]
        sums = np.cumsum(block.observed[block.place[:, None], order], axis=1)
        means = np.cumsum(block.expected[block.place[:, None], order], axis=1)
        common = np.maximum((everything[0].sum(axis=0) + 20) / (everything[1].sum(axis=0) + 20), 0.5)
        totals = block.expected[:, :, -1].sum(axis=1)[block.place]
        if self.stream is Stream.EARLY:  # one batch, activated late, is early wherever its product is sold
            sums = np.where(means[:, :, -1:] > _LARGEST_PART * totals[:, None, None], 0.0, sums)
        rests = self._rests(block, order, (sums, means), everything)
        found = surges(
            sums, means, rests, common, self.ledger.habits.spread, least_expected=_LEAST_EXPECTED[self.stream]
        )
        rows = np.nonzero(found.score > _LEAST_SCORE)[0]
        rows = rows[np.lexsort((centres[rows], units[rows], -found.score[rows]))]
        per_unit = Counter[int]()
        for row in rows:
            unit, centre = int(units[row]), int(centres[row])
            if per_unit[unit] < _MOST_PER_UNIT:
                per_unit[unit] += 1
                members = self._terrain.zones.members(centre, int(found.size[row]))
                surge = self._surge(unit, centre, members, int(found.window[row]), today)
                if surge is not None:
                    mean, score = float(found.expected[row]), float(found.score[row])
                    usual = max(
                        float(means[row, int(found.size[row]) - 1, int(found.window[row]) - 1]), mean / _MOST_DRIFT
                    )
                    drifted = float(totals[row]) * max(1.0, mean / usual)
                    yield replace(surge, expected=mean, score=score, expected_total=max(mean, drifted))

    def _rests(
        self, block: _Block, order: Ints, zone: tuple[Floats, Floats], everything: tuple[Floats, Floats]
    ) -> tuple[Rest, ...]:
        """What other areas, other units and the rest of the province show in the same days."""
        sums, means = zone
        place, centres = block.place, block.centres
        elsewhere = Rest(
            block.observed.sum(axis=1)[place][:, None, :] - sums, block.expected.sum(axis=1)[place][:, None, :] - means
        )
        province = self._terrain.province_of[centres]
        table = self._terrain.in_province.astype(float)
        inside = self._terrain.inside[centres][:, :, None]
        rest = []
        for own_sums in (block.observed, block.expected):
            whole = np.matmul(table, own_sums)[place, province]
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
