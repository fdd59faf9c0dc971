"""A snapshot as Prometheus reads it: metrics in base units, labelled by what is configured and nothing else.

Labels are carrier, link, channel, verdict, state, trunk and command_status; never a number, a code or a product: their
values are bounded by the configuration and by enumerations.  Names: https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.measures.distribution import Distribution
from gateway.measures.snapshot import LinkReading, QueryReading, Snapshot
from smpp.link_status import LinkState

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)
"""Upper bounds in seconds, all of them among distribution.BOUNDS."""

_LINK = ("carrier", "link")
_Values = Iterable[tuple[tuple[str, ...], float]]


def exposition(snapshot: Snapshot, accept: str = "") -> tuple[bytes, str]:
    """The text of /metrics and its content type: OpenMetrics or the older text, as the Accept header asks for."""
    encode, content_type = choose_encoder(accept)
    registry = CollectorRegistry()
    registry.register(SnapshotCollector(snapshot))
    ProcessCollector(registry=registry)
    return encode(registry), content_type


@dataclass(frozen=True, slots=True)
class SnapshotCollector(Collector):
    """All metrics of the gateway, of one instant."""

    snapshot: Snapshot

    def collect(self) -> Iterator[Metric]:
        """As prometheus_client calls it."""
        snapshot = self.snapshot
        yield _gauge("zhenma_start_time_seconds", "When the gateway began (Unix time).", [((), snapshot.started_at)])
        yield from _links(snapshot.links)
        yield from _queries(snapshot.queries)
        yield from _channel(snapshot)
        yield from _neighbours(snapshot)
        yield from _own(snapshot)
        yield from _voice(snapshot)
        yield from _asterisk(snapshot)


def _links(links: tuple[LinkReading, ...]) -> Iterator[Metric]:
    def each(name: str) -> _Values:
        return [((link.status.account, link.status.name), getattr(link.status, name)) for link in links]

    def gauge(name: str, text: str, field: str) -> Metric:
        return _gauge(f"zhenma_link_{name}", text, each(field), _LINK)

    def counter(name: str, text: str, field: str) -> Metric:
        return _counter(f"zhenma_link_{name}", text, each(field), _LINK)

    bound = [((link.status.account, link.status.name), float(link.bound)) for link in links]
    yield _gauge("zhenma_link_bound", "1 while the link is bound, a pair in both directions.", bound, _LINK)
    states = [
        ((link.status.account, link.status.name, state.name.lower()), float(link.status.state is state))
        for link in links
        for state in LinkState
    ]
    yield _gauge("zhenma_link_state", "1 for the state that the link is in.", states, (*_LINK, "state"))
    yield gauge("state_age_seconds", "How long the link has been in its state.", "in_state_seconds")
    yield gauge("window_segments", "submit_sm that may be outstanding.", "window")
    yield gauge("window_in_use_segments", "Segments under way or reserved.", "window_in_use")
    yield gauge("outstanding_segments", "submit_sm sent and not answered.", "outstanding")
    yield gauge("waiting_messages", "Replies that wait for room on the link.", "waiting")
    yield gauge("unanswered_messages", "deliver_sm that have no response yet.", "unanswered")
    yield gauge(
        "unanswered_age_seconds", "Age of the oldest deliver_sm without a response.", "oldest_unanswered_seconds"
    )
    yield gauge("throttled_seconds", "What is left of a pause for throttling.", "paused_seconds")
    yield counter("mo_messages", "deliver_sm and data_sm from people.", "messages")
    yield counter("receipts", "Delivery receipts.", "receipts")
    yield counter("mt_messages", "Replies of which every segment was accepted.", "sent")
    yield counter("mt_segments", "submit_sm sent.", "segments")
    yield counter("throttles", "submit_sm refused for throttling.", "throttles")
    yield counter("in_doubt_segments", "submit_sm whose response was lost or overdue.", "in_doubt")
    yield counter("sessions", "Times that a session was bound.", "sessions")
    errors = [
        ((link.status.account, link.status.name, status), count) for link in links for status, count in link.errors
    ]
    yield _counter("zhenma_link_errors", "submit_sm refused.", errors, (*_LINK, "command_status"))
    refusals = [
        ((link.status.account, link.status.name, status), count) for link in links for status, count in link.mo_refusals
    ]
    yield _counter("zhenma_link_mo_refused", "deliver_sm refused by us.", refusals, (*_LINK, "command_status"))


def _queries(queries: tuple[QueryReading, ...]) -> Iterator[Metric]:
    labels = ("channel", *_LINK)

    def of(reading: QueryReading) -> tuple[str, str, str]:
        return reading.channel, reading.carrier, reading.link

    yield _counter("zhenma_queries_accepted", "Queries made durable.", [(of(q), q.accepted) for q in queries], labels)
    verdicts = [((*of(q), verdict), count) for q in queries for verdict, count in q.verdicts]
    yield _counter("zhenma_queries", "Queries finished, by verdict.", verdicts, (*labels, "verdict"))
    endings = [((*of(q), ending), count) for q in queries for ending, count in q.endings]
    yield _counter("zhenma_replies", "Replies, by how they ended.", endings, (*labels, "state"))
    resent = [(of(q), q.resent) for q in queries]
    yield _counter("zhenma_replies_resent", "Replies sent again because SMPP left them in doubt.", resent, labels)
    yield _gauge(
        "zhenma_open_queries", "Queries accepted and not finished.", [(of(q), q.open) for q in queries], labels
    )
    oldest = [(of(q), q.oldest_seconds) for q in queries]
    yield _gauge("zhenma_open_query_age_seconds", "Age of the oldest query that is not finished.", oldest, labels)
    latencies = [(of(q), q.latency) for q in queries if q.channel == "sms"]
    yield _histogram("zhenma_reply_latency_seconds", "From deliver_sm to submit_sm_resp.", latencies, labels)


def _channel(snapshot: Snapshot) -> Iterator[Metric]:
    intake = snapshot.intake
    yield _counter(
        "zhenma_sms_redelivered", "Messages delivered again, not answered again.", [((), intake.redelivered)]
    )
    yield _counter("zhenma_sms_refused", "Messages refused for want of room or of a journal.", [((), intake.refused)])
    yield _counter("zhenma_sms_withheld", "Messages that may not be replied to.", [((), intake.withheld)])
    receipts = [((each.carrier, each.state), each.count) for each in snapshot.receipts]
    yield _counter("zhenma_receipts", "Delivery receipts, by the state they tell.", receipts, ("carrier", "state"))


def _neighbours(snapshot: Snapshot) -> Iterator[Metric]:
    backend, redis = snapshot.backend, snapshot.redis
    yield _gauge("zhenma_backend_up", "0 while the circuit breaker is open.", [((), float(backend.available))])
    yield _counter("zhenma_backend_requests", "Batches asked of the backend.", [((), backend.requests)])
    yield _counter("zhenma_backend_failures", "Batches without a usable answer.", [((), backend.failures)])
    yield _counter("zhenma_backend_codes", "Codes asked of the backend.", [((), backend.codes)])
    yield _histogram("zhenma_backend_latency_seconds", "Time of an answered batch.", [((), backend.latency)])
    if redis is not None:
        yield _gauge("zhenma_redis_up", "1 while Redis answers.", [((), float(redis.available))])
        yield _counter("zhenma_redis_losses", "Times that Redis was lost.", [((), redis.losses)])


def _own(snapshot: Snapshot) -> Iterator[Metric]:
    journal = snapshot.journal
    yield _gauge("zhenma_journal_open_queries", "Queries in the journal.", [((), journal.open)])
    yield _gauge("zhenma_journal_age_seconds", "Age of the oldest query in it.", [((), journal.oldest_seconds)])
    yield _gauge("zhenma_journal_size_bytes", "The journal's files.", [((), journal.octets)])
    yield _gauge("zhenma_journal_failing", "1 if the last commit failed.", [((), float(journal.failing))])
    yield _counter("zhenma_journal_refusals", "Changes that could not be committed.", [((), journal.refusals)])
    kept = float(not snapshot.series_fault)
    yield _gauge("zhenma_series_up", "1 while the series of measures are kept.", [((), kept)])
    yield _gauge("zhenma_live_subscribers", "Pages that watch live.", [((), snapshot.watchers)])


def _voice(snapshot: Snapshot) -> Iterator[Metric]:
    voice = snapshot.voice
    if voice is None:
        return
    yield _gauge("zhenma_calls", "Calls in progress.", [((), voice.calls)])
    yield _gauge("zhenma_calls_limit", "Calls that may be in progress.", [((), voice.calls_limit)])
    yield _counter("zhenma_calls_begun", "Calls begun.", [((), voice.begun)])
    yield _counter("zhenma_calls_timed_out", "Calls in which Asterisk fell silent.", [((), voice.timed_out)])
    yield _counter("zhenma_calls_refused", "Calls above the limits.", [((), voice.refused)])
    states = ("finished", "hung_up", "silent", "drained", "failed")
    ended = [((state,), getattr(voice, state)) for state in states]
    yield _counter("zhenma_calls_ended", "Calls, by how they ended.", ended, ("state",))


def _asterisk(snapshot: Snapshot) -> Iterator[Metric]:
    asterisk = snapshot.asterisk
    if asterisk is None:
        return
    yield _gauge("zhenma_asterisk_up", "1 while Asterisk's manager interface answers.", [((), asterisk.connected)])
    yield _gauge("zhenma_asterisk_channels", "Channels in Asterisk.", [((), asterisk.channels)])
    trunks = asterisk.trunks
    yield _gauge("zhenma_trunk_up", "1 while calls can go over it.", [((t.name,), t.works) for t in trunks], ("trunk",))
    yield _gauge("zhenma_trunk_channels", "Channels over it.", [((t.name,), t.channels) for t in trunks], ("trunk",))


def _gauge(name: str, text: str, values: _Values, labels: tuple[str, ...] = ()) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _counter(name: str, text: str, values: _Values, labels: tuple[str, ...] = ()) -> Metric:
    """`name` is without the _total that every counter's samples get."""
    family = CounterMetricFamily(name, text, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _histogram(
    name: str, text: str, values: Iterable[tuple[tuple[str, ...], Distribution]], labels: tuple[str, ...] = ()
) -> Metric:
    family = HistogramMetricFamily(name, text, labels=labels)
    for key, distribution in values:
        buckets = [(str(bound), distribution.at_most(bound)) for bound in BUCKETS]
        family.add_metric(key, [*buckets, ("+Inf", distribution.total)], distribution.sum_seconds)
    return family
