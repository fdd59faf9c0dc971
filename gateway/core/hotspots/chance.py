"""What the largest score of a unit's scan is by chance: Gumbel fits, tabled by how much is expected in all.  Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots import gumbel, replicates
from gateway.core.hotspots.geography import Floats, Zones
from gateway.core.hotspots.gumbel import Gumbel
from gateway.core.hotspots.scan import expectation_table
from gateway.core.hotspots.windows import prospective

_TOTALS = np.array([0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0])  # cases expected in the longest window


@dataclass(frozen=True, slots=True)
class ChanceTable:
    """Gumbel parameters per expected total; interpolated on its logarithm."""

    locations: Floats
    scales: Floats

    def at(self, expected_total: float) -> Gumbel:
        """The distribution of the largest score where so many cases are expected in the longest window."""
        where = np.log(max(expected_total, _TOTALS[0]))
        logs = np.log(_TOTALS)
        return Gumbel(float(np.interp(where, logs, self.locations)), float(np.interp(where, logs, self.scales)))


def chance_table(zones: Zones, weight: Floats, days: int, draws: int, random: np.random.Generator) -> ChanceTable:
    """Simulates `draws` maxima per total, with expectations spread over the areas as `weight` is."""
    windows = prospective(days, days)
    share = np.repeat(weight[:, None] / weight.sum() / days, days, axis=1)
    fits = []
    for total in _TOTALS:
        table = expectation_table(np.zeros(share.shape), share * total)
        maxima = replicates.null_maxima(table, zones, windows, draws, random)
        fits.append(gumbel.fit(maxima + 1e-6 * np.arange(len(maxima))))
    # A flat tail from a few tied maxima would promise too much: the theory's scale is 1 or a little more.
    return ChanceTable(np.array([fit.location for fit in fits]), np.array([max(1.0, fit.scale) for fit in fits]))


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
