"""Days and months in China, as they are written."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from gateway.records.reconciliation.accounts import day_of


@dataclass(frozen=True, slots=True)
class Span:
    """Some days, from the first to the last, both since 1970-01-01."""

    first_day: int
    last_day: int


def day_called(text: str) -> int:
    """The day that is written as 2026-05-01.  Raises ValueError."""
    try:
        return day_of(date.fromisoformat(text))
    except ValueError:
        raise ValueError(f"{text!r} is no day: write 2026-05-01") from None


def span_called(text: str) -> Span:
    """The day that is written as 2026-05-01, or the month that is written as 2026-05.  Raises ValueError."""
    if len(text) > 7:
        day = day_called(text)
        return Span(day, day)
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise ValueError(f"{text!r} is no month: write 2026-05") from None
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return Span(day_of(first), day_of(last))
