"""Surges: what is one, and what the rest explains."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.core.hotspots.shrinkage import prior_shape, shrunk_ratio
from gateway.core.hotspots.statistic import expectation_llr
from gateway.core.hotspots.surge import Rest, negative_binomial_llr, surges


def _one(value: float) -> np.ndarray:
    return np.array([[[value]]])


def _score(observed: float, expected: float, rests: tuple[Rest, ...] = (), spread: float = 0.03) -> float:
    found = surges(_one(observed), _one(expected), rests, np.ones(1), spread)
    return float(found.score[0])


def test_without_variety_the_score_is_the_poisson_one() -> None:
    found = negative_binomial_llr(_one(9), _one(2), _one(1e9))
    assert float(found[0, 0, 0]) == pytest.approx(float(expectation_llr(np.array([9.0]), np.array([2.0]))[0]), abs=1e-5)


def test_an_excess_that_the_rest_shares_is_no_surge() -> None:
    quiet, loud = Rest(_one(100), _one(100)), Rest(_one(1000), _one(100))
    assert _score(20, 2, (quiet,)) > 15
    assert _score(20, 2, (loud,)) == 0


def test_a_rest_within_another_counts_only_what_it_shows_beyond() -> None:
    both = _score(40, 2, (Rest(_one(500), _one(100)), Rest(_one(50), _one(10), within=True)))
    alone = _score(40, 2, (Rest(_one(500), _one(100)),))
    assert both == pytest.approx(alone, rel=0.05)


def test_three_cases_or_a_small_excess_never_score() -> None:
    assert _score(3, 0.0001) == 0
    assert _score(150, 100) == 0


def test_variety_makes_the_same_excess_less_surprising() -> None:
    assert _score(30, 10, spread=0.3) < _score(30, 10, spread=0.03)


def test_the_best_size_and_window_are_named() -> None:
    observed = np.array([[[1.0, 1.0], [1.0, 12.0]]])
    found = surges(observed, np.full((1, 2, 2), 1.0), (), np.ones(2), 0.03)
    assert (found.size[0], found.window[0], found.observed[0]) == (2, 2, 12)


def test_unlike_groups_are_shrunk_less() -> None:
    alike, unlike = np.full(50, 10.0), np.array([2.0, 30.0] * 25)
    mean = np.full(50, 10.0)
    assert prior_shape(alike, mean) > prior_shape(unlike, mean)
    assert 1 < shrunk_ratio(np.array([30.0]), np.array([10.0]), 5.0)[0] < 3
    assert shrunk_ratio(np.zeros(1), np.zeros(1), 5.0)[0] == 1
