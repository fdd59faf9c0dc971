"""What the largest ratio would be by chance: maxima of simulated tables.  Pure: the generator is an argument.

The margins are fixed, so is each zone-window's expectation, and with it the largest count whose ratio stays below a
level.  A replicate is then additions and comparisons of integers; logarithms are taken for the few that exceed.  A
replicate in which nothing exceeds is looked at again at half the level, so the maxima are exact.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gateway.core.hotspots import kernels
from gateway.core.hotspots.geography import Floats, Ints, Zones
from gateway.core.hotspots.kernels import Counts
from gateway.core.hotspots.scan import Model, Table
from gateway.core.hotspots.statistic import highest_quiet_counts, llr
from gateway.core.hotspots.windows import Windows

_FIRST_LEVEL = 4.0
_PILOTS = 12
_LEAST_CASES = 2
_VECTOR = 16


@dataclass(slots=True)
class Maxima:
    """Finds the largest ratio of a table of window counts, exactly, for fixed zones, windows and expectations."""

    zones: Zones
    expected: Floats  # per zone-window, shape (centres, most neighbours, windows)
    total: float | None
    most: int
    exceeding: kernels.ExceedingCounts = field(default_factory=lambda: kernels.exceeding_counts)
    level: float = _FIRST_LEVEL
    _limits: dict[float, Counts] = field(default_factory=dict)

    @property
    def width(self) -> type[np.int16] | type[np.int32]:
        """The narrowest integers that hold every sum: half the memory to read is half the time."""
        return np.int16 if self.most < np.iinfo(np.int16).max else np.int32

    def largest(self, window_counts: Counts) -> float:
        """The largest ratio of counts of shape (areas, windows); 0 when there is no excess."""
        window_counts = np.ascontiguousarray(window_counts)
        level = self.level
        while level > 1e-3:
            ratios = self._ratios(window_counts, level)
            if ratios.size and ratios.max() >= level:
                return float(ratios.max())
            level /= 2
        ratios = self._ratios(window_counts, 0.0)
        return float(ratios.max(initial=0.0))

    def aim_below(self, maxima: list[float]) -> None:
        """Set the level just below the smaller of these maxima, so that few replicates are looked at twice."""
        self.level = max(0.5, float(np.quantile(maxima, 0.05)) - 0.3)
        self._limits.clear()

    def _ratios(self, window_counts: Counts, level: float) -> Floats:
        limits = self._limits.get(level)
        if limits is None:
            quiet = highest_quiet_counts(self.expected, level, self.total, self.most)
            least = np.maximum(quiet, _LEAST_CASES - 1)
            limits = self._limits[level] = np.ascontiguousarray(least, dtype=self.width)
        positions, counts = self.exceeding(
            window_counts, self.zones.order, self.zones.sizes, limits, self.expected.size
        )
        return llr(counts.astype(float), self.expected.ravel()[positions], self.total)


def padded(table: Floats, width: int, filler: float) -> Floats:
    """The table with its last axis (windows) filled up to a multiple of `width`, for vector instructions."""
    more = -table.shape[-1] % width
    return np.pad(table, [(0, 0)] * (table.ndim - 1) + [(0, more)], constant_values=filler)


def zone_sums(window_totals: Floats, zones: Zones) -> Floats:
    """Totals of every zone and window: (areas, windows) to (centres, most neighbours, windows)."""
    sums: Floats = np.cumsum(window_totals[zones.order], axis=1)
    return sums


def _poisson_draws(table: Table, windows: Windows, random: np.random.Generator) -> Callable[[], Floats]:
    first, last = int(windows.starts.min()), int(windows.ends.max())
    recent = table.expected[:, first:last]
    shape, running = recent.shape, np.cumsum(recent.ravel())
    total, share = round(table.total or 0), float(running[-1] / table.expected.sum())

    def draw() -> Floats:
        cases = random.binomial(total, min(1.0, share))
        cells = np.searchsorted(running, random.random(cases) * running[-1], side="right")
        return np.bincount(cells, minlength=len(running))[: len(running)].reshape(shape).astype(float)

    return draw


def _permutation_draws(table: Table, windows: Windows, random: np.random.Generator) -> Callable[[], Floats]:
    first, last = int(windows.starts.min()), int(windows.ends.max())
    counts = np.rint(table.counts).astype(np.int64)
    areas = np.repeat(np.arange(len(counts)), counts.sum(axis=1)).astype(np.int64)
    days = np.repeat(np.arange(last - first), counts[:, first:last].sum(axis=0)).astype(np.int64)
    shape = (len(counts), last - first)

    def draw() -> Floats:
        chosen: Ints = random.permutation(areas)[: len(days)]
        cells = np.bincount(chosen * shape[1] + days, minlength=shape[0] * shape[1])
        return cells.reshape(shape).astype(float)

    return draw


def _expectation_draws(table: Table, windows: Windows, random: np.random.Generator) -> Callable[[], Floats]:
    recent = table.expected[:, int(windows.starts.min()) : int(windows.ends.max())]
    return lambda: random.poisson(recent).astype(float)


_DRAWS = {
    Model.POISSON: _poisson_draws,
    Model.PERMUTATION: _permutation_draws,
    Model.EXPECTATION: _expectation_draws,
}


def null_maxima(
    table: Table,
    zones: Zones,
    windows: Windows,
    replicates: int,
    random: np.random.Generator,
    *,
    exceeding: kernels.ExceedingCounts | None = None,
) -> Floats:
    """The largest ratio of each of `replicates` tables drawn under the null; the same for the same generator."""
    first = int(windows.starts.min())
    shifted = Windows(windows.starts - first, windows.ends - first)
    width = _VECTOR if len(windows) > _VECTOR // 2 else 1
    # Nothing is ever counted in the windows that fill up, so whatever is expected there does not matter.
    expected = padded(zone_sums(windows.sums(table.expected), zones), width, 1.0)
    most = round(table.total) if table.total is not None else int(table.expected.sum() * 3) + 100
    finder = Maxima(zones, expected, table.total, most, exceeding or kernels.exceeding_counts)
    draw = _DRAWS[table.model](table, windows, random)
    maxima: list[float] = []
    for number in range(replicates):
        if number == _PILOTS:
            finder.aim_below(maxima)
        maxima.append(finder.largest(padded(shifted.sums(draw()), width, 0.0).astype(finder.width)))
    return np.array(maxima)


def monte_carlo_p(observed: float, maxima: Floats) -> float:
    """The rank of the observed ratio among the simulated ones, as Dwass (1957): never 0."""
    return float((1 + np.sum(maxima >= observed - 1e-9)) / (1 + len(maxima)))
