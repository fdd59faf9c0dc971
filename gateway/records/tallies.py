"""What a batch of finished queries adds to the roll-ups: counted here once per batch, written once per key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gateway.core.answer import Answer, Outcome
from gateway.core.query import Query
from gateway.records.intake import Step
from gateway.records.rows import Row
from gateway.records.schema import china_day


class Tally:
    """Counts of one batch.  They reach the database in the commit of the queries that they count."""

    def __init__(self) -> None:
        self._queries: Counter[tuple[object, ...]] = Counter()
        self._lookups: Counter[tuple[object, ...]] = Counter()
        self._messages: Counter[tuple[object, ...]] = Counter()
        self._pdus: Counter[tuple[object, ...]] = Counter()

    def add(self, query: Query, answer: Answer, outcome: Outcome) -> None:
        """Count one query that ends in this batch."""
        route = query.route
        carrier = "" if route is None else route.carrier
        hour, area, channel = int(query.arrived_at // 3600), query.place.area, query.channel
        findings = answer.findings
        for finding in findings:
            self._lookups[hour, area, finding.resource_code, finding.verdict, channel, carrier] += 1
        resource_code = findings[0].resource_code if findings else ""
        self._queries[hour, area, resource_code, answer.verdict or "", channel, carrier] += 1
        if route is not None:
            received = (china_day(query.arrived_at), carrier, route.link, "mo", 0)
            replied = (china_day(outcome.at), carrier, outcome.link, f"mt_{outcome.ending}", outcome.command_status)
            for key, pdus in ((received, 1), (replied, outcome.segments)):
                self._messages[key] += 1
                self._pdus[key] += pdus

    def rows(self) -> Iterator[Row]:
        """The intake's rows: what to add under each key."""
        for key in self._queries.keys() | self._lookups.keys():
            yield (Step.ROLLUP, 0, *key, self._queries[key], self._lookups[key])
        for key, messages in self._messages.items():
            yield (Step.LINK_DAY, 0, *key, messages, self._pdus[key])
