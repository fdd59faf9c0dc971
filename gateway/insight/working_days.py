"""Deadlines in working days, which the State Council's yearly notice moves (调休).  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_CHINA = timedelta(hours=8)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Monday to Friday, without `holidays`, with `workdays` (weekends that are worked)."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Is it a working day in China?"""
        return day in self.workdays or (day.weekday() < _SATURDAY and day not in self.holidays)

    def deadline(self, at: float, days: int) -> float:
        """The end of the `days`th working day after the day of `at` (Unix time, seconds) in China."""
        day = (datetime.fromtimestamp(at, UTC) + _CHINA).date()
        while days > 0:
            day += timedelta(days=1)
            days -= self.is_working(day)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) - _CHINA
        return midnight.timestamp()


@dataclass(frozen=True, slots=True)
class ComplaintSettings:
    """[insight.complaints] of gateway.toml.

    The defaults are those of the Interim Measures for Handling Complaints and Reports in Market Regulation (SAMR
    order 20 of 2019): complaints, Articles 14 and 21; reports, Article 31.
    """

    accept_days: int = 7
    """Working days within which a complaint (投诉) is accepted or refused."""
    settle_days: int = 45
    """Working days within which an accepted complaint is settled."""
    verify_days: int = 15
    """Working days within which a report (举报) is verified."""
    holidays: tuple[str, ...] = ()
    """Days off from Monday to Friday, as 2026-10-01."""
    workdays: tuple[str, ...] = ()
    """Weekends that are worked, as 2026-10-10."""

    def __post_init__(self) -> None:
        if min(self.accept_days, self.settle_days, self.verify_days) < 1:
            raise ValueError("accept_days, settle_days and verify_days must be at least 1")
        self.calendar()  # raises ValueError, saying so, for what is no day

    def calendar(self) -> Calendar:
        """The days as a calendar."""
        off, on = ({date.fromisoformat(day) for day in days} for days in (self.holidays, self.workdays))
        return Calendar(frozenset(off), frozenset(on))
