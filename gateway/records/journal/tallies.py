"""What a batch of finished queries adds to the roll-ups: counted here once per batch, written once per key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from gateway.core.answer import Answer, Outcome
from gateway.core.query import Query
from gateway.records.journal.intake import Step
from gateway.records.journal.rows import Row
from gateway.records.schema import china_day

K = TypeVar("K")


class Tally:
    """Counts of one batch.  They reach the database in the commit of the queries that they count."""

    def __init__(self) -> None:
        self._rollups: dict[tuple[int, str, str, str, str, str], list[int]] = {}
        self._link_days: dict[tuple[int, int, str, str, str, int], list[int]] = {}

    def add(self, query: Query, answer: Answer, outcome: Outcome) -> None:
        """Count one query that ends in this batch."""
        route = query.route
        carrier = "" if route is None else route.carrier
        hour, area, channel = int(query.arrived_at // 3600), query.place.area, query.channel.value
        verdict = "" if answer.verdict is None else answer.verdict.value
        findings = answer.findings
        _add(
            self._rollups, (hour, area, findings[0].resource_code if findings else "", verdict, channel, carrier), 1, 0
        )
        for finding in findings:
            _add(self._rollups, (hour, area, finding.resource_code, finding.verdict.value, channel, carrier), 0, 1)
        if route is not None:
            day = china_day(outcome.at)
            _add(self._link_days, (china_day(query.arrived_at), day, carrier, route.link, "mo", 0), 1, 1)
            measure = f"mt_{outcome.ending.value}"
            replied = (day, day, carrier, outcome.link, measure, outcome.command_status)
            _add(self._link_days, replied, 1, outcome.segments)
            if outcome.resent:
                _add(self._link_days, (day, day, carrier, outcome.link, "mt_resent", 0), 1, outcome.segments)

    def rows(self) -> Iterator[Row]:
        """The intake's rows: what to add under each key."""
        for key, counts in self._rollups.items():
            yield (Step.ROLLUP, 0, *key, *counts)
        for link_day, counts in self._link_days.items():
            yield (Step.LINK_DAY, 0, *link_day, *counts)


def _add(tally: dict[K, list[int]], key: K, first: int, second: int) -> None:
    counts = tally.get(key)
    if counts is None:
        tally[key] = [first, second]
    else:
        counts[0] += first
        counts[1] += second
