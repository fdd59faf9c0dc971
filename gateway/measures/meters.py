"""What is counted of queries where they pass: about a microsecond each.  No I/O; time is an argument."""

from __future__ import annotations

from gateway.core.answer import Answer, Ending, Outcome
from gateway.core.ports import Refusal
from gateway.core.query import Channel, Query
from gateway.measures.distribution import Recorder
from gateway.measures.snapshot import QueryReading

_NO_VERDICT = "none"  # a message that is not judged: help, a report, a greeting


class _Meter:
    """The queries of one link, or of a channel that has none."""

    __slots__ = ("accepted", "endings", "latency", "open", "refusals", "resent", "verdicts")

    def __init__(self) -> None:
        self.accepted = 0
        self.resent = 0
        self.open: dict[int, float] = {}  # arrival by uid, oldest first
        self.latency = Recorder()
        self.refusals: dict[int, int] = {}
        self.verdicts: dict[str, int] = {}
        self.endings: dict[str, int] = {}


class Meters:
    """Counts since the process began, by channel, carrier and link: as many as are configured, and no more."""

    def __init__(self) -> None:
        self._meters: dict[tuple[str, str, str], _Meter] = {}

    def accepted(self, query: Query) -> None:
        """A query is durable."""
        meter = self._of(query)
        meter.accepted += 1
        meter.open[query.uid] = query.arrived_at

    def found_open(self, query: Query) -> None:
        """A query that an earlier process accepted and did not finish."""
        self._of(query).open[query.uid] = query.arrived_at

    def finished(self, query: Query, answer: Answer, outcome: Outcome) -> None:
        """A query is in the log.  From its arrival to the response to its reply it took what is recorded."""
        meter = self._of(query)
        meter.open.pop(query.uid, None)
        verdict, ending = answer.verdict or _NO_VERDICT, outcome.ending
        meter.verdicts[verdict] = meter.verdicts.get(verdict, 0) + 1
        meter.endings[ending] = meter.endings.get(ending, 0) + 1
        if ending is Ending.SENT:
            meter.latency.record(outcome.at - query.arrived_at)
        if outcome.resent:
            meter.resent += 1

    def refused(self, refusal: Refusal) -> None:
        """The SMSC was told that a message is not taken; nothing is counted where it was told nothing."""
        if refusal.command_status:
            meter = self._at((Channel.SMS, refusal.carrier, refusal.link))
            meter.refusals[refusal.command_status] = meter.refusals.get(refusal.command_status, 0) + 1

    def readings(self, now: float) -> tuple[QueryReading, ...]:
        """Every meter at `now` (Unix time, seconds)."""
        return tuple(_reading(key, meter, now) for key, meter in sorted(self._meters.items()))

    def _of(self, query: Query) -> _Meter:
        route = query.route
        return self._at((query.channel, route.carrier, route.link) if route else (query.channel, "", ""))

    def _at(self, key: tuple[str, str, str]) -> _Meter:
        meter = self._meters.get(key)
        if meter is None:
            meter = self._meters[key] = _Meter()
        return meter


def _reading(key: tuple[str, str, str], meter: _Meter, now: float) -> QueryReading:
    channel, carrier, link = key
    oldest_at = next(iter(meter.open.values()), now)
    return QueryReading(
        channel=str(channel),
        carrier=carrier,
        link=link,
        accepted=meter.accepted,
        resent=meter.resent,
        open=len(meter.open),
        oldest_seconds=max(0.0, now - oldest_at),
        latency=meter.latency.distribution,
        verdicts=tuple(sorted((str(verdict), count) for verdict, count in meter.verdicts.items())),
        refusals=tuple(sorted(meter.refusals.items())),
        endings=tuple(sorted((str(ending), count) for ending, count in meter.endings.items())),
    )
