"""How likely it is that a scan's largest score reaches a level that chance hardly ever reaches.  Pure.

Importance sampling for scan statistics (Naiman and Priebe, 2001, Journal of Computational and Graphical Statistics
10): with P(z) the chance that zone z reaches the level, B their sum, and N how many zones reach it in a table drawn
given that a zone picked by P(z) does, the chance that any does is B times the mean of 1 / N.  Zones that overlap share
their cases, so N is large where B alone would promise far too many alarms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats, Ints, Zones
from gateway.core.hotspots.levels import LEAST_EXPECTED
from gateway.core.hotspots.statistic import highest_quiet_counts
from gateway.core.hotspots.surge import LEAST_COUNT

_FURTHER_CASES = 40


@dataclass(frozen=True, slots=True)
class Country:
    """Zones of one size, the days of the longest window, and which share of all cases is expected in each area."""

    zones: Zones
    days: int
    share: Floats

    def zone_shares(self) -> Floats:
        """The share of each zone and window of 1 to `days` days, (centres, sizes, days)."""
        sums = np.cumsum(self.share[self.zones.order], axis=1)
        shares: Floats = sums[:, :, None] * (np.arange(1, self.days + 1) / self.days)
        return shares


def log_chances(country: Country, total: float, levels: Floats, draws: int, random: np.random.Generator) -> Floats:
    """The logarithms of the chances that some zone's score reaches each of `levels`, of `total` cases expected in all.

    Scores are those of counts of at least LEAST_COUNT against expectations of at least LEAST_EXPECTED.
    """
    means = country.zone_shares() * total
    floored = np.maximum(means, LEAST_EXPECTED)
    chances = []
    for level in levels:
        most = int(2 * floored.max() + 4 * level + LEAST_COUNT)
        quiet = highest_quiet_counts(floored.ravel(), float(level), None, most).reshape(means.shape)
        needed = np.maximum(quiet + 1, LEAST_COUNT)
        tails = poisson_tail(needed, means)
        chances.append(tails.sum() * _Sampler(country, total, needed).alone(tails, draws, random))
    logs: Floats = np.log(np.clip(chances, 1e-300, 1.0))
    return logs


def poisson_tail(counts: Ints, means: Floats) -> Floats:
    """The chance of at least `counts` cases where `means` are expected."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, int(counts.max()) + 1)))])  # of factorials
    mean = np.maximum(means, 1e-300)
    term = np.exp(counts * np.log(mean) - mean - logs[counts])
    total = term.copy()
    for more in range(1, _FURTHER_CASES):
        term *= mean / (counts + more)
        total += term
    tail: Floats = np.minimum(total, 1.0)
    return tail


@dataclass(frozen=True, slots=True)
class _Sampler:
    """Draws tables in which a zone reaches its level, the count `needed`; `total` cases are expected in all."""

    country: Country
    total: float
    needed: Ints

    def alone(self, tails: Floats, draws: int, random: np.random.Generator) -> float:
        """The mean of one over the number of zones that reach their level together; `tails`: each zone's chance."""
        cumulated = np.cumsum(tails.ravel())
        if cumulated[-1] <= 0:
            return 1.0
        picked = np.searchsorted(cumulated, random.random(draws) * cumulated[-1])
        zones = (tuple(int(one) for one in np.unravel_index(int(flat), tails.shape)) for flat in picked)
        return float(np.mean([1.0 / max(1, self._reached(*zone, random=random)) for zone in zones]))

    def _reached(self, centre: int, size: int, window: int, *, random: np.random.Generator) -> int:
        """How many zones near this one reach their level in a table in which it does."""
        order, days, share = self.country.zones.order, self.country.days, self.country.share
        members, length = order[centre, : size + 1], window + 1
        inside = share[members]
        count = _at_least(int(self.needed[centre, size, window]), self.total * inside.sum() * length / days, random)
        table = random.poisson(np.repeat((share * self.total / days)[:, None], days, axis=1))
        table[members, :length] = 0  # days are counted back from today
        where = random.choice(members, count, p=inside / inside.sum())
        np.add.at(table, (where, random.integers(0, length, count)), 1)
        near = np.nonzero(np.isin(order, members).any(axis=1))[0]
        sums = np.cumsum(np.cumsum(table, axis=1)[order[near]], axis=1)
        return int((sums >= self.needed[near]).sum())


def _at_least(count: int, mean: float, random: np.random.Generator) -> int:
    """A Poisson count, given that it is at least `count`."""
    steps = np.cumprod(np.concatenate([[1.0], mean / (count + 1 + np.arange(_FURTHER_CASES))]))
    return count + int(np.searchsorted(np.cumsum(steps), random.random() * steps.sum()))
