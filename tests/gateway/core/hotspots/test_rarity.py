"""Rare maxima: the importance sampling against plain simulation, and the Poisson tail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from gateway.core.hotspots.geography import Floats, euclidean, neighbour_order
from gateway.core.hotspots.geography import Zones as Circles
from gateway.core.hotspots.levels import Field
from gateway.core.hotspots.rarity import Country, log_chances, poisson_tail
from gateway.core.hotspots.surge import surges


def _country(random: np.random.Generator) -> Country:
    x, y = random.uniform(0, 10, (2, 30))
    weight = np.exp(random.normal(0, 0.8, 30))
    return Country(Circles(neighbour_order(euclidean(x, y), 6), np.full(30, 6)), 14, weight / weight.sum())


def _largest(country: Country, total: float, random: np.random.Generator) -> float:
    """The largest score of one quiet table, as the watch works it out."""
    daily = np.repeat((country.share * total / country.days)[:, None], country.days, axis=1)
    order = country.zones.order
    observed, expected = (
        np.cumsum(np.cumsum(table, axis=1)[order], axis=1) for table in (random.poisson(daily).astype(float), daily)
    )
    return float(surges(Field(observed, expected, None, (), np.ones(country.days), 1e-9)).score.max())


@pytest.mark.parametrize("total", [10.0, 40.0])
def test_the_chance_is_that_of_plain_simulation(total: float) -> None:
    random = np.random.default_rng(3)
    country, levels = _country(random), np.array([4.0, 6.0, 8.0])
    chances = np.exp(log_chances(country, total, levels, 300, random))
    maxima = np.array([_largest(country, total, random) for _ in range(1_500)])
    for level, chance in zip(levels, chances, strict=True):
        seen = (maxima >= level).mean()
        assert seen == pytest.approx(chance, rel=0.25, abs=3 * np.sqrt(chance / 1_500))


def test_higher_levels_are_rarer_down_to_what_no_simulation_reaches() -> None:
    random = np.random.default_rng(4)
    logs = log_chances(_country(random), 5.0, np.array([6.0, 10.0, 15.0, 25.0, 40.0]), 60, random)
    assert (np.diff(logs) < 0).all()
    assert -60 < logs[-1] < -30


@pytest.mark.parametrize("mean", [0.01, 0.5, 7.0, 60.0])
def test_the_poisson_tail_is_the_textbooks(mean: float) -> None:
    counts = np.array([5, 8, 20, 90])
    counts = counts[counts > mean]
    tail: Floats = poisson_tail(counts, np.full(len(counts), mean))
    assert tail == pytest.approx(stats.poisson.sf(counts - 1, mean), rel=1e-6)
