"""What is expected of a zone today, by its volume, its history and everyone's drift, and how sure that is.  Pure.

A zone's expectation is corrected by what the *rest* shows in the same days: the same product in other areas, other
products in the same areas, the same product in the rest of the province.  A common drift, a campaign or a late
activation lifts the rest as well and is no surge.  How uncertain those corrections are, and how unlike each other the
unit's areas are now, widens the distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats

LEAST_EXPECTED = 0.1  # no model of people's habits is sure enough to expect less
_DRIFT_PRIOR = 0.2
_LOWEST_DRIFT = 0.8
_QUIET_PRIOR = 4.0  # cases: so much must be expected before their absence says anything
_PRIOR_CASES = 0.5
_STEADY = 8.0  # cases: how well a unit that is known keeps its level
_TOGETHER = 0.5  # of what areas differ by, neighbours share
_DOUBT_OF_SPREAD = 0.3  # the standard deviation of units' relative variances around the stream's
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
        prior = np.where(observed < expected, _QUIET_PRIOR, prior)
        ratio = np.maximum((observed + prior) / (expected + prior), _LOWEST_DRIFT)
        if (
            not self.within
        ):  # what drifted within the fortnight may still drift: the longer windows' word counts as well
            ratio = np.maximum.accumulate(ratio[..., ::-1], axis=-1)[..., ::-1]
        return ratio, 1.0 / (observed + 4.0)


@dataclass(frozen=True, slots=True)
class Unevenness:
    """How unlike the rest's areas are among themselves: squared surprises (less what chance gives) and squared means.

    Sums over the areas outside the zone; `alone` is 1 for a zone of one area, 1/n for one of n like areas.
    """

    surprise: Floats
    squared: Floats
    total: Floats
    alone: Floats

    def variance(self, spread: float) -> Floats:
        """The relative variance of the zone's level: what the rest shows, as far as it can be told from chance."""
        squared = np.maximum(self.squared, 0.0)
        weight = squared**2 / (2 * squared + np.maximum(self.total, 0.0) + 1e-12)
        seen = np.clip(self.surprise / np.maximum(squared, 1e-12), 0.0, 4.0)
        trust = 1 / _DOUBT_OF_SPREAD**2
        own = (trust * spread + weight * seen) / (trust + weight)
        variance: Floats = np.maximum(spread, own * (_TOGETHER + (1 - _TOGETHER) * self.alone))
        return variance


@dataclass(frozen=True, slots=True)
class Level:
    """What is expected of each zone and window; its relative variance; and what the unit elsewhere alone tells."""

    mean: Floats
    variance: Floats
    here: Floats


@dataclass(frozen=True, slots=True)
class Field:
    """Zone sums of one unit or several, (centres, sizes, windows), and what they are to be held against.

    `elsewhere` is the unit outside the zone; `common` is the drift of everything per window, of which each rest's drift
    is counted over and above; `spread` is the relative variance of cells that nothing explains; `doubt` and
    `unit_doubt` are those of the zone's and the unit's learned shares.
    """

    observed: Floats
    expected: Floats
    elsewhere: Rest | None
    rests: tuple[Rest, ...]
    common: Floats
    spread: float
    unevenness: Unevenness | None = None
    least_expected: float = LEAST_EXPECTED
    doubt: Floats | float = 0.0
    unit_doubt: Floats | float = 0.0

    def level(self) -> Level:
        """The level of every zone and window."""
        mean, elsewhere = self.expected * self.common, self.elsewhere
        variance = np.full(np.shape(mean), self.spread)
        if self.unevenness is not None:
            variance = self.unevenness.variance(self.spread)
        variance = variance + self.doubt
        lift = self.common
        if elsewhere is not None:
            mean = _drifted(self.expected, elsewhere, self.common)
            lift = mean / np.maximum(self.expected, 1e-12)
            drift = lift / self.common
            variance = variance + 1 / (elsewhere.observed + 1 / (1 / _STEADY + self.unit_doubt))
            variance = variance + (drift > 1.0) * np.minimum(1.0, drift - 1.0) / (elsewhere.observed + 4.0)
        here = mean
        for rest in self.rests:
            usual = rest.expected * (lift if rest.within else self.common)
            drift, doubt = Rest(rest.observed, usual, rest.within).drift()
            lift, mean = lift * drift, mean * drift
            variance = variance + doubt * (drift > 1.0) * np.minimum(1.0, drift - 1.0)
        mean = np.maximum(np.maximum(mean, _LEAST_PART * self.expected), self.least_expected)
        return Level(mean, variance, here)


def _drifted(expected: Floats, elsewhere: Rest, common: Floats) -> Floats:
    """What is expected where each day is as much above its usual level as the unit's other areas are on that day.

    Areas differ in which days they are busy, so a level that changes within the window must be met day by day; what few
    cases of one day tell is drawn towards the whole fortnight's level, and that towards everyone's.
    """
    level = (elsewhere.observed[..., -1:] + _PRIOR_CASES) / (elsewhere.expected[..., -1:] + _PRIOR_CASES / common[-1])
    seen, usual, own = (
        np.diff(np.maximum(table, 0.0), prepend=0.0, axis=-1)
        for table in (elsewhere.observed, elsewhere.expected, expected)
    )
    mean: Floats = np.cumsum(own * (seen + _PRIOR_CASES) / (usual + _PRIOR_CASES / level), axis=-1)
    return mean
