"""Counts and expectations of one stream: per unit (a product, or a route of packs), area and day.

The last fourteen days are kept day by day; older days go into learned sums, except those of known incidents.  Days
become part of what is learned only after a guard time, so an incident does not teach its own normality.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints
from gateway.insight.exposures import DAYS, Exposures
from gateway.insight.habits import Habits, residual_spread

_KEPT_PER_DAY = 0.5 ** (1 / 120)


class Ledger:
    """Counts are kept sparsely, by (unit, area); `exposures` may be shared by several streams."""

    def __init__(self, exposures: Exposures, units: int, areas: int, usual_share: float) -> None:
        self.exposures, self.areas = exposures, areas
        self.habits = Habits(units, areas, usual_share)
        self._counts: dict[int, dict[int, Ints]] = {}
        self._masks: dict[tuple[int, int], int] = {}
        self._past_expected = np.zeros((areas, DAYS))
        self._observed = np.zeros((areas, DAYS))
        self._recent = np.zeros((units, areas), np.int16)
        self._day, self._learned_until = 0, -1
        self.tests = float(units)

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.habits.cell)

    def add(self, unit: int, area: int, day: int = DAYS - 1, count: int = 1) -> None:
        """Count a sighting (or take one back) on a day of the last fourteen, today being the last."""
        cells = self._counts.setdefault(unit, {})
        if area not in cells:
            cells[area] = np.zeros(DAYS, np.int64)
        cells[area][day] += count
        self._observed[area, day] += count
        self._recent[unit, area] += count

    def mask(self, cells: Iterable[tuple[int, int, int]]) -> None:
        """The cells (unit, area, and how many of the last days) that belong to known incidents and teach nothing."""
        self._masks = {}
        for unit, area, days in cells:
            self._masks[unit, area] = max(self._masks.get((unit, area), 0), min(days, DAYS))

    def rows(self, units: Ints) -> tuple[Floats, Floats]:
        """Observed and expected of some units, (units, areas, days), before any drift."""
        observed = np.zeros((len(units), self.areas, DAYS))
        for number, unit in enumerate(units.tolist()):
            for area, counts in self._counts.get(unit, {}).items():
                observed[number, area] = counts
        return observed, self.exposures.rows(units) * self.habits.cell[units][:, :, None].astype(float)

    def recent(self, units: Ints, areas: Ints) -> Ints:
        """Sightings of the last fourteen days, of each unit in each area (arrays that go together)."""
        return self._recent[units, areas].astype(np.int64)

    def grow(self, units: int) -> None:
        """Make room for `units` units."""
        self.habits.grow(units)
        more = units - len(self._recent)
        if more > 0:
            self._recent = np.concatenate([self._recent, np.zeros((more, self.areas), np.int16)])

    def totals(self) -> tuple[Floats, Floats]:
        """Observed and expected of all units together, (areas, days)."""
        expected = self._past_expected.copy()
        expected[:, -1:] = self.exposures.expected(self.habits.cell, DAYS - 1)
        return self._observed, expected

    def close_day(self, guard_days: int) -> None:
        """Today is over: learn the days that leave the guard time, and work out anew what is normal."""
        for day in range(self._learned_until + 1, self._day - guard_days + 2):
            self._take_in(DAYS - 1 - (self._day - day))
            self._learned_until = day
        self.habits.learn()
        self.habits.spread = self._residual_spread()

    def open_day(self) -> None:
        """Make room for the new day; the exposures have done so."""
        self._day += 1
        for unit, cells in list(self._counts.items()):
            for area, counts in cells.items():
                self._recent[unit, area] -= counts[0]
                counts[:-1] = counts[1:]
                counts[-1] = 0
            self._counts[unit] = {area: counts for area, counts in cells.items() if counts.any()}
            if not self._counts[unit]:
                del self._counts[unit]
        self._observed[:, :-1] = self._observed[:, 1:]
        self._observed[:, -1] = 0
        self._past_expected = self.exposures.expected(self.habits.cell, 0)

    def _cells(self) -> Iterator[tuple[int, int, Ints]]:
        return ((unit, area, counts) for unit, cells in self._counts.items() for area, counts in cells.items())

    def _take_in(self, day: int) -> None:
        self.habits.fade(_KEPT_PER_DAY)
        cells = [(unit, area, int(counts[day])) for unit, area, counts in self._cells() if counts[day]]
        masked = [key for key, days in self._masks.items() if DAYS - day <= days]
        self.habits.take_in(cells, self.exposures.day(day), masked)

    def _residual_spread(self) -> float:
        """The relative variance of cells over the last days that shares and common drift leave unexplained.

        On the way `tests` is counted: a unit of which a part of one case is expected is as much of a test at most, as
        its chance of five cases falls faster than that.
        """
        seen = np.zeros((self.units, self.areas), np.float32)
        for unit, area, counts in self._cells():
            seen[unit, area] = counts.sum()
        mean = self.exposures.recent()
        mean *= self.habits.cell
        self.tests = float(np.minimum(mean.sum(axis=1, dtype=float), 1.0).sum())
        for key in self._masks:
            seen[key] = mean[key] = 0.0
        return residual_spread(seen, mean)
