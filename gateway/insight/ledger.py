"""Counts and expectations of one stream: per unit (a product, or a product and its destination), area and day.

The last fourteen days are kept day by day; older days go into learned sums, except those of known incidents.  Days
become part of what is learned only after a guard time, so an incident does not teach its own normality.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats
from gateway.core.hotspots.shrinkage import prior_shape, shrunk_ratio

DAYS = 14
_KEPT_PER_DAY = 0.5 ** (1 / 120)
_LEARN_EVERY = 1


@dataclass(frozen=True, slots=True)
class Learned:
    """What normal is: `cell` multiplies a unit's and area's exposure to give its expected sightings."""

    cell: Floats
    spread: float


class Ledger:
    """`units` x `areas` x days of one stream.  `groups[u]` names which units share their areas' habits."""

    def __init__(self, areas: int, usual_share: float) -> None:
        self.areas = areas
        self.units = 0
        self._usual_share = usual_share
        self.groups = np.zeros(0, np.int64)
        self.observed = np.zeros((0, areas, DAYS), np.int16)
        self.exposure = np.zeros((0, areas, DAYS), np.float32)
        self.masked = np.zeros((0, areas, DAYS), bool)
        self._seen = np.zeros((0, areas))
        self._exposed = np.zeros((0, areas))
        self.learned = Learned(np.zeros((0, areas)), 0.1)
        self.global_share = usual_share

    def grow(self, units: int, group: int = 0) -> None:
        """Make room for `units` units; the new ones belong to `group`."""
        more = units - self.units
        if more <= 0:
            return
        self.units = units
        self.groups = np.append(self.groups, np.full(more, group, np.int64))
        for name in ("observed", "exposure", "masked"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros((more, *old.shape[1:]), old.dtype)]))
        blank = np.zeros((more, self.areas))
        self._seen = np.concatenate([self._seen, blank])
        self._exposed = np.concatenate([self._exposed, blank])
        cell = np.concatenate([self.learned.cell, np.full((more, self.areas), self.global_share)])
        self.learned = Learned(cell, self.learned.spread)

    def expected(self) -> Floats:
        """Expected sightings of the last days, (units, areas, days), before any drift."""
        return self.exposure * self.learned.cell[:, :, None]

    def next_day(self, guard_days: int) -> None:
        """Close today: learn the day that leaves the guard time, and make room for the new day."""
        self._take_in(DAYS - guard_days)
        for table in (self.observed, self.exposure, self.masked):
            table[:, :, :-1] = table[:, :, 1:]
            table[:, :, -1] = 0

    def _take_in(self, day: int) -> None:
        known = ~self.masked[:, :, day]
        self._seen *= _KEPT_PER_DAY
        self._exposed *= _KEPT_PER_DAY
        self._seen += np.where(known, self.observed[:, :, day], 0)
        self._exposed += np.where(known, self.exposure[:, :, day], 0)

    def learn(self) -> None:
        """Work out the shares anew: of everything, of areas (by group), of units, and of their combinations."""
        seen, exposed = self._seen, self._exposed
        share = (float(seen.sum()) + 20.0) / (float(exposed.sum()) + 20.0 / self._usual_share)
        mean = exposed * share
        by_area, mean_by_area = seen.sum(axis=0), mean.sum(axis=0)
        mean = mean * shrunk_ratio(by_area, mean_by_area, prior_shape(by_area, mean_by_area))
        by_unit, mean_by_unit = seen.sum(axis=1), mean.sum(axis=1)
        unit = shrunk_ratio(by_unit, mean_by_unit, prior_shape(by_unit, mean_by_unit, usual=2.0))
        mean = mean * unit[:, None]
        area = shrunk_ratio(by_area, mean_by_area, prior_shape(by_area, mean_by_area))
        cell = share * area[None, :] * unit[:, None]
        for group in np.unique(self.groups) if len(np.unique(self.groups)) > 1 else ():
            rows = self.groups == group
            own, usual = seen[rows].sum(axis=0), mean[rows].sum(axis=0)
            cell[rows] *= shrunk_ratio(own, usual, prior_shape(own, usual, usual=1.0))
        mean = exposed * cell
        shape = prior_shape(seen, mean)
        self.learned = Learned(cell * shrunk_ratio(seen, mean, shape), self._residual_spread())
        self.global_share = share

    def _residual_spread(self) -> float:
        """The relative variance of cells over the guarded days that shares and common drift leave unexplained."""
        seen = np.where(self.masked, 0, self.observed)[:, :, :-1].sum(axis=2).astype(float)
        mean = (np.where(self.masked, 0.0, self.expected()))[:, :, :-1].sum(axis=2)
        total = (seen.sum() + 5) / (mean.sum() + 5)
        unit = (seen.sum(axis=1, keepdims=True) + 3) / (mean.sum(axis=1, keepdims=True) * total + 3)
        area = (seen.sum(axis=0, keepdims=True) + 3) / (mean.sum(axis=0, keepdims=True) * total + 3)
        return min(1.0, max(0.03, 1 / prior_shape(seen, mean * total * unit * area, usual=12.0)))
