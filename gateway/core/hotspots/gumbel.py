"""The tail of a maximum: a Gumbel fit to simulated maxima (Abrams, Kulldorff and Kleinman, 2010).  Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats

_NEWTON_STEPS = 50


@dataclass(frozen=True, slots=True)
class Gumbel:
    """The distribution exp(-exp(-(x - location) / scale))."""

    location: float
    scale: float

    def p_value(self, maximum: float) -> float:
        """The chance of a maximum at least this large."""
        return -math.expm1(-math.exp(min(700.0, -(maximum - self.location) / self.scale)))

    def level(self, p: float) -> float:
        """The maximum that is exceeded with chance `p` (0 < p < 1)."""
        return self.location - self.scale * math.log(-math.log1p(-p))


def fit(maxima: Floats) -> Gumbel:
    """The maximum-likelihood fit to at least two values that differ.

    Raises ValueError for fewer.
    """
    values = np.asarray(maxima, float)
    if len(values) < 2 or np.ptp(values) == 0:
        raise ValueError("a Gumbel fit needs at least two maxima that differ")
    origin = float(values.min())
    shifted = values - origin
    mean = float(shifted.mean())
    scale = max(float(values.std()) * math.sqrt(6) / math.pi, 1e-12)
    for _ in range(_NEWTON_STEPS):
        weight = np.exp(-shifted / scale)
        total = weight.sum()
        weighted = float((shifted * weight).sum() / total)
        spread = float((shifted**2 * weight).sum() / total) - weighted**2
        step = (scale - mean + weighted) / (1 + spread / scale**2)
        scale = max(scale - step, scale / 4)
        if abs(step) < 1e-12 * scale:
            break
    location = origin - scale * math.log(float(np.exp(-shifted / scale).mean()))
    return Gumbel(location, scale)
