"""Two snapshots to the samples of the time between them.  Pure.

Counts begin at 0 with each process and with each link that is made anew: a count that is smaller than before has
begun again, and all of it is new.  So no rate is ever negative.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from gateway.measures.distribution import NOTHING, Distribution
from gateway.measures.sample import GATEWAY, Sample, Subject
from gateway.measures.snapshot import LinkReading, QueryReading, Snapshot

_OLDEST = frozenset({"oldest_seconds", "unanswered_seconds"})  # of several links the oldest; all else adds up
_CALLS = ("begun", "finished", "hung_up", "silent", "timed_out", "failed", "refused")


@dataclass(slots=True)
class _Totals:
    """What one subject has of its own: cumulative counts, present levels, and shares of time that are 1 or 0 now."""

    counts: dict[str, float] = field(default_factory=dict)
    levels: dict[str, float] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    latencies: dict[str, Distribution] = field(default_factory=dict)


def samples(before: Snapshot, now: Snapshot) -> dict[Subject, Sample]:
    """What happened between two snapshots of one process, for each link, each carrier and the gateway."""
    seconds = now.steady_at - before.steady_at
    earlier = _totals(before)
    own = {subject: _sample(earlier.get(subject), totals, seconds) for subject, totals in _totals(now).items()}
    found = dict(own)
    for subject, sample in own.items():
        if subject.link:
            carrier = Subject(subject.carrier)
            found[carrier] = _beside(found.get(carrier), sample)
    for carrier in [subject for subject in found if subject.carrier and not subject.link]:
        found[GATEWAY] = _beside(found[GATEWAY], found[carrier])
    return found


def _sample(before: _Totals | None, now: _Totals, seconds: float) -> Sample:
    before = before or _Totals()
    counts = {name: _grown(before.counts.get(name, 0), count) for name, count in now.counts.items()}
    counts |= {name: share * seconds for name, share in now.shares.items()}
    latencies = {name: latency.since(before.latencies.get(name, NOTHING)) for name, latency in now.latencies.items()}
    return Sample(
        seconds,
        {name: count for name, count in counts.items() if count},
        {name: level for name, level in now.levels.items() if level},
        {name: latency for name, latency in latencies.items() if latency.counts},
    )


def _grown(before: float, now: float) -> float:
    return now - before if now >= before else now


def _beside(one: Sample | None, other: Sample) -> Sample:
    """Two subjects as one, over the same time."""
    if one is None:
        return other
    counts, peaks = defaultdict(float, one.counts), defaultdict(float, one.peaks)
    latencies = dict(one.latencies)
    for name, count in other.counts.items():
        counts[name] += count
    for name, peak in other.peaks.items():
        peaks[name] = max(peaks[name], peak) if name in _OLDEST else peaks[name] + peak
    for name, latency in other.latencies.items():
        latencies[name] = latencies.get(name, NOTHING).plus(latency)
    return Sample(one.seconds, dict(counts), dict(peaks), latencies)


def _totals(snapshot: Snapshot) -> dict[Subject, _Totals]:
    """By link, and what carriers and gateway have besides their links."""
    found = {Subject(link.status.account, link.status.name): _of_link(link) for link in snapshot.links}
    for receipts in snapshot.receipts:
        own = found.setdefault(Subject(receipts.carrier), _Totals())
        own.counts[f"receipt_states.{receipts.state}"] = receipts.count
    for queries in snapshot.queries:  # voice, and links that are configured no more
        subject = Subject(queries.carrier, queries.link)
        if subject != GATEWAY:
            found.setdefault(subject, _of_queries(queries))
    found[GATEWAY] = _of_gateway(snapshot)
    return found


def _of_link(link: LinkReading) -> _Totals:
    status, own = link.status, _of_queries(link.queries)
    own.counts |= {
        "mo": status.messages,
        "mt": status.sent,
        "segments": status.segments,
        "receipts": status.receipts,
        "throttles": status.throttles,
        "in_doubt": status.in_doubt,
        "sessions": status.sessions,
        "errors": sum(count for _, count in status.errors),
    }
    own.counts |= {f"errors.{name}": count for name, count in link.errors}
    own.counts |= {f"mo_refused.{name}": count for name, count in link.mo_refusals}
    own.counts["mo_refused"] = sum(count for _, count in link.mo_refusals)
    own.levels |= {
        "window": status.window,
        "window_in_use": status.window_in_use,
        "outstanding": status.outstanding,
        "waiting": status.waiting,
        "unanswered": status.unanswered,
        "unanswered_seconds": status.oldest_unanswered_seconds,
    }
    own.shares["bound"] = float(link.bound)
    return own


def _of_queries(*readings: QueryReading) -> _Totals:
    own = _Totals()
    counts, levels = defaultdict[str, float](float), defaultdict[str, float](float)
    for queries in readings:
        counts["accepted"] += queries.accepted
        counts["resent"] += queries.resent
        for name, count in queries.verdicts:
            counts[f"verdicts.{name}"] += count
        for name, count in queries.endings:
            counts[f"endings.{name}"] += count
        levels["open"] += queries.open
        levels["oldest_seconds"] = max(levels["oldest_seconds"], queries.oldest_seconds)
    own.counts, own.levels = dict(counts), dict(levels)
    own.latencies["latency"] = Distribution.together(queries.latency for queries in readings)
    return own


def _of_gateway(snapshot: Snapshot) -> _Totals:
    """What the gateway has besides its carriers."""
    intake, backend, redis, voice = snapshot.intake, snapshot.backend, snapshot.redis, snapshot.voice
    own = _of_queries(*[queries for queries in snapshot.queries if not queries.carrier])
    own.counts |= {
        "redelivered": intake.redelivered,
        "refused": intake.refused,
        "backend_requests": backend.requests,
        "backend_failures": backend.failures,
        "journal_refusals": snapshot.journal.refusals,
    }
    own.levels["journal_octets"] = snapshot.journal.octets
    own.shares["backend_up"] = float(backend.available)
    own.latencies["backend"] = backend.latency
    if redis is not None:
        own.shares["redis_up"] = float(redis.available)
        own.counts["redis_losses"] = redis.losses
    if voice is not None:
        own.levels["calls"] = voice.calls
        own.counts |= {f"calls_{ending}": getattr(voice, ending) for ending in _CALLS}
    return own
