"""Is a zone's recent count more than its volume, its history and everyone's drift explain?  Pure.

An expectation-based negative binomial scan (Tango, Takahashi and Kohriyama, 2011, after Neill).  A zone's expectation
is corrected by what the *rest* shows in the same days: the same product in other areas, other products in the same
areas, the same product in the rest of the province.  A common drift, a campaign or a late activation lifts the rest
as well and is no surge.  How uncertain those corrections are widens the distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats

LEAST_COUNT = 5
LEAST_EXPECTED = 0.1  # no model of people's habits is sure enough to expect less
_DRIFT_PRIOR = 0.2
_LEAST_RATIO = 1.6
_LOWEST_DRIFT = 0.8
_LEAST_PART = 0.9  # of what history expects is expected, however quiet the rest


@dataclass(frozen=True, slots=True)
class Rest:
    """Counts and expectations of a comparison group without the zone itself, broadcastable to the zones' shape.

    A group `within` the ones before it shows their drift too; only what it shows beyond counts.
    """

    observed: Floats
    expected: Floats
    within: bool = False

    def drift(self) -> tuple[Floats, Floats]:
        """How much more than expected the rest shows (at least 0.8), and the relative variance of knowing it."""
        observed, expected = np.maximum(self.observed, 0.0), np.maximum(self.expected, 0.0)
        prior = _DRIFT_PRIOR / (1.0 + observed) ** (0 if self.within else 2)
        ratio = np.maximum((observed + prior) / (expected + prior), _LOWEST_DRIFT)
        if (
            not self.within
        ):  # what drifted within the fortnight may still drift: the longer windows' word counts as well
            ratio = np.maximum.accumulate(ratio[..., ::-1], axis=-1)[..., ::-1]
        return ratio, 1.0 / (observed + 4.0)


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


def surges(
    observed: Floats,
    expected: Floats,
    rests: tuple[Rest, ...],
    common: Floats,
    spread: float,
    *,
    least_expected: float = LEAST_EXPECTED,
) -> Surges:
    """The best of every centre's zones and windows.

    `observed` and `expected` are zone sums of shape (centres, sizes, windows); `common` is the drift of everything per
    window, of which each rest's drift is counted over and above; `spread` is the relative variance of cells that
    nothing explains.
    """
    mean = expected * common
    variance = np.full(np.shape(mean), spread)
    lift = common
    for rest in rests:
        drift, doubt = Rest(rest.observed, rest.expected * (lift if rest.within else common), rest.within).drift()
        lift = lift * drift
        mean = mean * drift
        variance = variance + doubt * (drift > 1.0) * np.minimum(1.0, drift - 1.0)
    mean = np.maximum(np.maximum(mean, _LEAST_PART * expected), least_expected)
    scores = negative_binomial_llr(observed, mean, 1.0 / np.maximum(variance, 1e-6))
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
