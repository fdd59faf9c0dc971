"""How much is asked: first looks per product, area and day, and what they lead one to expect.

Exposure of misses and early sales is the volume itself, of which a small cell's count is only a noisy measure; it is
drawn towards the cell's usual part of what its product and its area show that day.  Second callers follow earlier
volume with a learned delay, partly elsewhere.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from gateway.core.hotspots.geography import Floats

Singles = NDArray[np.float32]

LAGS = 30
_KEPT_PER_DAY = 0.5 ** (1 / 60)
_PRIOR_LAG_DAYS = 4.0
_TRUST = 2.0
_SPILL = 0.1
_PRIOR_COUNT, _USUAL_SHARE = 60.0, 0.08


class Later(StrEnum):
    """Who asks a code after its first look: a second caller in its area, a further one anywhere, one elsewhere."""

    SECOND = "second"
    FURTHER = "further"
    AWAY = "away"


_ELSEWHERE = 0.3  # of later callers, until more is known
_ELSEWHERE_TRUST = 30.0
_NEAR_KM = 80.0
# of those elsewhere: near the first look; where people are; the others: where the product is asked about
_NEAR, _LIKE_PEOPLE = 0.5, 0.25


class Volume:
    """First looks of the last month by product and area, the long-run habit, and the delay of second callers."""

    def __init__(self, products: int, population: Floats, distances_km: Floats) -> None:
        areas = len(population)
        self.recent = np.zeros((LAGS, products, areas), np.uint16)
        self._habit = np.zeros((products, areas))
        self._days = 0
        weight = np.maximum(population, 1.0)
        self.part = weight / weight.sum()
        self._prior_part = self.part
        near = self.part / (_NEAR_KM + distances_km)
        np.fill_diagonal(near, 0.0)
        self._near = (near / np.maximum(near.sum(axis=1, keepdims=True), 1e-12)).astype(np.float32)
        self._earlier: dict[Later, tuple[Singles, np.float32]] = {}
        self._firsts = np.zeros(LAGS)  # of a code's first looks, those at least so many days old
        self._lags = {later: np.zeros(LAGS) for later in Later}

    def grow(self, products: int) -> None:
        """Make room for `products` products."""
        more = products - self.recent.shape[1]
        if more > 0:
            self.recent = np.concatenate([self.recent, np.zeros((LAGS, more, self.recent.shape[2]), np.uint16)], axis=1)
            self._earlier.clear()
            self._habit = np.concatenate([self._habit, np.zeros((more, self._habit.shape[1]))])

    def add(self, product: int, area: int) -> None:
        """One first look, today."""
        self.recent[-1, product, area] += 1

    def add_lag(self, days: int, later: Later) -> None:
        """Another caller came so many calendar days after the first."""
        if days < LAGS:
            self._lags[later][days] += 1

    def next_day(self) -> None:
        """Close today."""
        self._habit = self._habit * _KEPT_PER_DAY + self.recent[-1]
        self._days += 1
        self._earlier.clear()
        total = self._habit.sum(axis=0)
        self.part = (total + 50 * self._prior_part) / (total.sum() + 50)
        self._firsts += self.recent[::-1].sum(axis=(1, 2), dtype=float)
        self.recent[:-1] = self.recent[1:]
        self.recent[-1] = 0

    def usual_cells(self) -> Floats:
        """Each product's usual spread over the areas, (products, areas), rows summing to 1."""
        total = self._habit.sum(axis=1, keepdims=True)
        cells: Floats = (self._habit + 30 * self.part) / (total + 30)
        return cells

    def smoothed_today(self, usual: Floats) -> Floats:
        """Today's volume so far per product and area, noise in small cells drawn towards what is usual.

        With a little of yesterday's: who bought before midnight errs after it.
        """
        today = self.recent[-1] + _SPILL * self.recent[-2]
        by_product = today.sum(axis=1, keepdims=True)
        mean = by_product * usual
        by_area = today.sum(axis=0)
        mean = mean * ((by_area + _TRUST) / (mean.sum(axis=0) + _TRUST))
        smoothed: Floats = mean * (_TRUST + today) / (_TRUST + mean)
        return smoothed

    def delay(self, later: Later) -> Floats:
        """The chance that such a caller comes so many days after the first; sums to 1.

        Late ones cannot have come yet early in a log, so each lag is counted against the first looks old enough.
        """
        lags = np.arange(LAGS)
        prior = np.exp(-lags / _PRIOR_LAG_DAYS)
        if later is not Later.SECOND:
            prior = prior * (lags + 1)
        prior = _PRIOR_COUNT * prior / prior.sum()
        rate = (self._lags[later] + prior) / (self._firsts + _PRIOR_COUNT / _USUAL_SHARE)
        chance: Floats = rate / rate.sum()
        return chance

    def later_looks(self, later: Later, usual: Floats) -> Floats:
        """The exposure to such callers of a whole day, per product and area; `usual`: the products' usual spread."""
        if later is Later.SECOND:
            return self._due(later)
        first = self._due(Later.AWAY)
        spread = _LIKE_PEOPLE * self.part + (1 - _NEAR - _LIKE_PEOPLE) * usual
        away: Floats = first.sum(axis=1, keepdims=True) * spread + _NEAR * (first @ self._near)
        if later is Later.AWAY:
            return away
        elsewhere = self._elsewhere()
        total: Floats = (1 - elsewhere) * self._due(later) + elsewhere * away
        return total

    def _elsewhere(self) -> float:
        """The part of later callers that ask in another area than that of the first look."""
        away, near = self._lags[Later.AWAY].sum(), self._lags[Later.SECOND].sum()
        return float((away + _ELSEWHERE * _ELSEWHERE_TRUST) / (away + near + _ELSEWHERE_TRUST))

    def _due(self, later: Later) -> Floats:
        """First looks, each as much as such callers are due today, where they were."""
        if later not in self._earlier:
            self._earlier[later] = self._of_earlier_days(later)
        earlier, weight = self._earlier[later]
        due: Floats = earlier + self.recent[-1] * weight
        return due

    def _of_earlier_days(self, later: Later) -> tuple[Singles, np.float32]:
        """What the days before today lead one to expect, and how much of today's first looks do."""
        weights = self.delay(later)[::-1].astype(np.float32)
        known = min(self._days, LAGS - 1)
        earlier = np.zeros(self.recent.shape[1:], np.float32)
        for day in range(LAGS - 1 - known, LAGS - 1):
            earlier += self.recent[day] * weights[day]
        if known < LAGS - 1 and known:  # before the log began things were as they were in its first days
            first = self.recent[LAGS - 1 - known : LAGS - 1 - known + min(7, known)].mean(axis=0, dtype=np.float32)
            earlier = earlier + first * weights[: LAGS - 1 - known].sum()
        return earlier, np.float32(weights[-1])
