"""What is normal for each unit and area: learned shares, small cells drawn towards what their neighbours show."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gateway.core.hotspots.geography import Floats, Ints
from gateway.core.hotspots.shrinkage import prior_shape, shrunk_ratio

Singles = NDArray[np.float32]
_BLOCK = 2_048
_UNKNOWN = 2.0  # the shape of a prior before anything is learned


class Habits:
    """`cell`, (units, areas), multiplies an exposure to give expected sightings; `spread` is what it cannot explain.

    `groups[u]` names which units share their areas' habits.
    """

    def __init__(self, units: int, areas: int, usual_share: float) -> None:
        self._usual_share = self.share = usual_share
        self._areas = areas
        self.groups = np.zeros(units, np.int64)
        self.cell = np.full((units, areas), usual_share, np.float32)
        self._seen = np.zeros((units, areas), np.float32)
        self._exposed = np.zeros((units, areas), np.float32)
        self.spread = 0.1
        self._cell_shape = _UNKNOWN
        self._unit_trust = np.full(units, _UNKNOWN)

    def doubts(self, units: Ints) -> tuple[Singles, Floats]:
        """How little is known of the shares: relative variances of cells, (units, areas), and of units as a whole."""
        cells = self._seen[units] + np.float32(self._cell_shape)
        return np.reciprocal(cells), 1 / self._unit_trust[units]

    def grow(self, units: int) -> None:
        """Make room for `units` units; the new ones belong to group 0 and are as all together are."""
        more = units - len(self.cell)
        if more > 0:
            blank = np.zeros((more, self._areas), np.float32)
            self.groups = np.append(self.groups, np.zeros(more, np.int64))
            self._seen, self._exposed = np.concatenate([self._seen, blank]), np.concatenate([self._exposed, blank])
            self.cell = np.concatenate([self.cell, blank + np.float32(self.share)])
            self._unit_trust = np.append(self._unit_trust, np.full(more, _UNKNOWN))

    def fade(self, kept: float) -> None:
        """What was learned loses weight, a little every day."""
        self._seen *= np.float32(kept)
        self._exposed *= np.float32(kept)

    def take_in(
        self, seen: Iterable[tuple[int, int, int]], exposed: Singles, masked: Iterable[tuple[int, int]]
    ) -> None:
        """A day's sightings (unit, area, count) and exposures; cells of known incidents, `masked`, teach nothing."""
        hidden = list(masked)
        before = [(key, self._seen[key], self._exposed[key]) for key in hidden]
        for unit, area, count in seen:
            self._seen[unit, area] += count
        self._exposed += exposed
        for key, was_seen, was_exposed in before:
            self._seen[key], self._exposed[key] = was_seen, was_exposed

    def learn(self) -> None:
        """Work out the shares anew: of everything, of areas (by group), of units, and of their combinations."""
        seen, exposed = self._seen, self._exposed
        total = float(exposed.sum(dtype=float)) + 20.0 / self._usual_share
        share = (float(seen.sum(dtype=float)) + 20.0) / total
        by_unit, by_area = seen.sum(axis=1, dtype=float), seen.sum(axis=0, dtype=float)
        mean_by_area = exposed.sum(axis=0, dtype=float) * share
        area = shrunk_ratio(by_area, mean_by_area, prior_shape(by_area, mean_by_area))
        mean_by_unit = (exposed @ area.astype(np.float32)).astype(float) * share
        unit_shape = prior_shape(by_unit, mean_by_unit, usual=2.0)
        unit = shrunk_ratio(by_unit, mean_by_unit, unit_shape)
        self._unit_trust = by_unit + unit_shape
        weighted = (unit.astype(np.float32) @ exposed).astype(float) * share
        area = area * shrunk_ratio(by_area, weighted * area, prior_shape(by_area, weighted * area))
        cell = np.outer((share * unit).astype(np.float32), area.astype(np.float32))
        groups = np.unique(self.groups)
        for group in groups if len(groups) > 1 else ():
            rows = np.nonzero(self.groups == group)[0]
            own = seen[rows].sum(axis=0, dtype=float)
            usual = (exposed[rows] * cell[rows]).sum(axis=0, dtype=float)
            cell[rows] *= shrunk_ratio(own, usual, prior_shape(own, usual, usual=1.0)).astype(np.float32)
        mean = exposed * cell
        self._cell_shape = prior_shape(seen, mean)
        shape = np.float32(self._cell_shape)
        for first in range(0, len(cell), _BLOCK):
            some = slice(first, first + _BLOCK)
            cell[some] *= (seen[some] + shape) / (mean[some] + shape)
        self.cell = cell
        self.share = share


def residual_spread(seen: Singles, mean: Singles) -> float:
    """The relative variance of cells that the drift of all, of their unit and of their area leaves unexplained.

    `mean` is used up.
    """
    total = (float(seen.sum(dtype=float)) + 5) / (float(mean.sum(dtype=float)) + 5)
    unit = (seen.sum(axis=1, keepdims=True) + 3) / (mean.sum(axis=1, keepdims=True) * total + 3)
    area = (seen.sum(axis=0, keepdims=True) + 3) / (mean.sum(axis=0, keepdims=True) * total + 3)
    mean *= total * unit
    mean *= area
    return min(1.0, max(0.03, 1 / prior_shape(seen, mean, usual=12.0)))
