"""Quiet hours, around midnight too."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recalls.quiet_hours import QuietHours

MIDNIGHT = 1_795_363_200.0 + 3 * 86_400 - 8 * 3600  # in China
MIDNIGHT -= (MIDNIGHT + 8 * 3600) % 86_400
NIGHT = QuietHours.between("21:00", "08:00")
HOUR = 3600.0


@pytest.mark.parametrize(
    ("hour", "rest", "free"),
    [
        (20.0, 0.0, 1.0),
        (20.999, 0.0, 0.001),
        (21.0, 11.0, 0.0),
        (23.999, 8.001, 0.0),
        (0.0, 8.0, 0.0),
        (7.5, 0.5, 0.0),
        (8.0, 0.0, 13.0),
        (12.0, 0.0, 9.0),
    ],
)
def test_from_nine_in_the_evening_until_eight_it_is_quiet(hour: float, rest: float, free: float) -> None:
    at = MIDNIGHT + hour * HOUR
    assert NIGHT.rest_seconds(at) == pytest.approx(rest * HOUR)
    assert NIGHT.free_seconds(at) == pytest.approx(free * HOUR)


def test_hours_within_one_day_are_quiet_too() -> None:
    noon = QuietHours.between("12:00", "14:30")
    assert noon.rest_seconds(MIDNIGHT + 13 * HOUR) == pytest.approx(1.5 * HOUR)
    assert noon.free_seconds(MIDNIGHT + 15 * HOUR) == pytest.approx(21 * HOUR)
    assert noon.rest_seconds(MIDNIGHT) == 0


@given(st.floats(0, 4e9))
def test_the_same_time_twice_is_never_quiet(at: float) -> None:
    never = QuietHours.between("21:00", "21:00")
    assert never.rest_seconds(at) == 0
    assert never.free_seconds(at) == math.inf


@given(st.integers(0, 86_340), st.integers(0, 86_340), st.integers(0, 2_000_000_000))
def test_it_is_either_quiet_or_free_and_both_end(begins: int, ends: int, at: int) -> None:
    hours = QuietHours(begins, ends)
    rest, free = hours.rest_seconds(at), hours.free_seconds(at)
    assert (rest == 0) != (free == 0)
    if rest:
        assert hours.rest_seconds(at + rest) == 0
    elif begins != ends:
        assert hours.rest_seconds(at + free) > 0


@pytest.mark.parametrize("time", ["24:00", "8:00", "21.00", "21:60", "", "２１:00"])
def test_what_is_no_time_of_the_day_is_refused(time: str) -> None:
    with pytest.raises(ValueError, match="no time of the day"):
        QuietHours.between(time, "08:00")
