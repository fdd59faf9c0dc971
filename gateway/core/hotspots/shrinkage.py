"""Learned shares of small groups: gamma-Poisson shrinkage towards what is usual.  Pure.

As in empirical Bayes disease mapping (Clayton and Kaldor, 1987): a group's ratio of observed to expected is drawn
towards 1 the more, the less the group has shown and the less groups differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gateway.core.hotspots.geography import Floats

Counts = NDArray[np.float64] | NDArray[np.float32]

_WIDEST, _NARROWEST = 0.3, 300.0
_KEPT_PART = 0.998
_BLOCK = 1_000_000


def prior_shape(observed: Counts, expected: Counts, usual: float = 4.0, trust: float = 8.0) -> float:
    """How alike groups are: the shape k of a gamma of mean 1 for their ratios, by moments.

    Counts vary by expected + expected^2 / k.  The largest two per thousand of the residuals are left out, so that one
    incident is not taken for variety; `usual` is believed as much as `trust` squared expected cases.
    """
    count: Counts = observed.ravel()
    mean: Counts = expected.ravel()
    excess = np.subtract(count, mean)
    np.square(excess, out=excess)
    excess -= mean
    last = int(_KEPT_PART * (len(excess) - 1))
    limit = np.partition(excess, last)[last] if len(excess) > 100 else np.inf
    beyond, known = 0.0, 0.0
    for first in range(0, len(excess), _BLOCK):  # there may be tens of millions of groups
        part = excess[first : first + _BLOCK]
        kept = part <= limit
        beyond += float(part[kept].sum(dtype=float))
        known += float(np.square(mean[first : first + _BLOCK][kept]).sum(dtype=float))
    spread = (trust / usual + beyond) / (trust + known)
    return float(np.clip(1 / max(spread, 1e-9), _WIDEST, _NARROWEST))


def shrunk_ratio(observed: Floats, expected: Floats, shape: float) -> Floats:
    """The posterior mean ratio of each group under a gamma prior of mean 1 and this shape."""
    ratio: Floats = (np.asarray(observed, float) + shape) / (np.asarray(expected, float) + shape)
    return ratio
