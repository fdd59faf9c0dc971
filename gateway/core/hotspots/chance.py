"""What the largest score of a unit's scan is by chance, tabled by how much is expected in all.  Pure.

Two bounds of which the better one counts: a Gumbel fit to simulated maxima, and the union bound over all zones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots import gumbel, replicates
from gateway.core.hotspots.geography import Floats, Zones
from gateway.core.hotspots.gumbel import Gumbel
from gateway.core.hotspots.scan import expectation_table
from gateway.core.hotspots.union import log_chances, zone_means
from gateway.core.hotspots.windows import prospective

_TOTALS = np.array([1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0])  # cases expected in the longest window
_LEVELS = np.array([0.0, 6.0, 9.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0])


@dataclass(frozen=True, slots=True)
class ChanceTable:
    """Gumbel parameters per expected total, and the union bound's logarithms, (totals, levels)."""

    locations: Floats
    scales: Floats
    bounds: Floats

    def at(self, expected_total: float) -> Gumbel:
        """The distribution of the largest score where so many cases are expected in the longest window."""
        where = np.log(max(expected_total, _TOTALS[0]))
        logs = np.log(_TOTALS)
        return Gumbel(float(np.interp(where, logs, self.locations)), float(np.interp(where, logs, self.scales)))

    def p_value(self, score: float, expected_total: float) -> float:
        """The chance of a largest score at least so high; the smaller of the fit's and the union bound's."""
        where, logs = np.log(np.clip(expected_total, _TOTALS[0], _TOTALS[-1])), np.log(_TOTALS)
        bounds = [np.interp(where, logs, self.bounds[:, level]) for level in range(len(_LEVELS))]
        bound = float(np.interp(score, _LEVELS, bounds)) - max(0.0, score - float(_LEVELS[-1]))
        return min(math.exp(min(0.0, bound)), self.at(expected_total).p_value(score))


def chance_table(zones: Zones, weight: Floats, days: int, draws: int, random: np.random.Generator) -> ChanceTable:
    """Simulates `draws` maxima per total, with expectations spread over the areas as `weight` is."""
    windows = prospective(days, days)
    share = weight / weight.sum()
    daily = np.repeat(share[:, None] / days, days, axis=1)
    means = zone_means(zones, share, days)
    fits, bounds = [], []
    for total in _TOTALS:
        table = expectation_table(np.zeros(daily.shape), daily * total)
        maxima = replicates.null_maxima(table, zones, windows, draws, random)
        fits.append(gumbel.fit(maxima + 1e-6 * np.arange(len(maxima))))
        bounds.append(log_chances(means * total, _LEVELS))
    # A flat tail from a few tied maxima would promise too much: the theory's scale is 1 or a little more.
    locations, scales = np.array([fit.location for fit in fits]), np.array([max(1.0, fit.scale) for fit in fits])
    return ChanceTable(locations, scales, np.array(bounds))


def inflation(past: list[float], tests: int) -> float:
    """How much longer the tail of past scores is than chance has it; at least 1.

    `past` holds the largest minus logarithms of p of `tests` daily scans, which are exponential by chance.  The score
    that a two-hundredth of the scans exceeds is compared: a few real incidents do not move it.
    """
    rank = tests // 200
    if rank < 3 or rank >= len(past):
        return 1.0
    top = float(np.partition(np.array(past), len(past) - rank)[len(past) - rank])
    return float(np.clip(top / math.log(200.0), 1.0, 2.5))
