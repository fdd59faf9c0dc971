"""How many false alarms we allow: recurrence intervals, as numbers and in words.  Pure."""

from __future__ import annotations

_DAYS_PER_MONTH, _DAYS_PER_YEAR = 30.44, 365.25


def recurrence_days(p: float, looks_per_day: float) -> float:
    """Days between two results this extreme, were nothing wrong, with `looks_per_day` tests like this one in all.

    Kleinman, Lazarus and Platt (2004): one over p times the number of tests, here over the whole system.
    """
    return float("inf") if p <= 0 else 1.0 / (p * looks_per_day)


def in_words(days: float) -> str:
    """A recurrence interval for a reader: '12 days', '5 months', '3 years', 'more than 1,000 years'."""
    years = days / _DAYS_PER_YEAR
    if years > 1000:
        return "more than 1,000 years"
    if years >= 2:
        return f"{years:,.0f} years"
    if days >= 2 * _DAYS_PER_MONTH:
        return f"{days / _DAYS_PER_MONTH:.0f} months"
    return f"{days:.0f} days" if days >= 1.5 else "1 day"
