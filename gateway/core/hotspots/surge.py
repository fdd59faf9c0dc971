"""Is a zone's recent count more than its level explains?  Pure.

An expectation-based negative binomial scan (Tango, Takahashi and Kohriyama, 2011, after Neill).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats
from gateway.core.hotspots.levels import Field, Rest
from gateway.core.hotspots.statistic import conditional_llr

LEAST_COUNT = 5
_LEAST_RATIO = 1.6
_FURTHER_CASES = 200


@dataclass(frozen=True, slots=True)
class Surges:
    """The most surprising zone and window of each examined centre; arrays of one entry per centre."""

    score: Floats
    size: Floats
    window: Floats
    observed: Floats
    expected: Floats


def negative_binomial_llr(observed: Floats, expected: Floats, shape: Floats) -> Floats:
    """The log-likelihood ratio of an excess when counts vary by expected + expected^2 / shape; 0 without excess."""
    count, mean = np.asarray(observed, float), np.maximum(expected, 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = count * np.log(count / mean) - (count + shape) * np.log((count + shape) / (mean + shape))
    return np.where(count > mean, ratio, 0.0)


def negative_binomial_tail(count: int, mean: float, variance: float) -> float:
    """The chance of at least `count` cases where `mean` are expected with this relative variance."""
    shape = 1 / max(variance, 1e-6)
    odds = mean / (mean + shape)
    log = math.lgamma(shape + count) - math.lgamma(shape) - math.lgamma(count + 1.0)
    term = math.exp(log + count * math.log(odds) - shape * math.log1p(mean / shape))
    total = 0.0
    for further in range(_FURTHER_CASES):
        total += term
        term *= odds * (shape + count + further) / (count + further + 1)
    return min(1.0, total)


def surges(field: Field, *, conditional: bool = False) -> Surges:
    """The best of every centre's zones and windows.

    `conditional`: the zone must stand out from the unit as it is now, too.
    """
    level = field.level()
    observed, mean = field.observed, level.mean
    scores = negative_binomial_llr(observed, mean, 1.0 / np.maximum(level.variance, 1e-6))
    if conditional and field.elsewhere is not None:
        scores = np.minimum(scores, _conditional(observed, field.expected, level.here, field.elsewhere))
    scores = np.where((observed >= LEAST_COUNT) & (observed >= _LEAST_RATIO * mean), scores, 0.0)
    flat = scores.reshape(len(scores), -1)
    best = flat.argmax(axis=1)
    rows = np.arange(len(flat))
    size, window = np.divmod(best, scores.shape[2])
    return Surges(
        flat[rows, best],
        size + 1,
        window + 1,
        np.asarray(observed, float).reshape(len(scores), -1)[rows, best],
        mean.reshape(len(scores), -1)[rows, best],
    )


def _conditional(observed: Floats, expected: Floats, mean: Floats, elsewhere: Rest) -> Floats:
    """Kulldorff's ratio: how surprising it is that so many of the unit's cases lie in the zone, however many there are.

    The zone's share is what it is of the window or, day by day, of the `mean`; the larger one counts.
    """
    rest, usual = np.maximum(elsewhere.observed, 0.0), np.maximum(elsewhere.expected, 0.0)
    by_day = mean / np.maximum(mean + np.maximum(rest, usual), 1e-12)
    share = np.maximum(by_day, expected / np.maximum(expected + usual, 1e-12))
    total = observed + rest
    ratio: Floats = conditional_llr(observed, total * share, total)
    return ratio
