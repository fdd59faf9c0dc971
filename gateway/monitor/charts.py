"""What the charts of the live pages show: measures by the names of `gateway.measures.sample`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.measures import Span
from gateway.measures.snapshot import LinkReading


class Unit(StrEnum):
    """How a value is written."""

    PER_SECOND = "per_second"
    PER_MINUTE = "per_minute"  # of a measure per second
    SECONDS = "seconds"
    COUNT = "count"


MOST_LINES = 4
"""A chart has no more: lines differ by dash, and of dashes there are four."""


@dataclass(frozen=True, slots=True)
class Line:
    """A measure, and the key of its text or, where the specification names it, its name."""

    measure: str
    text: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of measures that have one unit.  Its title is the text live.chart_<name>, a line's live.m_<measure>.

    The measures of `named` are called as what follows their dot.
    """

    name: str
    unit: Unit
    measures: tuple[str, ...]
    named: bool = False

    def lines(self) -> list[Line]:
        """In their order."""
        if self.named:
            return [Line(measure, name=measure.partition(".")[2]) for measure in self.measures]
        return [Line(measure, "live.m_" + measure.replace(".", "_")) for measure in self.measures]


TRAFFIC = Chart("traffic", Unit.PER_SECOND, ("mo", "mt", "segments"))
LATENCY = Chart("latency", Unit.SECONDS, ("latency.p50", "latency.p95", "latency.p99"))
WINDOW = Chart("window", Unit.COUNT, ("window_in_use", "window", "waiting"))
TROUBLE = Chart("trouble", Unit.PER_SECOND, ("throttles", "errors", "mo_refused"))
OPEN = Chart("open", Unit.COUNT, ("open",))
OLDEST = Chart("oldest", Unit.SECONDS, ("oldest_seconds",))
BACKEND = Chart("backend", Unit.SECONDS, ("backend.p50", "backend.p95", "backend.p99"))
RECEIPTS = Chart(
    "receipts",
    Unit.PER_SECOND,
    ("receipt_states.delivered", "receipt_states.undeliverable", "receipt_states.expired", "receipt_states.rejected"),
)
CALLS = Chart("calls", Unit.COUNT, ("calls",))
CALL_RATE = Chart("call_rate", Unit.PER_MINUTE, ("calls_begun",))
CALL_ENDS = Chart("call_ends", Unit.PER_MINUTE, ("calls_finished", "calls_hung_up", "calls_silent", "calls_timed_out"))

OF_GATEWAY = (TRAFFIC, LATENCY, OPEN, OLDEST, TROUBLE, BACKEND)
OF_CARRIER = (TRAFFIC, LATENCY, WINDOW, TROUBLE, RECEIPTS, OLDEST)
OF_LINK = (TRAFFIC, LATENCY, WINDOW, TROUBLE, OPEN, OLDEST)
OF_VOICE = (CALLS, CALL_RATE, CALL_ENDS)
ALL = tuple(dict.fromkeys((*OF_GATEWAY, *OF_CARRIER, *OF_LINK, *OF_VOICE)))


def with_refusals(charts: tuple[Chart, ...], links: Iterable[LinkReading]) -> tuple[Chart, ...]:
    """And one of submit_sm refused by command_status: those that occurred most since the start, if any did."""
    counts: Counter[str] = Counter()
    for link in links:
        counts.update(dict(link.errors))
    if not counts:
        return charts
    measures = tuple(f"errors.{name}" for name, _ in counts.most_common(MOST_LINES))
    return (*charts, Chart("refusals", Unit.PER_SECOND, measures, named=True))


@dataclass(frozen=True, slots=True)
class Period:
    """What a reader chooses: the last `seconds` of a span.  Its text is live.period_<name>."""

    name: str
    span: Span
    seconds: int


PERIODS = (
    Period("minutes", Span.HOUR, 300),
    *(Period(span.name.lower(), span, span.seconds) for span in Span),
)
