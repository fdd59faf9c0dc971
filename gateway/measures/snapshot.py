"""Everything that can be seen of a running gateway, at one instant.  Values; pure.

Counts are since the process began: what became of them in a second is `sampling`'s to tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.measures.distribution import NOTHING, Distribution
from smpp.link_status import LinkState, LinkStatus
from smpp.status import CommandStatus

OTHER = "other"
_KNOWN_STATUSES = {int(status): status.name for status in CommandStatus}


@dataclass(frozen=True, slots=True)
class QueryReading:
    """The queries that came by one link, or by a channel without links (carrier and link are then "").

    `open` are accepted and not finished, the oldest of them since `oldest_seconds`; `resent` replies were sent again
    in doubt; `latency` runs from deliver_sm to the submit_sm_resp of the last segment.  `verdicts` (of the whole
    message; "none" where nothing is judged) and `endings` are (name, count) pairs, `refusals` those of deliver_sm by
    the command_status that we answered.
    """

    channel: str
    carrier: str = ""
    link: str = ""
    accepted: int = 0
    resent: int = 0
    open: int = 0
    oldest_seconds: float = 0.0
    latency: Distribution = NOTHING
    verdicts: tuple[tuple[str, int], ...] = ()
    endings: tuple[tuple[str, int], ...] = ()
    refusals: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class LinkReading:
    """One link: what smpp tells of it, and the queries that came by it."""

    status: LinkStatus
    queries: QueryReading

    @property
    def bound(self) -> bool:
        """Whether it works, in both directions if it is a pair."""
        return self.status.state is LinkState.BOUND

    @property
    def errors(self) -> tuple[tuple[str, int], ...]:
        """Refusals of submit_sm by the name of their command_status; vendors' own are OTHER, all together."""
        return _by_name(self.status.errors)

    @property
    def mo_refusals(self) -> tuple[tuple[str, int], ...]:
        """Our refusals of deliver_sm, in the same way."""
        return _by_name(self.queries.refusals)


def _by_name(by_status: tuple[tuple[int, int], ...]) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for command_status, count in by_status:
        name = _KNOWN_STATUSES.get(command_status, OTHER)
        counts[name] = counts.get(name, 0) + count
    return tuple(sorted(counts.items()))


@dataclass(frozen=True, slots=True)
class ReceiptReading:
    """How many receipts of a carrier told a state (SMPP 3.4, 5.2.28, in lower case)."""

    carrier: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class BackendReading:
    """The verification backend: `available` is false while the circuit breaker is open."""

    available: bool = True
    requests: int = 0
    failures: int = 0
    codes: int = 0
    latency: Distribution = NOTHING


@dataclass(frozen=True, slots=True)
class RedisReading:
    """Redis: whether it answered when last asked, and how often it was lost."""

    available: bool
    losses: int


@dataclass(frozen=True, slots=True)
class JournalReading:
    """The journal: `open` queries, the oldest since `oldest_seconds`; the file with its log in octets; `refusals` are
    changes that could not be committed, and `failing` tells whether the last one was among them."""

    open: int = 0
    oldest_seconds: float = 0.0
    octets: int = 0
    refusals: int = 0
    failing: bool = False


@dataclass(frozen=True, slots=True)
class VoiceReading:
    """The hotline: calls in progress, and counts of calls by how they ended.

    `silent` never keyed a code; `timed_out` ended because Asterisk did not speak in time; `refused` heard "busy".
    """

    calls: int = 0
    calls_limit: int = 0
    begun_last_minute: int = 0
    begun: int = 0
    finished: int = 0
    hung_up: int = 0
    silent: int = 0
    drained: int = 0
    failed: int = 0
    timed_out: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class TrunkReading:
    """A trunk as Asterisk knows it: `state` in Asterisk's words, and the channels over it."""

    name: str
    state: str
    channels: int

    @property
    def works(self) -> bool:
        """Whether calls can go over it."""
        return self.state.lower() not in ("unavailable", "invalid", "unknown")


@dataclass(frozen=True, slots=True)
class AsteriskReading:
    """What Asterisk said last; `fault` says why nothing is known ("" if it is)."""

    connected: bool = False
    version: str = ""
    calls: int = 0
    channels: int = 0
    trunks: tuple[TrunkReading, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class IntakeReading:
    """Messages of the SMS channel: made queries, delivered again, refused (no room, or no journal), not replied to."""

    accepted: int = 0
    redelivered: int = 0
    refused: int = 0
    withheld: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The gateway at `at` (Unix time) and `steady_at` (a clock that only goes forward), both seconds.

    `queries` has an entry for each link (the one in `links`) and for each channel without; `series_fault` tells why
    the series are not kept ("" if they are); `redis`, `voice` and `asterisk` are None where they are not configured.
    """

    at: float
    steady_at: float
    started_at: float
    links: tuple[LinkReading, ...] = ()
    queries: tuple[QueryReading, ...] = ()
    receipts: tuple[ReceiptReading, ...] = ()
    intake: IntakeReading = IntakeReading()
    backend: BackendReading = BackendReading()
    journal: JournalReading = JournalReading()
    redis: RedisReading | None = None
    voice: VoiceReading | None = None
    asterisk: AsteriskReading | None = None
    series_fault: str = ""
    watchers: int = 0

    @property
    def carriers(self) -> tuple[str, ...]:
        """The carriers that have links, by name."""
        return tuple(sorted({link.status.account for link in self.links}))

    def links_of(self, carrier: str) -> tuple[LinkReading, ...]:
        """That carrier's links."""
        return tuple(link for link in self.links if link.status.account == carrier)
