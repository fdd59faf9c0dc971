"""Learned shares of small groups: gamma-Poisson shrinkage towards what is usual.  Pure.

As in empirical Bayes disease mapping (Clayton and Kaldor, 1987): a group's ratio of observed to expected is drawn
towards 1 the more, the less the group has shown and the less groups differ.
"""

from __future__ import annotations

import numpy as np

from gateway.core.hotspots.geography import Floats

_WIDEST, _NARROWEST = 0.3, 300.0


def prior_shape(observed: Floats, expected: Floats, usual: float = 4.0, trust: float = 8.0) -> float:
    """How alike groups are: the shape k of a gamma of mean 1 for their ratios, by moments.

    Counts vary by expected + expected^2 / k.  The largest two per thousand of the residuals are left out, so that one
    incident is not taken for variety; `usual` is believed as much as `trust` squared expected cases.
    """
    count, mean = np.asarray(observed, float).ravel(), np.asarray(expected, float).ravel()
    excess = (count - mean) ** 2 - mean
    kept = excess <= np.quantile(excess, 0.998) if len(excess) > 100 else np.ones(len(excess), bool)
    spread = (trust / usual + excess[kept].sum()) / (trust + (mean[kept] ** 2).sum())
    return float(np.clip(1 / max(spread, 1e-9), _WIDEST, _NARROWEST))


def shrunk_ratio(observed: Floats, expected: Floats, shape: float) -> Floats:
    """The posterior mean ratio of each group under a gamma prior of mean 1 and this shape."""
    ratio: Floats = (np.asarray(observed, float) + shape) / (np.asarray(expected, float) + shape)
    return ratio
