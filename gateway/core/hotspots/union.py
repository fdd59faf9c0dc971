"""What the union bound says of a unit's largest score: each zone and window for itself, summed.  Pure.

A Poisson count reaches n with a chance of at most exp(-ratio(n, mean)) (Chernoff, 1952), so nothing is simulated and
nothing assumed of how zones overlap.  Where little is expected hardly any zone can show the least count that the scan
looks at; a Gumbel fit to maxima that are mostly zero cannot tell that.
"""

from __future__ import annotations

import numpy as np

from gateway.core.hotspots.geography import Floats, Zones
from gateway.core.hotspots.statistic import expectation_llr, highest_quiet_counts
from gateway.core.hotspots.surge import LEAST_COUNT, LEAST_EXPECTED


def zone_means(zones: Zones, share: Floats, days: int) -> Floats:
    """What is expected in each zone and window of 1 to `days` days, of one case in all; flat."""
    inside = np.arange(zones.order.shape[1]) < zones.sizes[:, None]
    sums = np.cumsum(share[zones.order], axis=1)[inside]
    means: Floats = (sums[:, None] * (np.arange(1, days + 1) / days)).ravel()
    return means


def log_chances(means: Floats, levels: Floats) -> Floats:
    """The logarithm of the bound on the chance that any zone's score reaches each of `levels`.

    Scores are those of counts of at least LEAST_COUNT against expectations of at least LEAST_EXPECTED.
    """
    floored = np.maximum(means, LEAST_EXPECTED)
    chances = []
    for level in levels:
        most = int(2 * floored.max() + 4 * level + LEAST_COUNT)
        needed = np.maximum(highest_quiet_counts(floored, float(level), None, most) + 1, LEAST_COUNT)
        chances.append(float(np.exp(-expectation_llr(needed.astype(float), means)).sum()))
    logs: Floats = np.log(np.maximum(chances, 1e-300))
    return logs
