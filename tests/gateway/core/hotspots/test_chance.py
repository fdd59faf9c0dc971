"""Significance: the Gumbel tail, calibration under the null, and recurrence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gateway.core.hotspots.chance import chance_table, inflation
from gateway.core.hotspots.geography import Floats, Zones, euclidean, zones_up_to
from gateway.core.hotspots.gumbel import Gumbel, fit
from gateway.core.hotspots.levels import Field
from gateway.core.hotspots.recurrence import in_words, recurrence_days
from gateway.core.hotspots.replicates import monte_carlo_p, null_maxima
from gateway.core.hotspots.scan import clusters, permutation_table, poisson_table
from gateway.core.hotspots.surge import surges
from gateway.core.hotspots.windows import prospective


def test_the_fit_finds_the_parameters_of_a_sample() -> None:
    sample = np.random.default_rng(3).gumbel(7.0, 1.2, 20_000)
    found = fit(sample)
    assert found.location == pytest.approx(7.0, abs=0.03)
    assert found.scale == pytest.approx(1.2, abs=0.02)
    assert found.p_value(found.level(1e-4)) == pytest.approx(1e-4)


def test_a_fit_to_equal_maxima_is_refused() -> None:
    with pytest.raises(ValueError, match="differ"):
        fit(np.ones(5))


def test_the_far_tail_of_a_gumbel_does_not_become_zero() -> None:
    assert Gumbel(5.0, 1.0).p_value(60.0) == pytest.approx(math.exp(-55), rel=1e-6)


@pytest.mark.parametrize("model", ["poisson", "permutation"])
def test_p_values_are_uniform_when_nothing_is_wrong(model: str) -> None:
    random = np.random.default_rng(11)
    x, y = random.uniform(0, 10, (2, 25))
    population = np.repeat(np.exp(random.normal(0, 0.7, 25))[:, None], 10, axis=1)
    zones, windows = zones_up_to(euclidean(x, y), population[:, 0], 0.5), prospective(10, 5)
    ranks, tails = [], []
    for _ in range(60):
        counts = random.poisson(population * 0.7).astype(float)
        table = poisson_table(counts, population) if model == "poisson" else permutation_table(counts)
        maxima = null_maxima(table, zones, windows, 99, random)
        best = clusters(table, zones, windows, 2)[0].llr
        ranks.append(monte_carlo_p(best, maxima))
        tails.append(fit(maxima).p_value(best))
    for p_values in (np.sort(ranks), np.sort(tails)):
        gap = np.abs(p_values - (np.arange(60) + 0.5) / 60).max()
        assert gap < 0.21  # Kolmogorov-Smirnov, 1 in 100


def test_recurrence_counts_every_test_of_the_system() -> None:
    assert recurrence_days(0.001, 10) == pytest.approx(100)
    assert recurrence_days(0.0, 10) == math.inf


@pytest.mark.parametrize(
    ("days", "words"),
    [(0.3, "1 day"), (12, "12 days"), (150, "5 months"), (1100, "3 years"), (1e7, "more than 1,000 years")],
)
def test_recurrence_is_said_in_words(days: float, words: str) -> None:
    assert in_words(days) == words


def test_more_expected_cases_give_larger_maxima_by_chance() -> None:
    zones, weight = _country(np.random.default_rng(5))
    table = chance_table(zones, weight, 5, 60, np.random.default_rng(5))
    assert table.p_value(9.0, 1000.0) > table.p_value(9.0, 3.0) > table.p_value(9.0, 1.0)
    assert table.p_value(60.0, 3.0) < table.p_value(40.0, 3.0) < 1e-9
    assert table.p_value(2.0, 3.0) == 1.0


def _scores(zones: Zones, means: Floats, draws: int, random: np.random.Generator) -> Floats:
    """The largest score of each of `draws` quiet tables, as the watch works it out; `means`: (areas, days)."""
    counts = random.poisson(means, (draws, *means.shape))[:, :, ::-1].cumsum(axis=2)
    sums = counts[:, zones.order].cumsum(axis=2)
    expected = means[:, ::-1].cumsum(axis=1)[zones.order].cumsum(axis=1)
    best = [
        surges(Field(one.astype(float), expected, None, (), np.ones(means.shape[1]), 1e-9)).score.max()
        for one in sums  # (centres, sizes, windows)
    ]
    return np.array(best)


def _country(random: np.random.Generator) -> tuple[Zones, Floats]:
    x, y = random.uniform(0, 10, (2, 24))
    order = zones_up_to(euclidean(x, y), np.ones(24), 0.3).order
    return Zones(order, np.full(24, order.shape[1])), np.exp(random.normal(0, 0.8, 24))


@pytest.mark.parametrize("total", [0.3, 1.0, 4.0, 15.0, 80.0])
def test_the_tabled_chance_keeps_its_size_whatever_is_expected(total: float) -> None:
    random = np.random.default_rng(17)
    zones, weight = _country(random)
    table = chance_table(zones, weight, 14, 199, random)
    means = np.repeat((weight / weight.sum() * total / 14)[:, None], 14, axis=1)
    p_values = np.array([table.p_value(score, total) for score in _scores(zones, means, 400, random) if score > 0])
    for size in (0.01, 0.05, 0.2):
        assert (p_values <= size).sum() <= 400 * size + 2.6 * math.sqrt(400 * size) + 1


def test_all_products_together_raise_no_more_alarms_than_promised() -> None:
    random = np.random.default_rng(19)
    zones, weight = _country(random)
    table = chance_table(zones, weight, 14, 199, random)
    totals = np.exp(random.normal(-0.5, 2.0, 60))  # few products with much, many with hardly anything expected
    tests = np.minimum(totals, 1.0).sum()  # of less than one case, at most that part of a test
    alarms = 0
    for total in totals:
        means = np.repeat((weight / weight.sum() * total / 14)[:, None], 14, axis=1)
        scores = _scores(zones, means, 50, random)
        alarms += sum(table.p_value(score, total) * tests <= 0.5 for score in scores if score > 0)
    assert alarms <= 50 * 0.5 + 2.6 * math.sqrt(50 * 0.5)


def test_scores_that_chance_explains_are_not_deflated() -> None:
    scores = np.random.default_rng(6).exponential(1.0, 20_000)
    assert inflation(list(scores), 20_000) == pytest.approx(1.0, abs=0.05)
    assert inflation(list(scores * 1.5), 20_000) == pytest.approx(1.5, abs=0.1)
    assert inflation([], 20_000) == inflation([50.0] * 10, 300) == 1.0
    assert inflation(list(scores * 9), 20_000) == 2.5
