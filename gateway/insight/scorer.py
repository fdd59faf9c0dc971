"""How good alerts are: precision, recall, false alarms a month, and days to detection, against the truth."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.insight.alerts import Alert
from gateway.insight.generator.made_log import START_AT, MadeLog

_DAY_SECONDS = 86_400.0
_AFTER_DAYS = 14.0
_DAYS_PER_MONTH = 30.44


@dataclass(frozen=True, slots=True)
class Truth:
    """An incident in the words of an alert; no regions: everywhere; no product: several.  Times: seconds since 1970."""

    regions: frozenset[str]
    product: str
    start_at: float
    end_at: float
    code: str
    manner: str


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over one or more logs; `delays_days` of the incidents found."""

    incidents: int
    found: int
    alerts: int
    false: int
    days: float
    delays_days: tuple[float, ...]
    missed: tuple[Truth, ...] = ()
    wrong: tuple[Alert, ...] = ()

    @property
    def recall(self) -> float:
        """The part of the incidents that was found (1 when there was none)."""
        return self.found / self.incidents if self.incidents else 1.0

    @property
    def precision(self) -> float:
        """The part of the alerts that was right (1 when there was none)."""
        return 1 - self.false / self.alerts if self.alerts else 1.0

    @property
    def false_per_month(self) -> float:
        """False alarms in an average month."""
        return self.false / max(self.days, 1.0) * _DAYS_PER_MONTH

    @property
    def median_delay_days(self) -> float:
        """From an incident's first query to its alert."""
        return statistics.median(self.delays_days) if self.delays_days else float("nan")


def truths(log: MadeLog) -> tuple[Truth, ...]:
    """What really happened in a made-up log."""
    names = [region.name for region in log.geography.regions]
    return tuple(
        Truth(
            frozenset(names[area] for area in one.areas),
            log.geography.products[one.product].name if one.product >= 0 else "",
            START_AT + one.start_day * _DAY_SECONDS,
            START_AT + one.end_day * _DAY_SECONDS,
            one.code,
            one.manner,
        )
        for one in log.truth
    )


def explains(truth: Truth, alert: Alert) -> bool:
    """Is the alert about this incident: its code, or its product and one of its areas, while it went on?"""
    if not truth.start_at <= alert.raised_at <= truth.end_at + _AFTER_DAYS * _DAY_SECONDS:
        return False
    if alert.code or truth.code:
        return alert.code == truth.code
    if alert.products and truth.product and truth.product not in alert.products:
        return False
    return not alert.regions or not truth.regions.isdisjoint(alert.regions)


def score(alerts: Iterable[Alert], known: tuple[Truth, ...], days: float) -> Score:
    """Judges alerts: right are those that some incident explains; an incident's delay is that of its first alert."""
    told = list(alerts)
    first: dict[int, float] = {}
    wrong = []
    for alert in told:
        matches = [number for number, truth in enumerate(known) if explains(truth, alert)]
        if not matches:
            wrong.append(alert)
        for number in matches:
            delay = (alert.raised_at - known[number].start_at) / _DAY_SECONDS
            first[number] = min(first.get(number, delay), delay)
    missed = tuple(truth for number, truth in enumerate(known) if number not in first)
    return Score(len(known), len(first), len(told), len(wrong), days, tuple(first.values()), missed, tuple(wrong))


def together(scores: Iterable[Score]) -> Score:
    """The scores of several logs as one."""
    every = list(scores)
    return Score(
        sum(one.incidents for one in every),
        sum(one.found for one in every),
        sum(one.alerts for one in every),
        sum(one.false for one in every),
        sum(one.days for one in every),
        tuple(delay for one in every for delay in one.delays_days),
        tuple(truth for one in every for truth in one.missed),
        tuple(alert for one in every for alert in one.wrong),
    )
