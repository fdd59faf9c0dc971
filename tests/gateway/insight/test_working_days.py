"""Deadlines in working days."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.insight.working_days import Calendar, ComplaintSettings
from tests.gateway.insight.findings import NOON

CALENDAR = ComplaintSettings(holidays=("2025-06-19",), workdays=("2025-06-21",)).calendar()


def day_of(at: float) -> str:
    return datetime.fromtimestamp(at + 8 * 3600 - 1, UTC).strftime("%m-%d")


@pytest.mark.parametrize(("days", "deadline"), [(1, "06-20"), (2, "06-21"), (3, "06-23"), (7, "06-27")])
def test_holidays_do_not_count_and_worked_weekends_do(days: int, deadline: str) -> None:
    assert day_of(CALENDAR.deadline(NOON, days)) == deadline


def test_a_deadline_is_the_end_of_its_day_in_china() -> None:
    assert CALENDAR.deadline(NOON, 1) == datetime(2025, 6, 20, 16, tzinfo=UTC).timestamp()


def test_an_evening_in_china_is_the_day_before_in_greenwich() -> None:
    late = datetime(2025, 6, 18, 17, tzinfo=UTC).timestamp()  # 01:00 on the 19th
    assert day_of(Calendar().deadline(late, 1)) == "06-20"


@given(st.integers(1, 60), st.floats(0, 1e9))
def test_more_days_are_later(days: int, after: float) -> None:
    assert NOON + after < Calendar().deadline(NOON + after, days) < Calendar().deadline(NOON + after, days + 1)


def test_what_is_no_day_is_refused() -> None:
    with pytest.raises(ValueError, match="Invalid isoformat"):
        ComplaintSettings(holidays=("soon",))
    with pytest.raises(ValueError, match="at least 1"):
        ComplaintSettings(accept_days=0)
