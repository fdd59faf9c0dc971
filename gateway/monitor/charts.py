"""What the charts of the live pages show: measures by the names of `gateway.measures.sample`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.measures import Span


class Unit(StrEnum):
    """How a value is written."""

    PER_SECOND = "per_second"
    SECONDS = "seconds"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of measures that have one unit.  Its title is the text live.chart_<name>, a line's live.m_<measure>."""

    name: str
    unit: Unit
    measures: tuple[str, ...]

    def lines(self) -> list[tuple[str, str]]:
        """Each measure with the key of its text."""
        return [(measure, "live.m_" + measure.replace(".", "_")) for measure in self.measures]


TRAFFIC = Chart("traffic", Unit.PER_SECOND, ("mo", "mt", "segments"))
LATENCY = Chart("latency", Unit.SECONDS, ("latency.p50", "latency.p95", "latency.p99"))
WINDOW = Chart("window", Unit.COUNT, ("window_in_use", "window", "waiting"))
TROUBLE = Chart("trouble", Unit.PER_SECOND, ("throttles", "errors"))
OPEN = Chart("open", Unit.COUNT, ("open",))
OLDEST = Chart("oldest", Unit.SECONDS, ("oldest_seconds",))
BACKEND = Chart("backend", Unit.SECONDS, ("backend.p50", "backend.p95", "backend.p99"))
RECEIPTS = Chart(
    "receipts",
    Unit.PER_SECOND,
    ("receipt_states.delivered", "receipt_states.undeliverable", "receipt_states.expired", "receipt_states.rejected"),
)
CALLS = Chart("calls", Unit.COUNT, ("calls",))
CALL_ENDS = Chart("call_ends", Unit.PER_SECOND, ("calls_finished", "calls_hung_up", "calls_silent", "calls_timed_out"))

OF_GATEWAY = (TRAFFIC, LATENCY, OPEN, OLDEST, TROUBLE, BACKEND)
OF_CARRIER = (TRAFFIC, LATENCY, WINDOW, TROUBLE, RECEIPTS, OLDEST)
OF_LINK = (TRAFFIC, LATENCY, WINDOW, TROUBLE, OPEN, OLDEST)
OF_VOICE = (CALLS, CALL_ENDS)
ALL = tuple(dict.fromkeys((*OF_GATEWAY, *OF_CARRIER, *OF_LINK, *OF_VOICE)))


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
