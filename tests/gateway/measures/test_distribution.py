"""Quantiles to 5 %, whatever was recorded, merged or cut."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.measures.distribution import BOUNDS, NOTHING, Distribution, Recorder
from tests.gateway.measures.readings import recorded

_seconds = st.floats(0.0, 200_000.0)
_lists = st.lists(_seconds, max_size=40)


def test_bounds_rise_and_no_bucket_is_wider_than_5_percent() -> None:
    assert all(low < high <= low * 1.0500001 for low, high in pairwise(BOUNDS))


@given(st.lists(_seconds, min_size=1, max_size=60), st.sampled_from([0.01, 0.5, 0.95, 0.99, 1.0]))
def test_a_quantile_is_within_5_percent_of_the_value_at_its_rank(values: list[float], share: float) -> None:
    exact = sorted(values)[max(1, ceil(share * len(values) - 1e-9)) - 1]
    found = recorded(*values).quantile(share)
    assert found is not None
    assert found <= max(values)
    if BOUNDS[0] < exact <= BOUNDS[-1]:
        assert exact * 0.95 <= found <= exact * 1.05


def test_nothing_has_no_quantile() -> None:
    assert NOTHING.quantile(0.5) is None
    assert NOTHING.total == 0


@given(_lists, _lists)
def test_two_distributions_together_are_the_distribution_of_all_values(one: list[float], other: list[float]) -> None:
    both = recorded(*one).plus(recorded(*other))
    assert both.counts == recorded(*one, *other).counts
    assert both.sum_seconds == pytest.approx(sum(one) + sum(other))
    assert both.max_seconds == max([*one, *other], default=0.0)
    assert Distribution.together([recorded(*one), recorded(*other)]) == both


@given(_lists, _lists)
def test_what_came_since_an_earlier_state_is_what_was_recorded_since(first: list[float], then: list[float]) -> None:
    recorder = Recorder()
    for each in first:
        recorder.record(each)
    before = recorder.distribution
    for each in then:
        recorder.record(each)
    since = recorder.distribution.since(before)
    assert since.counts == recorded(*then).counts
    longest = max(then, default=0.0)
    assert longest <= since.max_seconds <= max(longest * 1.05, BOUNDS[0]) or longest > BOUNDS[-1]


def test_a_recorder_that_began_anew_has_everything_since_an_unrelated_state() -> None:
    anew = recorded(0.1, 0.2)
    assert anew.since(recorded(0.1, 0.1, 0.1)) == anew
    assert anew.since(recorded(7.0)) == anew


def test_the_count_up_to_a_bound_includes_it() -> None:
    found = recorded(0.005, 0.0051, 1.0, inf)
    assert [found.at_most(bound) for bound in (0.0025, 0.005, 1.0, 1e5)] == [0, 1, 3, 3]
    assert found.total == 4


def test_a_negative_time_counts_as_none_at_all() -> None:
    assert recorded(-3600.0) == recorded(0.0)
