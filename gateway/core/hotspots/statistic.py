"""Log-likelihood ratios of the scan statistics, and the counts that stay below a level of them.  Pure.

Kulldorff (1997) for the Poisson model and Kulldorff et al. (2005) for the space-time permutation model use the same
ratio, conditioned on the total; Neill (2005) gives the expectation-based Poisson one, which is not conditioned.
"""

from __future__ import annotations

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints

_BISECTIONS = 60


def conditional_llr(observed: Floats, expected: Floats, total: float | Floats) -> Floats:
    """Kulldorff's ratio for `observed` cases where `expected` were, of `total`; 0 where there is no excess."""
    count, mean = np.asarray(observed, float), np.asarray(expected, float)
    rest, rest_mean = total - count, total - mean
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(count > 0, count * np.log(count / mean), 0.0)
        outside = np.where(rest > 0, rest * np.log(rest / rest_mean), 0.0)
    return np.where((count > mean) & (mean > 0), inside + outside, 0.0)


def expectation_llr(observed: Floats, expected: Floats) -> Floats:
    """The expectation-based Poisson ratio; 0 where there is no excess (or nothing is expected)."""
    count, mean = np.asarray(observed, float), np.asarray(expected, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(count > 0, count * np.log(count / mean), 0.0) - count + mean
    return np.where((count > mean) & (mean > 0), ratio, 0.0)


def llr(observed: Floats, expected: Floats, total: float | None) -> Floats:
    """The conditional ratio when there is a `total`, else the expectation-based one."""
    return expectation_llr(observed, expected) if total is None else conditional_llr(observed, expected, total)


def highest_quiet_counts(expected: Floats, level: float, total: float | None, most: int) -> Ints:
    """For every expectation the largest count (at most `most`) whose ratio stays below `level`.

    The ratio falls while the expectation grows towards the count, so each count n has one expectation at which it
    crosses the level; those are found once per count by bisection, and each zone only looks its own up.  Rounded so
    that a count at the very edge is reported rather than missed: the caller works those out exactly.
    """
    counts = np.arange(1, most + 1, dtype=float)
    low, high = np.full(most, 1e-300), counts.copy()
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        above = llr(counts, middle, total) >= level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    edges = np.maximum.accumulate(high * (1 + 1e-9))
    quiet: Ints = np.searchsorted(edges, np.asarray(expected, float), side="left")
    return quiet
