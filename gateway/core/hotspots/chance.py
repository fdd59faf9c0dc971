"""What the largest score of a unit's scan is by chance, tabled by how much is expected in all.  Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gateway.core.hotspots.geography import Floats, Zones
from gateway.core.hotspots.rarity import Country, log_chances

_TOTALS = np.array([1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0])  # cases expected in the longest window
_LEAST_SAID = 1e-3  # more than that no other stream is believed
_ALONE = 0.8  # of the chance of a false alarm goes to findings without others' word
_LEVELS = np.array([3.0, 6.0, 9.0, 12.0, 15.0, 20.0, 30.0, 40.0])


@dataclass(frozen=True, slots=True)
class ChanceTable:
    """The logarithms of the chances that the largest score reaches a level, (totals, levels)."""

    logs: Floats

    def p_value(self, score: float, expected_total: float) -> float:
        """The chance of a largest score at least so high where so many cases are expected in the longest window."""
        if score < _LEVELS[0]:
            return 1.0
        where = np.log(np.clip(expected_total, _TOTALS[0], _TOTALS[-1]))
        logs = [np.interp(where, np.log(_TOTALS), self.logs[:, level]) for level in range(len(_LEVELS))]
        return math.exp(float(np.interp(score, _LEVELS, logs)) - max(0.0, score - float(_LEVELS[-1])))


def chance_table(zones: Zones, weight: Floats, days: int, draws: int, random: np.random.Generator) -> ChanceTable:
    """Draws `draws` tables per total and level, with expectations spread over the areas as `weight` is."""
    country = Country(zones, days, weight / weight.sum())
    return ChanceTable(np.array([log_chances(country, total, _LEVELS, draws, random) for total in _TOTALS]))


def inflation(past: list[float], tests: int) -> float:
    """How much longer the tail of past scores is than chance has it; at least 1.

    `past` holds the largest minus logarithms of p of `tests` daily scans, which are exponential by chance.  The score
    that a two-hundredth of the scans exceeds is compared: a few real incidents do not move it.
    """
    rank = tests // 200
    if rank < 3 or rank >= len(past):
        return 1.0
    top = float(np.partition(np.array(past), len(past) - rank)[len(past) - rank])
    return float(np.clip(top / math.log(200.0), 1.0, 2.5))


def combined(p_values: list[float]) -> float:
    """Fisher's (1925): the chance that the product of independent p-values is so small."""
    log = -sum(math.log(max(p, 1e-300)) for p in p_values)
    term = total = 1.0
    for index in range(1, len(p_values)):
        term *= log / index
        total += term
    return min(1.0, math.exp(-log) * total)


def corroborated(p: float, others: list[float]) -> float:
    """A finding's p with what others say of it, or alone: whichever is smaller, each paid for (weighted Bonferroni)."""
    return (
        min(1.0, p / _ALONE, combined([p, *(max(other, _LEAST_SAID) for other in others)]) / (1 - _ALONE))
        if others
        else p
    )
