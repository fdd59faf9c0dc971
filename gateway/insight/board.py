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
from gateway.core.hotspots.surge import negative_binomial_tail, surges
from gateway.insight.exposures import DAYS
from gateway.insight.fields import Block, Fields
from gateway.insight.ledger import Ledger
from gateway.insight.sightings import DAY_SECONDS, Sighting, Stream
from gateway.insight.terrain import Terrain

_LEAST_NEAR = 5
_LEAST_CALLERS = 3
_LEAST_CODES = 2
_LEAST_WITHOUT_ONE = 2
_LEAST_SCORE = 6.0
_MOST_PER_UNIT = 3
_MOST_DRIFT = 5.0
_BLOCK_UNITS, _BLOCK_PAIRS = 64, 1024


@dataclass(frozen=True, slots=True)
class Surge:
    """A unit's most surprising zone: its `size`, areas with sightings, days back from today, and how surprising."""

    stream: Stream
    unit: int
    centre: int
    size: int
    areas: tuple[int, ...]
    days: int
    observed: int
    expected: float
    score: float
    expected_total: float
    sightings: tuple[Sighting, ...]


class Board:
    """`compares_products` says whether other units of the same area tell what is usual there today."""

    def __init__(self, stream: Stream, terrain: Terrain, ledger: Ledger, compares_products: bool = True) -> None:
        self.stream, self.ledger = stream, ledger
        self._terrain = terrain
        self._fields = Fields(stream, terrain, ledger, compares_products)
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
        everything = self._fields.everything()
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

    def beside(self, surge: Surge, today: int) -> float:
        """The chance of what this stream shows in the zone and window of another's surge: a tail without any search.

        What it shows of the same codes is no further evidence: who asks a code third, asks one that was asked second.
        """
        known = {one.code for one in surge.sightings}
        members, oldest = self._terrain.zones.members(surge.centre, surge.size), (today + 1 - surge.days) * DAY_SECONDS
        seen = (one for area in members for one in self._sightings.get((surge.unit, area), ()))
        count = sum(one.at >= oldest and one.code not in known for one in seen)
        if not count:
            return 1.0
        block = self._fields.block(np.array([surge.unit]), np.array([surge.centre]))
        field = self._fields.of(block, self._fields.everything())
        level, where = field.level(), (0, surge.size - 1, surge.days - 1)
        return negative_binomial_tail(count, float(level.mean[where]), float(level.variance[where]))

    def _blocks(self, pairs: Ints) -> Iterator[Block]:
        units, starts = np.unique(pairs[:, 0], return_index=True)
        ends = np.append(starts[1:], len(pairs))
        first = 0
        while first < len(units):
            last = first + 1
            while last < len(units) and last - first < _BLOCK_UNITS and ends[last] - starts[first] <= _BLOCK_PAIRS:
                last += 1
            part = pairs[starts[first] : ends[last - 1]]
            yield self._fields.block(part[:, 0], part[:, 1])
            first = last

    def _best_of(self, block: Block, everything: tuple[Floats, Floats], today: int) -> Iterator[Surge]:
        units, centres, totals = block.units, block.centres, block.totals()
        field = self._fields.of(block, everything)
        found = surges(field, conditional=self.stream is Stream.EARLY)
        rows = np.nonzero(found.score > _LEAST_SCORE)[0]
        rows = rows[np.lexsort((centres[rows], units[rows], -found.score[rows]))]
        per_unit = Counter[int]()
        for row in rows:
            unit, centre = int(units[row]), int(centres[row])
            if per_unit[unit] < _MOST_PER_UNIT:
                per_unit[unit] += 1
                size, days = int(found.size[row]), int(found.window[row])
                surge = self._surge(unit, centre, size, days, today)
                if surge is not None:
                    mean, score = float(found.expected[row]), float(found.score[row])
                    usual = max(float(field.expected[row, size - 1, days - 1]), mean / _MOST_DRIFT)
                    drifted = float(totals[row]) * max(1.0, mean / usual)
                    if self.stream is Stream.EARLY:  # held against all of the unit's, however many they are
                        drifted = max(drifted, float(block.observed[block.place[row], :, -1].sum()))
                    yield replace(surge, expected=mean, score=score, expected_total=max(mean, drifted))

    def _surge(self, unit: int, centre: int, size: int, days: int, today: int) -> Surge | None:
        """The sightings of a zone and window; None when few callers or codes, or one of them alone, make it up."""
        members, oldest = self._terrain.zones.members(centre, size), (today + 1 - days) * DAY_SECONDS
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
        return Surge(self.stream, unit, centre, size, areas, days, len(behind), 0.0, 0.0, 0.0, tuple(behind))
