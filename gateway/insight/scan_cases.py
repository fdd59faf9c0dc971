"""The scan's alerts into the case book, with the looks behind them; and what comes after, as long as a case is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from gateway.core.looks import Look
from gateway.core.uid import arrival_bound
from gateway.insight.alerts import Alert
from gateway.insight.case_evidence import looks_of, search_of
from gateway.insight.case_intake import CaseIntake
from gateway.insight.logged_looks import LoggedLooks
from gateway.insight.signals import Signal, of_alert

LOG = "hotspots"  # the mark's name
_SLACK_SECONDS = 1.0  # rather twice, which changes nothing, than not at all


class ScanCases:
    """Takes alerts and the uid of the last look-up behind them; `clock` is Unix time in seconds.

    What was raised before the mark was taken when it was new, and is not taken again: a watch that learns anew, under
    other settings, tells nothing of the past.  Raises StateUnavailable; then nothing of it is taken.
    """

    def __init__(self, intake: CaseIntake, looks: LoggedLooks, clock: Callable[[], float]) -> None:
        self._intake, self._looks, self._clock = intake, looks, clock

    def __call__(self, alerts: Sequence[Alert], uid: int) -> None:
        mark = self._intake.mark(LOG)
        new = [self._signal(alert) for alert in alerts if arrival_bound(alert.raised_at + _SLACK_SECONDS) > mark]
        more = self._more(mark, uid)
        self._intake.take(new, (), self._clock(), LOG, max(mark, uid), further=more)

    def _signal(self, alert: Alert) -> Signal:
        signal = of_alert(alert)
        search = search_of(signal.detector, signal.product, signal.areas, signal.code, signal.reason_en)
        return replace(signal, evidence=self._looks.behind(search, alert.start_at, alert.raised_at))

    def _more(self, mark: int, uid: int) -> dict[int, tuple[Look, ...]]:
        """What came after the mark, by the number of its case."""
        wanted = self._intake.followed() if uid > mark > 0 else {}
        if not wanted:
            return {}
        found = list(self._looks.suspicious(mark + 1, uid + 1))
        return {number: looks for number, search in wanted.items() if (looks := looks_of(search, found))}
