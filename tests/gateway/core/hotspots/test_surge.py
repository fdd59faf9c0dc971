"""Surges: what is one, and what the rest explains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gateway.core.hotspots.levels import Field, Rest, Unevenness
from gateway.core.hotspots.shrinkage import prior_shape, shrunk_ratio
from gateway.core.hotspots.statistic import expectation_llr
from gateway.core.hotspots.surge import negative_binomial_llr, surges


def _one(value: float) -> np.ndarray:
    return np.array([[[value]]])


def _score(observed: float, expected: float, rests: tuple[Rest, ...] = (), spread: float = 0.03) -> float:
    found = surges(Field(_one(observed), _one(expected), None, rests, np.ones(1), spread))
    return float(found.score[0])


def _days(*values: float) -> np.ndarray:
    """A zone of one area: the sums of today, of today and yesterday, and so on."""
    return np.cumsum(np.array(values))[None, None, :]


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
    found = surges(Field(observed, np.full((1, 2, 2), 1.0), None, (), np.ones(2), 0.03))
    assert (found.size[0], found.window[0], found.observed[0]) == (2, 2, 12)


def test_unlike_groups_are_shrunk_less() -> None:
    alike, unlike = np.full(50, 10.0), np.array([2.0, 30.0] * 25)
    mean = np.full(50, 10.0)
    assert prior_shape(alike, mean) > prior_shape(unlike, mean)
    assert 1 < shrunk_ratio(np.array([30.0]), np.array([10.0]), 5.0)[0] < 3
    assert shrunk_ratio(np.zeros(1), np.zeros(1), 5.0)[0] == 1


def test_a_day_on_which_the_unit_is_up_everywhere_explains_the_zone_that_is_busy_on_that_day() -> None:
    """The zone asks most on the day on which all areas show ten times as much as usual."""
    observed, expected = _days(24.0, 0.0), _days(2.0, 0.2)
    even, uneven = Rest(_days(55.0, 50.0), _days(5.0, 45.0)), Rest(_days(5.0, 100.0), _days(5.0, 45.0))
    common = np.ones(2)
    assert surges(Field(observed, expected, even, (), common, 0.03)).score[0] == 0
    assert surges(Field(observed, expected, uneven, (), common, 0.03)).score[0] > 10


def test_what_a_unit_shows_where_nothing_else_of_it_is_known_surprises_less() -> None:
    known, unknown = Rest(_days(50.0), _days(50.0)), Rest(_days(0.0), _days(0.01))
    scores = [surges(Field(_days(8.0), _days(1.0), rest, (), np.ones(1), 0.03)).score[0] for rest in (known, unknown)]
    assert scores[0] > scores[1] + 1 > 4


def test_a_unit_that_is_up_as_a_whole_has_no_surge_where_most_of_it_is() -> None:
    """Late activation of a batch: seven of eight early looks in a third of the market are no stolen labels."""
    rest = Rest(_days(1.0), _days(0.06))
    plain, conditional = (
        surges(Field(_days(7.0), _days(0.03), rest, (), np.ones(1), 0.03), conditional=conditional).score[0]
        for conditional in (False, True)
    )
    assert conditional < 7 < plain


def test_early_looks_in_one_place_alone_are_a_surge_though_the_rest_shows_none() -> None:
    field = Field(_days(9.0), _days(0.3), Rest(_days(0.0), _days(2.0)), (), np.ones(1), 0.03)
    assert surges(field, conditional=True).score[0] > 10


def test_areas_that_are_unlike_each_other_make_an_excess_less_surprising() -> None:
    one = _one(1.0)
    even = Unevenness(surprise=0 * one, squared=2_000 * one, total=200 * one, alone=one)
    uneven = Unevenness(surprise=1_000 * one, squared=2_000 * one, total=200 * one, alone=one)
    assert even.variance(0.03)[0, 0, 0] == pytest.approx(0.03)
    assert uneven.variance(0.03)[0, 0, 0] == pytest.approx(0.5, abs=0.05)
    assert replace(uneven, alone=0.1 * one).variance(0.03)[0, 0, 0] < uneven.variance(0.03)[0, 0, 0]


def test_few_cases_do_not_tell_how_unlike_areas_are() -> None:
    one = _one(1.0)
    few = Unevenness(surprise=0.5 * one, squared=0.5 * one, total=10 * one, alone=one)
    assert few.variance(0.03)[0, 0, 0] < 0.05
